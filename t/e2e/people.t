#!/usr/bin/perl
# people.t - customers' people, their welcome, and staff who look as them.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, $admin, %staff);

sub form
{
	my ($path, $who, %fields) = @_;

	return $panel->post($path, cookie => $who->{cookie},
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $panel->url },
		body => join '&', map { "$_=$fields{$_}" }
			'csrf', grep { $_ ne 'csrf' } keys %fields)
		if $fields{csrf};
	return form($path, $who, %fields, csrf => $who->{csrf});
}

# Who is signed in now, as a reply's cookie says.
sub now_as
{
	my ($reply) = @_;
	my ($cookie) = grep { /^mp_session=/ } map { /^([^;]+)/ }
		map { ref $_ ? @$_ : $_ // () } $reply->{headers}{'set-cookie'};
	my $page = $panel->get('/client', cookie => $cookie // '');
	$page = $panel->get('/dashboard', cookie => $cookie // '')
		if $page->{status} != 200;
	my ($csrf) = $page->{content} =~ /name="csrf" value="([^"]+)"/;

	return { cookie => $cookie, csrf => $csrf, page => $page };
}

sub people
{
	my ($customer) = @_;

	return map { my $p = $_; "$p->{email} @{$p->{rights}}" }
		@{ $panel->get("/api/admin/customers/$customer/people",
		token => $admin)->{json}{items} };
}

sub add
{
	my ($customer, $email, @rights) = @_;

	return $panel->post("/api/admin/customers/$customer/people",
		token => $admin, json => { email => $email,
		rights => \@rights });
}

sub audit_of
{
	my ($action) = @_;

	return map { $_->[0] } rows($panel, "SELECT actor_name FROM audit_logs
		WHERE action = '$action' ORDER BY id", 'demo');
}

sub check_people
{
	my ($customer, $second) = @_;

	is_deeply([people($customer)], [], 'nobody looks after an account');
	is(add($customer, 'ann@example.com', qw(billing support))->{status},
		201, 'somebody is asked to');
	is(add($customer, 'bob@example.com', 'technical')->{status}, 201,
		'and somebody else');
	is(add($second, 'ann@example.com', 'billing')->{status}, 201,
		'one person looks after two accounts');
	is_deeply([people($customer)], ['ann@example.com billing support',
		'bob@example.com technical'], 'each with their rights');
	is(add($customer, 'bob@example.com', qw(technical billing))->{status},
		201, 'rights can be changed');
	is((people($customer))[1], 'bob@example.com billing technical',
		'which shows');
	is(add($customer, 'eve@example.com', 'root')->{status}, 422,
		'there are no other rights');
	is(add($customer, 'nobody', 'billing')->{status}, 422,
		'an address is one');
	is(add($customer, $panel->ready->{adminEmail}, 'billing')->{status},
		409, 'staff are no customers');
	my ($bob) = grep { $_->{email} =~ /bob/ } @{ $panel->get(
		"/api/admin/customers/$customer/people", token => $admin)
		->{json}{items} };
	my $path = "/api/admin/customers/$customer/people/$bob->{userId}";
	is($panel->request(DELETE => $path, token => $admin)->{status}, 200,
		'somebody is taken away');
	is($panel->request(DELETE => $path, token => $admin)->{status}, 404,
		'once');
	is_deeply([people($customer)], ['ann@example.com billing support'],
		'and the others stay');
}

sub check_visit
{
	my ($customer, $empty) = @_;
	my $ask = "/admin/customers/$customer/sign-in-as";

	like($panel->get($ask, cookie => $staff{cookie})->{content},
		qr/Look at the portal as ann\@example\.com\?/,
		'staff are asked before they look as a customer');
	is($panel->get("/admin/customers/$empty/sign-in-as",
		cookie => $staff{cookie})->{status}, 409,
		'where nobody looks after an account, nobody can be looked as');
	my $as = now_as(form($ask, \%staff));
	is($as->{page}{status}, 200, 'staff see the portal');
	like($as->{page}{content}, qr/You look as ann\@example\.com\./,
		'with a banner');
	like($as->{page}{content}, qr/noted under \Q@{[
		$panel->ready->{adminEmail}]}\E/, 'that names both');
	for my $path (qw(/orders /admin/customers /api/admin/orders), $ask) {
		is($panel->get($path, cookie => $as->{cookie})->{status}, 403,
			"$path is not the customer's");
	}
	for my $path (qw(/account/password /account/factors/totp
		/account/factors/disable /account/sessions/others /account
		/account/verify)) {
		is(form($path, $as, password => 'x')->{status}, 403,
			"$path is the person's alone");
	}
	for my $path (qw(/api/auth/change-password /api/2fa/totp/setup)) {
		is($panel->post($path, cookie => $as->{cookie}, json => {},
			headers => { origin => $panel->url,
			'x-csrf-token' => $as->{csrf} })->{status}, 403,
			"$path too");
	}
	ok((grep { $_ eq $panel->ready->{adminEmail} . ' as ann@example.com' }
		audit_of('denied')), 'what was tried is noted under both');
	my $back = now_as(form('/leave', $as));
	is($back->{page}{status}, 200, 'staff are themselves again');
	unlike($back->{page}{content}, qr/You look as/, 'without a banner');
	is($panel->get('/client', cookie => $as->{cookie})->{status}, 303,
		'the visit is over');
	is($panel->get('/orders', cookie => $staff{cookie})->{status}, 303,
		'and the old session goes on under a new token only');
	%staff = %$back;
	is(form('/leave', \%staff)->{headers}{location}, '/',
		'who looks as nobody stays where they are');
	is_deeply([audit_of('customer.enter'), audit_of('customer.leave')],
		[$panel->ready->{adminEmail}, $panel->ready->{adminEmail}
			. ' as ann@example.com'], 'both ways are noted');

	# ---- it ends with what stands behind it ----
	$as = now_as(form($ask, \%staff));
	is($as->{page}{status}, 200, 'once more as the customer');
	form('/logout', \%staff);
	is($panel->get('/client', cookie => $as->{cookie})->{status}, 303,
		'staff sign out elsewhere: the visit is over, too');
	%staff = $panel->sign_in;
}

sub check_welcome
{
	my $count = sub { scalar rows($panel, "SELECT id FROM outbox
		WHERE template = 'mail/welcome'", 'demo') };
	my $place = sub {
		my ($email, @more) = @_;

		return $panel->intake({ customerEmail => $email, @more })
			->{json}{customerId};
	};

	is(($panel->run(qw(tenant no-welcome demo)))[0], 0,
		'a company welcomes nobody');
	my $before = $count->();
	$place->('old@example.com');
	is($count->(), $before, 'and a first order brings no mail');
	is($panel->get('/api/admin/settings', token => $admin)
		->{json}{welcomeCustomers}, JSON::PP::false,
		'which is a setting like others');
	is($panel->request(PATCH => '/api/admin/settings', token => $admin,
		json => { welcomeCustomers => JSON::PP::true })->{status}, 200,
		'that staff switch');
	$count = do { my $all = $count; sub { $all->() - $before } };
	my $customer = $place->('fresh@example.com');
	is($count->(), 1, 'a first order brings a welcome');
	is_deeply([people($customer)],
		['fresh@example.com billing technical support'],
		'and an account with all rights');
	$place->('fresh@example.com');
	is($count->(), 1, 'a second one does not');
	$place->($panel->ready->{adminEmail});
	is($count->(), 1, 'nor does one of somebody who can sign in');
	$customer = $place->('held@example.com', items => [{ unitPrice => 1,
		productSlug => 'starter', qty => 1, billingPeriod => 'year' }]);
	is($count->(), 1, 'nor one that is held');
	my ($order) = (rows($panel, "SELECT id FROM orders
		WHERE customer_id = '$customer'", 'demo'))[0][0];
	is($panel->post("/api/admin/orders/$order/accept", token => $admin,
		json => {})->{status}, 200, 'until it is accepted');
	is($count->(), 2, 'then they are welcome, too');
}

for my $engine (engines()) {
	$panel = start_instance(db => $engine);
	$admin = $panel->admin_token;
	%staff = $panel->sign_in;
	note("== $engine");
	my @customers = map { $panel->intake({ customerEmail =>
		"c$_\@example.com" })->{json}{customerId} } 1 .. 3;
	check_people(@customers[0, 1]);
	check_visit(@customers[0, 2]);
	check_welcome();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
