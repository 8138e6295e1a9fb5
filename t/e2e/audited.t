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
use Digest::SHA qw(hmac_sha256_hex);
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
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
	'agent.heartbeat' => 'nothing but a time',
	'agent.metrics' => 'measurements',
	'checkout.start' => 'changes nothing here, only asks Stripe',
);

my ($panel, $admin, %page, %secret, $n);

# ---- things to do something to ----

sub order
{
	my (%more) = @_;
	my $r = $panel->intake(small_order('pi_a' . ++$n, %more));

	return $r->{json}{orderId} // die "intake: $r->{content}";
}

sub review
{
	my $order = small_order('x');
	my $item = { %{ $order->{items}[0] }, unitPrice => '1.00' };

	return order(items => [$item]);
}

# Claim the next task and report; returns its id.
sub work
{
	my ($status) = @_;
	my $task = $panel->worker('tasks/claim')->{json}{task} or return;

	$panel->worker("tasks/$task->{id}/complete", { status => $status,
		leaseToken => $task->{leaseToken} });
	return $task->{id};
}

sub newest
{
	my ($table) = @_;

	return (rows($panel, "SELECT id FROM $table ORDER BY id DESC LIMIT 1",
		'demo'))[0][0];
}

sub active
{
	my ($table) = @_;

	order();
	1 while work('success');
	return newest($table);
}

sub failed_task
{
	order();
	return work('failed') // die 'no task';
}

sub refusal
{
	$panel->intake(small_order('pi_r' . ++$n, customerEmail => 'none'));
	return newest('intake_refusals');
}

sub session
{
	my $mine = $panel->admin_token;
	my $list = $panel->get('/api/auth/sessions', token => $admin);

	return (map { $_->{id} } grep { !$_->{current} && $_->{kind} eq 'api' }
		@{ $list->{json}{items} })[0];
}

# ---- calls ----

