#!/usr/bin/perl
# roles.t - roles that a company makes, by API and by page without JavaScript.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IPC::Open2;
use JSON::PP ();
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $word = 'rusty anvil picnic';
my $roles = '/api/admin/roles';
my ($panel, $admin, %boss);

sub person
{
	my ($email, $role) = @_;
	my $pid = open2(my $from, my $to, $panel->ready->{bin}{mpanel},
		'--config', $panel->ready->{config}, qw(user add --tenant demo
		--password-stdin --email), $email, '--role', $role);

	print $to $word;
	close $to;
	waitpid $pid, 0;
	die "user add $role" if $?;
	return { email => $email, token => token($email),
		$panel->sign_in(email => $email, password => $word) };
}

sub token
{
	return $panel->post('/api/auth/login', json => { email => $_[0],
		password => $word })->{json}{accessToken};
}

sub call
{
	my ($method, $path, $json, $token) = @_;

	return $panel->request($method, $path, token => $token // $admin,
		$json ? (json => $json) : ());
}

sub form
{
	my ($path, $who, @fields) = @_;
	my $body = "csrf=$who->{csrf}";

	$body .= '&' . shift(@fields) . '=' . shift(@fields) while @fields;
	return $panel->post($path, cookie => $who->{cookie}, body => $body,
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $panel->url });
}

