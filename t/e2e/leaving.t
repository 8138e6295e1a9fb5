#!/usr/bin/perl
# leaving.t - a customer asks to go, takes it back, and goes.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, $admin, %account, %person);

sub value { return (rows($panel, $_[0], 'demo'))[0][0] }

sub account
{
	my ($name, %people) = @_;

	$account{$name} = $panel->post('/api/admin/customers', token => $admin,
		json => { name => "Account $name", email => "$name\@example.com" })
		->{json}{id};
	for my $who (sort keys %people) {
		$person{$who} //= person($panel, $who, 'customer');
		$panel->post("/api/admin/customers/$account{$name}/people",
			token => $admin, json => { email =>
			"$who\@example.com", rights => $people{$who} });
	}
}

sub call
{
	my ($who, $method, $body) = @_;

	return $panel->request($method, '/api/client/close',
		token => $person{$who}{token}, $body ? (json => $body) : ());
}

sub ask
{
	my ($who, %with) = @_;

	return call($who, POST => { password => $MPanel::Matrix::word,
		confirm => 'Account alpha', %with });
}

sub field { return $_[0]{json}{errors}[0]{field} // '' }

sub mails
{
	my ($template) = @_;

	return join ' ', sort map { $_->[0] } rows($panel, "SELECT recipient
		FROM outbox WHERE template = 'mail/$template'", 'demo');
}

sub check_asking
{
	my @all = qw(billing technical support);

	account(alpha => ann => \@all, bill => ['billing'], both => ['support']);
	account(beta => both => \@all);
	is(call('bill', GET => undef)->{status}, 403,
		'who looks after a part sees nothing of it');
	is(ask('bill')->{status}, 403, 'and closes nothing');
	my $now = call('ann', GET => undef)->{json};
	is_deeply([@$now{qw(requested services openInvoices owed)}],
		[JSON::PP::false, 0, 0, 0], 'nothing keeps it from being closed');

	my $r = ask('ann', password => 'another');
	is("$r->{status} " . field($r), '422 password', 'with the password');
	$r = ask('ann', confirm => 'Account beta');
	is("$r->{status} " . field($r), '422 confirm', 'and the name');
	$r = ask('ann', reason => 'x' x 501);
	is("$r->{status} " . field($r), '422 reason', 'and a reason that fits');
	is(value('SELECT count(*) FROM close_requests'), 0, 'or not at all');
	$r = ask('ann', reason => 'We stop trading.');
	is($r->{status}, 201, 'it is asked for');
	is_deeply([@{ $r->{json} }{qw(requested requestedBy reason)}],
		[JSON::PP::true, 'ann@example.com', 'We stop trading.'],
		'which it says');
	is(ask('ann')->{status}, 409, 'once');
	is(mails('close-asked'), 'alpha@example.com ann@example.com',
		'both addresses hear of it');
	is(value(q{SELECT count(*) FROM outbox
		WHERE template = 'mail/staff-close'}), 1, 'and so do staff');
	my ($notice) = grep { $_->{kind} eq 'close' } @{ $panel->get(
		'/api/admin/notifications', token => $admin)->{json}{items} };
	like($notice->{title}, qr/Account alpha/, 'on their list');
	is($notice->{path}, "/admin/customers/$account{alpha}",
		'which leads to the customer');
	like($panel->get($notice->{path}, $panel->sign_in)->{content},
		qr/ann\@example\.com asked for it.*We stop trading/s,
		'where the reason stands');
}

sub check_withdrawing
{
	is(call('bill', DELETE => undef)->{status}, 403,
		'who looks after a part takes nothing back');
	is(call('both', DELETE => undef)->{status}, 403, 'nor of another');
	is(call('ann', DELETE => undef)->{json}{requested}, JSON::PP::false,
		'it is taken back');
	is(call('ann', DELETE => undef)->{status}, 409, 'once');
	is(scalar(grep { $_->{kind} eq 'close' } @{ $panel->get(
		'/api/admin/notifications', token => $admin)->{json}{items} }),
		0, 'and waits for nobody');
	is(ask('ann')->{status}, 201, 'it may be asked for again');
}

sub close_it
{
	return $panel->post("/api/admin/customers/$account{$_[0]}/close",
		token => $admin, json => {});
}

sub check_refusing
{
	my $draft = $panel->post('/api/admin/invoices', token => $admin,
		json => { customerId => $account{alpha}, items => [{
		description => 'Advice', unitPrice => 50 }] })->{json}{id};

	$panel->post("/api/admin/invoices/$draft/issue", token => $admin,
		json => {});
	my $r = close_it('alpha');
	is($r->{status}, 409, 'not while an invoice is open');
	like($r->{content}, qr/Open invoices: 1/, 'which is said');
	is(call('ann', GET => undef)->{json}{owed}, '50', 'to both');
	$panel->post("/api/admin/invoices/$draft/void", token => $admin,
		json => { reason => 'they go' });

	$panel->intake(small_order('pi_late', customerEmail =>
		'alpha@example.com'));
	$r = close_it('alpha');
	is($r->{status}, 409, 'nor while a service is not over');
	like($r->{content}, qr/Services that are not over: 1/, 'which is said');
	is(value("SELECT status FROM customers WHERE id = '$account{alpha}'"),
		'active', 'and nothing has changed');
	is(value(q{SELECT count(*) FROM users WHERE status = 'disabled'}), 0,
		'for nobody');
	my $service = value("SELECT id FROM subscriptions
		WHERE customer_id = '$account{alpha}'");
	is($panel->post('/api/admin/orders/' . value("SELECT id FROM orders
		WHERE customer_id = '$account{alpha}'") . '/refund',
		token => $admin, json => { reason => 'they go' })->{status},
		200, 'staff end it');
	is(value("SELECT status FROM subscriptions WHERE id = '$service'"),
		'cancelled', 'as they always do');
}

sub check_closing
{
	my $invoices = value("SELECT count(*) FROM invoices
		WHERE customer_id = '$account{alpha}'");
	my $support = person($panel, 'sam', 'support');
	my $r = $panel->post("/api/admin/customers/$account{alpha}/close",
		token => $support->{token}, json => {});

	is($r->{status}, 403, 'not everybody of staff closes');
	$r = close_it('alpha');
	is($r->{status}, 200, 'it is closed') or diag($r->{content});
	is($r->{json}{status}, 'closed', 'and says so');
	is(close_it('alpha')->{status}, 409, 'once');
	is($panel->get('/api/client/me', token => $person{$_}{token})
		->{status}, 401, "$_ can't sign in any more") for qw(ann bill);
	my $me = $panel->get('/api/client/me', token => $person{both}{token});
	is($me->{status}, 200, 'who has another account can');
	is_deeply([map { $_->{name} } @{ $me->{json}{accounts} }],
		['Account beta'], 'and sees that one alone');
	is(value("SELECT count(*) FROM invoices
		WHERE customer_id = '$account{alpha}'"), $invoices,
		'invoices stay');
	is(mails('account-closed'), 'alpha@example.com ann@example.com',
		'both addresses hear of it');
	is(value("SELECT status FROM close_requests
		WHERE status <> 'withdrawn'"), 'done', 'the request is done');
	is($panel->post('/api/admin/orders', token => $admin, json => {
		customerId => $account{alpha}, items => [] })->{status} =~
		/^4/, 1, 'nobody orders for it');
	# ---- without a request ----
	account('gamma');
	is(close_it('gamma')->{status}, 200, 'staff may close by themselves');
	$account{nobody} = '01900000-0000-7000-8000-000000000000';
	is(close_it('nobody')->{status}, 404, 'but nobody\'s');
}

for my $engine (engines()) {
	note("== $engine");
	%account = %person = ();
	$panel = start_instance(db => $engine, set => {
		rate_login_account => 1000, rate_login_address => 10_000 });
	$admin = $panel->admin_token;
	check_asking();
	check_withdrawing();
	check_refusing();
	check_closing();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