sub api
{
	my ($path, $body, %o) = @_;

	return sub { $panel->post($path->(), token => $o{token} // $admin,
		json => ref $body eq 'CODE' ? $body->() : $body // {}) };
}

sub form
{
	my ($path, %fields) = @_;

	return sub {
		my $to = $path->();
		my %f = (csrf => $page{csrf}, key => 'k' . ++$n,
			map { $_ => ref $fields{$_} ? $fields{$_}->()
				: $fields{$_} } keys %fields);
		return $panel->post($to, cookie => $page{cookie},
			type => 'application/x-www-form-urlencoded',
			headers => { origin => $panel->url },
			body => join '&', map { "$_=" . $f{$_} =~
				s/([^A-Za-z0-9._-])/sprintf '%%%02X', ord $1/ger
			} sort keys %f);
	};
}

sub on
{
	my ($folder, $make, $verb) = @_;

	return sub { "$folder/" . $make->() . "/$verb" };
}

sub at { my ($path) = @_; return sub { $path } }

sub webhook
{
	my ($path) = @_;

	return sub {
		my $body = $json->encode({ id => 'evt_' . ++$n,
			type => 'charge.updated', data => { object => {} } });
		my $t = time;
		return $panel->post($path, body => $body,
			type => 'application/json', headers => {
				'stripe-signature' => "t=$t,v1="
					. hmac_sha256_hex("$t.$body", $stripe) });
	};
}

my %calls = (
	'login.enter' => sub {
		my $door = $panel->get('/login');
		my $cookie = (MPanel::Instance::cookies_of($door))[0];
		local @page{qw(cookie csrf)} = ($cookie,
			MPanel::Instance::csrf_of($door));
		form(at('/login'), email => $panel->ready->{adminEmail},
			password => $panel->ready->{adminPassword})->();
	},
	'logout' => sub {
		local @page{qw(cookie csrf)} = @{ { $panel->sign_in } }{
			qw(cookie csrf)};
		form(at('/logout'))->();
	},
	'auth.login' => api(at('/api/auth/login'), sub {
		{ email => $panel->ready->{adminEmail},
			password => $panel->ready->{adminPassword} } }),
	'auth.logout' => sub {
		$panel->post('/api/auth/logout', token => $panel->admin_token,
			json => {});
	},
	'auth.sessions.revoke' => sub {
		$panel->request('DELETE', '/api/auth/sessions/' . session(),
			token => $admin);
	},
	'intake.place' => sub { $panel->intake(small_order('pi_i' . ++$n)) },
	'worker.complete' => sub {
		order();
		my $task = $panel->worker('tasks/claim')->{json}{task};
		$panel->worker("tasks/$task->{id}/complete", {
			status => 'success', leaseToken => $task->{leaseToken} });
	},
	'agent.register' => sub {
		$panel->post('/api/agent/register',
			token => $panel->ready->{workerToken}, json => {
				hostname => 'node' . ++$n . '.example.com',
				os => 'linux', agentVersion => '1' });
	},
	'agent.enroll' => sub {
		my (undef, $out) = $panel->run(qw(token add --tenant demo
			--scope tasks:work --enroll --json --server),
			$panel->ready->{serverId});
		$secret{'one-time token'} = $json->decode($out)->{token};
		my $r = $panel->post('/api/agent/enroll', json => {
			token => $secret{'one-time token'},
			hostname => 'node2.example.com' });
		$secret{'node token'} = $r->{json}{token};
		return $r;
	},
	'tasks.retry' => api(on('/api/admin/provisioning/tasks', \&failed_task,
		'retry')),
	'tasks.cancel' => api(on('/api/admin/provisioning/tasks', \&failed_task,
		'cancel')),
	'tasks.retry_failed' => api(sub { failed_task();
		'/api/admin/provisioning/tasks/retry-failed' }),
	'websites.suspend' => api(on('/api/admin/websites',
		sub { active('websites') }, 'suspend'), { reason => 'x' }),
	'websites.unsuspend' => api(sub { newest('websites') =~
		s{^}{/api/admin/websites/}r . '/unsuspend' }),
	'websites.remove' => api(on('/api/admin/websites',
		sub { active('websites') }, 'remove'), { reason => 'x' }),
	'subscriptions.suspend' => api(on('/api/admin/subscriptions',
		sub { active('subscriptions') }, 'suspend'), { reason => 'x' }),
	'subscriptions.reactivate' => api(sub { newest('subscriptions') =~
		s{^}{/api/admin/subscriptions/}r . '/reactivate' }),
	'orders.accept' => api(on('/api/admin/orders', \&review, 'accept')),
	'orders.correct' => api(on('/api/admin/orders', \&review, 'correct'),
		sub { { items => [{ item => 0,
			domain => 'c' . ++$n . '.example.com' }] } }),
	'orders.refund' => api(on('/api/admin/orders', \&review, 'refund')),
	'orders.cancel' => api(on('/api/admin/orders', \&unpaid, 'cancel')),
	'refusals.place' => api(on('/api/admin/intake-refusals', \&refusal,
		'place'), sub { small_order('pi_p' . ++$n) }),
	'refusals.dismiss' => api(on('/api/admin/intake-refusals', \&refusal,
		'dismiss')),
	'stripe.webhook' => webhook('/api/webhooks/stripe'),
	'stripe.webhook_2' => webhook('/webhooks/stripe'),
	'stripe.webhook_3' => webhook('/api/payments/stripe/webhook'),
	'stripe.webhook_slug' => webhook('/api/webhooks/stripe/demo'),
	'orders.do_accept' => form(on('/orders', \&review, 'accept')),
	'orders.do_refund' => form(on('/orders', \&review, 'refund')),
	'orders.do_cancel' => form(on('/orders', \&unpaid, 'cancel')),
	'orders.do_correct' => form(on('/orders', \&review, 'correct'),
		code1 => 'starter', period1 => 'year', qty1 => 1,
		domain1 => sub { 'f' . ++$n . '.example.com' }),
	'refusals.do_place' => form(on('/orders/refusals', \&refusal, 'place'),
		body => sub { $json->encode(small_order('pi_q' . ++$n)) }),
	'refusals.do_dismiss' => form(on('/orders/refusals', \&refusal,
		'dismiss')),
	'subscriptions.do_suspend' => form(on('/subscriptions',
		sub { active('subscriptions') }, 'suspend'), reason => 'x'),
	'subscriptions.do_reactivate' => form(sub { newest('subscriptions') =~
		s{^}{/subscriptions/}r . '/reactivate' }),
	'provisioning.retry_failed' => form(sub { failed_task();
		'/provisioning/retry-failed' }),
	'provisioning.retry' => form(on('/provisioning/tasks', \&failed_task,
		'retry')),
	'provisioning.cancel' => form(on('/provisioning/tasks', \&failed_task,
		'cancel')),
	'websites.do_suspend' => form(on('/websites',
		sub { active('websites') }, 'suspend'), reason => 'x'),
	'websites.do_unsuspend' => form(sub { newest('websites') =~
		s{^}{/websites/}r . '/unsuspend' }),
	'websites.do_remove' => form(on('/websites',
		sub { active('websites') }, 'remove'), reason => 'x'),
);

# An order that nobody has paid for: only such a one can be cancelled.
sub unpaid
{
	my $item = { %{ small_order('x')->{items}[0] }, unitPrice => 0 };

	return order(items => [$item]);
}

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
	my %known = (%exempt, %calls);
	my @unknown = grep { !$known{$_} } map { $_->{name} } @routes;

	is("@unknown", '', "$db: every mutating route is known here");
	# unsuspend and reactivate go on with what was suspended before them
	for my $name (sort { $a =~ /unsusp|reactiv/ <=> $b =~ /unsusp|reactiv/
			|| $a cmp $b } map { $_->{name} } @routes) {
		my $call = $calls{$name} or next;
		prepare($name);
		my $r = $call->();
		my @done = $r->{status} < 400 ? entries_of($r) : ();
		ok(scalar @done, "$db: $name leaves an entry: @done")
			or diag("$r->{status} $r->{content}");
	}
}

sub prepare
{
	my ($name) = @_;

	if ($name =~ /websites\.(?:do_)?unsuspend/) {
		api(on('/api/admin/websites', sub { active('websites') },
			'suspend'), { reason => 'x' })->();
		1 while work('success');
	}
	if ($name =~ /subscriptions\.(?:do_)?reactivate/) {
		api(on('/api/admin/subscriptions',
			sub { active('subscriptions') }, 'suspend'),
			{ reason => 'x' })->();
		1 while work('success');
	}
}

sub token_with
{
	my (@scope) = @_;
	my (undef, $out) = $panel->run(qw(token add --tenant demo --json
		--scope), @scope);

	return $json->decode($out)->{token};
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
		stripe_webhook_secrets => $stripe });
	$admin = $panel->admin_token;
	%page = $panel->sign_in;
	$n = 0;
	test_mutations($db);
	test_denials($db);
	test_secrets($db);
	$panel->stop;
}
done_testing();