sub page { return $panel->get($_[0], cookie => ($_[1] // \%boss)->{cookie}) }

sub named
{
	my ($name) = @_;

	return (grep { $_->{name} eq $name }
		@{ call(GET => $roles)->{json}{items} })[0];
}

sub test_api
{
	my $list = call(GET => $roles)->{json};
	is(join(' ', map { $_->{id} } grep { $_->{system} }
		@{ $list->{items} }), 'super_admin admin editor support customer',
		'the built-in roles have their name as id');
	is($list->{total}, 5, 'and there are no others at first');
	for my $change ([PATCH => { description => 'x' }], [DELETE => undef]) {
		my ($method, $json) = @$change;
		is(call($method, "$roles/editor", $json)->{status}, 409,
			"$method: a built-in role stays as it is");
	}
	my $r = call(POST => $roles, { name => 'Billing desk',
		description => 'Invoices', permissions => ['invoices:write',
		'invoices:read'] });
	my $id = $r->{json}{id};
	is_deeply($r->{json}, { id => $id, name => 'Billing desk',
		description => 'Invoices', permissions => ['invoices:read',
		'invoices:write'], needsFactor => $r->{json}{system},
		system => $r->{json}{system}, version => 1 },
		'a role is made') or diag($r->{content});
	ok(!$r->{json}{system}, 'which is not built in');
	is_deeply(call(GET => "$roles/$id")->{json}, $r->{json}, 'and read');
	is(call(GET => "$roles/support")->{json}{name}, 'support',
		'a built-in one is read by its name');
	is(call(POST => $roles, { name => 'billing DESK',
		permissions => ['orders:read'] })->{status}, 409,
		'the same name in other letters is taken');
	for my $bad ({ name => 'x' }, { permissions => ['orders:read'] },
		{ name => 'x', permissions => [] },
		{ name => 'x', permissions => ['orders:fly'] },
		{ name => 'x', permissions => 'orders:read' },
		{ name => 'Admin', permissions => ['orders:read'] },
		{ name => 'x', permissions => [5] }) {
		is(call(POST => $roles, $bad)->{status}, 422,
			'what is no role is refused');
	}
	$r = call(PATCH => "$roles/$id", { needsFactor => JSON::PP::true(),
		version => 1 });
	is("$r->{status} $r->{json}{version} " . !!$r->{json}{needsFactor},
		'200 2 1', 'it is changed, and what was not named stays');
	is(scalar @{ $r->{json}{permissions} }, 2, 'like its permissions');
	$r = call(PATCH => "$roles/$id", { name => 'Other', version => 1 });
	is($r->{status}, 409, 'who read an older version changes nothing');
	like($r->{content}, qr/stale_version/, 'and is told so');
	is(call(DELETE => "$roles/$id")->{json}{total}, 5, 'it is removed');
	is(call(GET => "$roles/$id")->{status}, 404, 'and gone');
}

# Who has less gives less, also by a program's token.
sub test_within
{
	my $made = call(POST => $roles, { name => 'Hiring', permissions =>
		[qw(users:read users:write orders:read)] });
	my $rich = call(POST => $roles, { name => 'Rich', permissions =>
		[qw(payments:refund)] })->{json}{id};
	my $p = person('hiring@example.com', 'Hiring');
	my $orders = { name => 'Orders', permissions => ['orders:read'] };

	is(call(POST => $roles, { name => 'Money', permissions =>
		['payments:refund'] }, $p->{token})->{status}, 403,
		'nobody gives what they have not');
	is(call(PATCH => "$roles/$rich", { description => 'x' }, $p->{token})
		->{status}, 403, 'nor changes what gives it');
	is(call(DELETE => "$roles/$rich", undef, $p->{token})->{status}, 403,
		'nor removes it');
	is(call(POST => $roles, $orders, $p->{token})->{status}, 201,
		'what they have they give');
	is(call(PATCH => "$roles/$made->{json}{id}", { permissions =>
		[qw(users:read users:write orders:read payments:refund)] },
		$p->{token})->{status}, 403, 'their own role grows no further');
	unlike(page("/role-management/new", $p)->{content},
		qr/payments:refund/, 'the page offers no more');
	unlike(page('/role-management', $p)->{content},
		qr{/role-management/$rich/}, 'nor to change the other');
	is(page("/role-management/$rich/change", $p)->{status}, 403,
		'whose form is closed');
	like(page('/admin/users/invite', $p)->{content},
		qr/value="Orders"/, 'what they may give is offered');
	unlike(page('/admin/users/invite', $p)->{content},
		qr/value="Rich"/, 'and what they may not is not');
}

sub test_pages
{
	my $r = form('/role-management/new', \%boss, name => '',
		description => 'Kept', 'orders:read' => 1);
	is($r->{status}, 422, 'a role without a name is not made');
	like($r->{content}, qr/value="Kept"/, 'what was typed stays');
	like($r->{content}, qr/name="orders:read" value="1" checked/,
		'and what was ticked');
	$r = form('/role-management/new', \%boss, name => '%3Cb%3Edesk',
		'orders:read' => 1);
	is($r->{status}, 303, 'a role is made');
	my $page = page('/role-management')->{content};
	like($page, qr/&lt;b&gt;desk/, 'the page shows it, escaped');
	unlike($page, qr/<b>desk/, 'and not as it came');
	my $id = named('<b>desk')->{id};
	my $p = person('desk@example.com', '<b>desk');
	is(page('/orders', $p)->{status}, 200, 'who has it may what it says');
	is(page('/admin/customers', $p)->{status}, 403, 'and nothing else');
	$r = form("/role-management/$id/remove", \%boss);
	is($r->{status}, 409, 'a role that somebody has stays');
	like($r->{content}, qr/People who have this role: 1/, 'and says why');
	$r = form("/role-management/$id/change", \%boss, name => 'Desk',
		version => 7, 'customers:read' => 1);
	is($r->{status}, 409, 'a form of another version changes nothing');
	$r = form("/role-management/$id/change", \%boss, name => 'Desk',
		version => 1, 'customers:read' => 1);
	is($r->{status}, 303, 'a form of this one does');
	is(page('/orders', $p)->{status}, 303, 'and signs people out');
	my %again = $panel->sign_in(email => $p->{email}, password => $word);
	is(page('/admin/customers', \%again)->{status}, 200,
		'signed in again they may what it says now');
	is(page('/orders', \%again)->{status}, 403, 'and no longer the other');
	my ($user) = rows($panel, "SELECT id, role FROM users
		WHERE email = '$p->{email}'", 'demo');
	is($user->[1], 'Desk', 'they have it under its new name');
	call(PATCH => "/api/admin/users/$user->[0]", { role => 'support' });
	is(form("/role-management/$id/remove", \%boss)->{status}, 303,
		'when nobody has it, it goes');
	is(named('Desk'), undef, 'and is gone');
}

for my $engine (engines()) {
	$panel = start_instance(db => $engine, set => {
		rate_login_account => 1000, rate_login_address => 10_000 });
	$admin = $panel->admin_token;
	%boss = $panel->sign_in;
	note("== $engine");
	test_api();
	test_within();
	test_pages();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
