#!/usr/bin/perl
# audited.t - whoever changes something leaves an entry in the audit log, and
# so does whoever may not; no entry holds a secret.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Every mutating route of `mpanel routes --json` is called here so that it does
# something, or is named as an exception with its reason: a new one fails the
# test until it is added.  Entries are found by the id of the request.
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Deeds;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $json = JSON::PP->new->utf8->canonical;
my $stripe = 'whsec_of_a_test_0123456789';
my $password = 'quite another pass phrase';

# What leaves no entry, and why.
my %exempt = (
	'auth.refresh' => 'each quarter of an hour; a reused token is audited',
	'worker.claim' => 'kept in task_events',
	'worker.heartbeat' => 'kept in task_events',
	'worker.archive' => 'a piece of a file; its task and its wish are noted',
	'agent.heartbeat' => 'nothing but a time',
	'agent.metrics' => 'measurements',
	'checkout.start' => 'changes nothing here, only asks Stripe',
	'factors.totp.setup' => 'nothing is changed before it is confirmed',
	'factors.page.totp' => 'the same',
	(map { $_ => 'what a person has read, which nobody else sees' }
		qw(notifications.read notifications.unread
		notifications.page.read notifications.page.unread)),
	(map { $_ => 'needs name servers: t/e2e/attach.t' }
		qw(client.services.attach client.services.page.attach)),
	'client.switch' => 'at which of their accounts a person looks',
	'factors.page.codes.file' => 'the codes that were just made, as a file',
);

# What needs the link or the code of a mail: where its entry is shown.
my %elsewhere = map { $_ => 't/identity/account.c, factor.c' } (
	'auth.reset', 'auth.verify', 'reset.set', 'verify.confirm',
	'login.factor', 'login.factor.code', 'auth.login.code',
	'factors.email.verify', 'factors.page.email.verify',
);

# What asks Stripe first.
%elsewhere = (%elsewhere, map { $_ => 't/e2e/pay.t' } (
	'client.invoice.pay', 'client.invoices.pay',
));

# What the platform's people do to other companies leaves two entries.
%elsewhere = (%elsewhere, map { $_ => 't/e2e/tenants.t' } (
	'tenants.add', 'tenants.change', 'tenants.host.add',
	'tenants.host.drop', 'tenants.page.new', 'tenants.page.edit',
	'tenants.page.suspend', 'tenants.page.resume', 'tenants.page.host',
	'tenants.page.host_drop',
));

my $panel;

# ---- claims ----

sub entries_of
{
	my ($r) = @_;
	my $id = $r->{headers}{'x-request-id'} // '';

	return map { $_->[0] } rows($panel, "SELECT action FROM audit_logs
		WHERE request_id = '$id' ORDER BY id", 'demo');
}

sub test_mutations
{
	my ($db) = @_;
	my (undef, $text) = $panel->run(qw(routes --json));
	my @routes = grep { $_->{method} ne 'GET' && $_->{name} !~ /^soon / }
		@{ $json->decode($text) };
	my @names = map { $_->{name} } @routes;
	my @unknown = grep { !$exempt{$_} && !$elsewhere{$_}
		&& !deed_is_known($_) } @names;

	is("@unknown", '', "$db: every mutating route is known here");
	for my $name (sort grep { deed_is_known($_) && !$exempt{$_} } @names) {
		my $r = deed($name);
		my @done = $r->{status} < 400 ? entries_of($r) : ();
		ok(scalar @done, "$db: $name leaves an entry: @done")
			or diag("$r->{status} " . substr $r->{content}, 0, 600);
	}
}

sub test_denials
{
	my ($db) = @_;
	my $reader = $secret{'scoped token'} = token_with('orders:read');
	my %denied = (
		'a scope that is missing' => $panel->get(
			'/api/admin/customers', token => $reader),
		'a verb that is not permitted' => $panel->post(
			'/api/admin/orders/' . review() . '/accept',
			token => $reader, json => {}),
		'a worker at the admin API' => $panel->get(
			'/api/admin/orders',
			token => $panel->ready->{workerToken}),
		'a form without its token' => $panel->post('/logout',
			cookie => $page{cookie}, body => 'csrf=wrong',
			type => 'application/x-www-form-urlencoded',
			headers => { origin => $panel->url }),
		'a form from elsewhere' => $panel->post('/logout',
			cookie => $page{cookie}, body => "csrf=$page{csrf}",
			type => 'application/x-www-form-urlencoded',
			headers => { origin => 'https://evil.example' }),
	);

	for my $what (sort keys %denied) {
		my $r = $denied{$what};
		is("$r->{status} @{[entries_of($r)]}", '403 denied',
			"$db: $what is an entry");
	}
	my $r = $panel->post('/api/auth/login', json => {
		email => $panel->ready->{adminEmail}, password => 'wrong one' });
	is("$r->{status} @{[entries_of($r)]}", '401 login.failed',
		"$db: so is a wrong password");
}

sub test_secrets
{
	my ($db) = @_;
	my $config = $panel->ready;
	my $mpanel = "$config->{bin}{mpanel} --config $config->{config}";

	system("echo '$password' | $mpanel user add --tenant demo --email "
		. 'new@demo.test --role support --password-stdin >/dev/null');
	my $r = $panel->post('/api/auth/login', json => {
		email => 'new@demo.test', password => $password });
	%secret = (%secret, password => $password,
		'access token' => $r->{json}{accessToken},
		'refresh token' => $r->{json}{refreshToken},
		'session cookie' => $page{cookie} =~ s/^[^=]+=//r,
		'CSRF token' => $page{csrf},
		'demo password' => $config->{adminPassword},
		'intake token' => $config->{intakeToken},
		'worker token' => $config->{workerToken},
		'Stripe secret' => $stripe, 'wrong password' => 'wrong one');
	$panel->post('/api/auth/refresh', json => {
		refreshToken => $secret{'refresh token'} });
	my @log = map { join ' ', @$_ } rows($panel, 'SELECT actor_name,
		action, noun, detail, request_id FROM audit_logs', 'demo');
	cmp_ok(scalar @log, '>', 100, "$db: there are many entries");
	for my $what (sort keys %secret) {
		ok(length $secret{$what} > 8, "$db: there is a $what");
		is(scalar(grep { index($_, $secret{$what}) >= 0 } @log), 0,
			"$db: no entry holds it");
	}
}

for my $db (engines()) {
	$panel = start_instance(db => $db, set => { task_max_attempts => 1,
		stripe_webhook_secrets => $stripe,
		approve_refund_over => 40 });
	deeds_begin($panel, $stripe);
	test_mutations($db);
	test_denials($db);
	test_secrets($db);
	$panel->stop;
}
done_testing();
