#!/usr/bin/perl
# approvals.t - large refunds, new roles, and roles that give more wait for a
# second person.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP ();
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

use constant LIST => '/api/admin/approvals';

my $word = 'rusty anvil picnic';
my ($panel, %who);

sub hire
{
	my ($email, $role) = @_;

	$panel->run_with($word, qw(user add --tenant demo --password-stdin
		--role), $role, '--email', $email);
}

# Somebody of staff: a token for calls, a cookie for pages.
sub person
{
	my ($name, $role) = @_;
	my $email = "$name\@example.com";

	hire($email, $role);
	$who{$name} = { email => $email, $panel->sign_in(email => $email,
		password => $word), token => $panel->post('/api/auth/login',
		json => { email => $email, password => $word })
		->{json}{accessToken} };
	my ($row) = rows($panel, "SELECT id FROM users
		WHERE email = '$email'", 'demo');
	$who{$name}{id} = $row->[0];
}

sub call
{
	my ($name, $path, $body, $method) = @_;

	return $panel->request($method // 'POST', $path,
		token => $who{$name}{token}, json => $body // {});
}

sub page
{
	my ($name, $path) = @_;

	return $panel->get($path, cookie => $who{$name}{cookie});
}

sub form
{
	my ($name, $path, %fields) = @_;

	return $panel->form($who{$name}, $path, %fields);
}

sub listed
{
	my ($name) = @_;

	return map { "$_->{action} $_->{status}" } @{ $panel->get(LIST,
		token => $who{$name}{token})->{json}{items} };
}

sub order
{
	my ($make, $intent) = @_;

	return $panel->intake($make->($intent))->{json}{orderId};
}

sub status_of
{
	my ($order) = @_;

	return (rows($panel, "SELECT status FROM orders WHERE id = '$order'",
		'demo'))[0][0];
}

sub role_of
{
	my ($name) = @_;

	return (rows($panel, "SELECT role FROM users
		WHERE id = '$who{$name}{id}'", 'demo'))[0][0];
}

# ---- refunds, by calls ----

sub check_refund_calls
{
	my $small = order(\&small_order, 'pi_small');
	my $large = order(\&contract_order, 'pi_large');
	my $path = "/api/admin/orders/$large/refund";
	my $why = { reason => 'was promised' };

	is(call(ann => "/api/admin/orders/$small/refund")->{status}, 200,
		'a refund below the limit needs nobody');
	is(status_of($small), 'refunded', 'and is done');
	my $r = call(ann => $path, $why);
	is($r->{status}, 202, 'one above it waits');
	is($r->{json}{status}, 'waiting', 'and says so');
	isnt(status_of($large), 'refunded', 'and is not done');
	my $id = $r->{json}{approvalId};
	is(call(ann => $path, $why)->{json}{approvalId}, $id,
		'the same again waits in the same place');
	is(call(ann => LIST . "/$id/approve")->{status}, 403,
		'nobody approves their own wish');
	is(call(sue => LIST . "/$id/approve")->{status}, 404,
		'who may not refund does not even see it');
	is_deeply([listed('sue')], [], 'nor in the list');
	is_deeply([listed('bob')], ['order.refund waiting'],
		'who may sees it');
	my $a = $panel->get(LIST . "/$id", token => $who{bob}{token})->{json};
	is("$a->{askedName} $a->{wish}{amount} $a->{wish}{currency} "
		. $a->{wish}{reason}, 'ann@example.com 45.82 USD was promised',
		'whose wish, how much, and why');
	is(call(bob => LIST . "/$id/approve")->{json}{status}, 'approved',
		'and approves it');
	is(call(bob => LIST . "/$id/refuse")->{status}, 409, 'once');
	isnt(status_of($large), 'refunded', 'which does nothing yet');
	is(call(ann => $path, { reason => 'another' })->{status}, 202,
		'another wish than the approved one waits');
	is(call(bob => $path, $why)->{status}, 202,
		'and so does the same of another person');
	is(call(ann => $path, $why)->{status}, 200,
		'who asked does it, as it was asked for');
	is(status_of($large), 'refunded', 'and it is done');
	is(call(ann => $path, $why)->{status}, 409, 'once');
}

# ---- refunds, on pages ----

sub check_refund_pages
{
	my $large = order(\&contract_order, 'pi_page');
	my $path = "/orders/$large/refund";
	my $r = form(ann => $path, reason => q{O'Brien & "Söhne"});

	is($r->{status}, 303, 'the form leads on');
	my $at = $r->{headers}{location};
	like($at, qr{^/approvals/[0-9a-f-]{36}$}, 'to what waits');
	like(page(ann => $at)->{content}, qr/second person must approve/,
		'which says so');
	is($panel->hidden_fields(page(ann => $at), $path), undef,
		'and cannot be done');
	unlike(page(ann => $at)->{content}, qr{\Q$at\E/approve"},
		'nor be approved by oneself');
	is(form(ann => "$at/approve")->{status}, 403, 'not by a form either');
	like(page(bob => '/approvals')->{content},
		qr/Refund \$45\.82 of order/, 'somebody else finds it');
	like(page(bob => $at)->{content}, qr{href="/orders/$large"},
		'with the way to the order');
	like(page(bob => "$at/approve")->{content}, qr/Nothing happens yet/,
		'is asked');
	is(form(bob => "$at/approve")->{status}, 303, 'and approves it');
	is($panel->hidden_fields(page(bob => $at), $path), undef,
		'but does not do it in the place of another');
	my $form = $panel->hidden_fields(page(ann => $at), $path);
	ok($form, 'who asked gets a button');
	delete $form->{$_} for qw(csrf key);
	s/&#(\d+);/chr $1/ge, s/&quot;/"/g, s/&#x27;/'/g, s/&amp;/&/g
		for values %$form;
	$r = form(ann => $path, %$form);
	is($r->{headers}{location}, "/orders/$large", 'and presses it');
	is(status_of($large), 'refunded', 'then it is done');
	like(page(ann => $at)->{content}, qr/has been done/, 'which shows');
}

# ---- roles ----

sub check_roles
{
	my $path = "/api/admin/users/$who{tim}{id}";
	my $r = call(ann => $path, { role => 'editor', firstName => 'Tim' },
		'PATCH');

	is($r->{status}, 202, 'a new role waits');
	is(role_of('tim'), 'support', 'and is not given');
	is($panel->get($path, token => $who{ann}{token})->{json}{firstName}
		// '', '', 'nor is anything else of the call done');
	is(call(ann => $path, { role => 'nobody' }, 'PATCH')->{status}, 422,
		'a role that does not exist waits for nobody');
	is(call(ann => $path, { firstName => 'Tom' }, 'PATCH')->{status}, 200,
		'what is no role needs nobody');
	is(call(ann => $path, { role => 'support' }, 'PATCH')->{status}, 200,
		'nor does the role that one has');
	is(call(bob => LIST . "/$r->{json}{approvalId}/refuse")->{json}{status},
		'refused', 'it is refused');
	$r = form(ann => "/admin/users/$who{tim}{id}/role", role => 'editor');
	my $at = $r->{headers}{location};
	like($at, qr{^/approvals/}, 'and asked for again');
	is(form(bob => "$at/approve")->{status}, 303, 'approved');
	my $form = $panel->hidden_fields(page(ann => $at),
		"/admin/users/$who{tim}{id}/role");
	is($form->{role}, 'editor', 'the button knows the role');
	form(ann => "/admin/users/$who{tim}{id}/role", role => 'admin');
	is(role_of('tim'), 'support', 'which is the only one that is given');
	form(ann => "/admin/users/$who{tim}{id}/role", role => 'editor');
	is(role_of('tim'), 'editor', 'then');
}

# An invitation would be another way to a second person.
sub check_invitations
{
	my %new = (email => 'second@example.com', role => 'admin');
	my $r = call(ann => '/api/admin/users', \%new);

	is($r->{status}, 202, 'an invitation waits, too');
	is((rows($panel, "SELECT count(*) FROM users
		WHERE email = 'second\@example.com'", 'demo'))[0][0], 0,
		'nobody was made');
	call(bob => LIST . "/$r->{json}{approvalId}/approve");
	my $at = "/approvals/$r->{json}{approvalId}";
	my $form = $panel->hidden_fields(page(ann => $at), '/admin/users/invite');
	is("$form->{email} $form->{role}", 'second@example.com admin',
		'approved, it can be sent');
	is(call(ann => '/api/admin/users', \%new)->{status}, 201,
		'and is sent');
}

# ---- made roles ----

use constant ROLES => '/api/admin/roles';

sub make_role
{
	my ($name, $perms, %more) = @_;
	my $r = call(ann => ROLES, { name => $name, permissions => $perms,
		%more });

	is($r->{status}, 201, "$name is made") or diag($r->{content});
	return $r->{json}{id};
}

sub change_role
{
	my ($name, $id, %change) = @_;

	return call($name => ROLES . "/$id", \%change, 'PATCH');
}

sub perms_of
{
	my ($id) = @_;

	return join ' ', @{ $panel->get(ROLES . "/$id",
		token => $who{ann}{token})->{json}{permissions} };
}

# Giving everybody with a role more would be a way around giving them another.
sub check_widening
{
	my $desk = make_role('Desk', ['orders:read']);
	my @more = (permissions => [qw(orders:read customers:read)]);

	is(change_role(ann => $desk, permissions => [qw(orders:read
		products:read)])->{status}, 200,
		'a role that nobody has is changed freely');
	change_role(ann => $desk, permissions => ['orders:read']);
	person('dan', 'Desk');
	is(change_role(ann => $desk, permissions => [qw(orders:read
		payments:refund orders:nothing)])->{status}, 422,
		'what is no permission waits for nobody');
	my $r = change_role(ann => $desk, @more);
	is($r->{status}, 202, 'more for who has it waits');
	is(perms_of($desk), 'orders:read', 'and is not given');
	my $id = $r->{json}{approvalId};
	is(change_role(ann => $desk, @more)->{json}{approvalId}, $id,
		'the same again waits in the same place');
	my $a = $panel->get(LIST . "/$id", token => $who{bob}{token})->{json};
	is("$a->{action} $a->{noun} $a->{nounId}", "role.change roles $desk",
		'it says what is to be changed');
	is($a->{title}, 'Give the role Desk more rights; people with it: 1',
		'in a sentence');
	is_deeply($a->{wish}{given}, ['customers:read'],
		'and what they would get');
	is(call(ann => LIST . "/$id/approve")->{status}, 403, 'not by oneself');
	is(call(sue => LIST . "/$id/approve")->{status}, 404,
		'nor by who may not change roles');
	person('lea', 'Lead');
	is(call(lea => LIST . "/$id/approve")->{status}, 403,
		'nor by who has less than the role would give');
	is(call(bob => LIST . "/$id/approve")->{json}{status}, 'approved',
		'but by somebody else who may');
	is(perms_of($desk), 'orders:read', 'which does nothing yet');
	is(change_role(bob => $desk, @more)->{status}, 202,
		'the same of another person waits');
	is(change_role(ann => $desk, permissions => [qw(orders:read
		customers:read customers:write)])->{status}, 202,
		'and so does more than was approved');
	is(change_role(ann => $desk, @more)->{status}, 200,
		'who asked does it, as it was asked for');
	is(perms_of($desk), 'orders:read customers:read', 'and it is done');
	is($panel->get('/api/admin/orders', token => $who{dan}{token})
		->{status}, 401, 'which signs everybody with the role out');
	is(change_role(ann => $desk, permissions => ['orders:read'])->{status},
		200, 'less needs nobody');
	is(change_role(ann => $desk, @more)->{status}, 202, 'more again: once');
	is(change_role(ann => $desk, name => 'Front desk')->{status}, 200,
		'nor does another name');
	return $desk;
}

sub check_factor_dropped
{
	my $night = make_role('Night', ['orders:read'],
		needsFactor => JSON::PP::true);
	my $drop = sub { change_role(ann => $night,
		needsFactor => JSON::PP::false) };

	hire('nat@example.com', 'Night');
	my $r = $drop->();
	is($r->{status}, 202, 'to ask for less at the door waits, too');
	my $at = "/approvals/$r->{json}{approvalId}";
	like(page(bob => $at)->{content}, qr/No longer needed/, 'and says so');
	call(bob => "/api/admin$at/approve");
	is($drop->()->{status}, 200, 'approved, it is done');
	is(change_role(ann => $night, needsFactor => JSON::PP::true)->{status},
		200, 'to ask for more needs nobody');
}

# What was approved is the role as it was then.
sub check_stale
{
	my ($desk) = @_;
	my @more = (permissions => [qw(orders:read products:read)]);
	my $old = change_role(ann => $desk, @more)->{json}{approvalId};

	change_role(bob => $desk, description => 'By the door');
	my $r = call(bob => LIST . "/$old/approve");
	is($r->{status}, 409, 'a role that was changed meanwhile');
	like($r->{content}, qr/asked for again/, 'has to be asked for again');
	my $new = change_role(ann => $desk, @more)->{json}{approvalId};
	isnt($new, $old, 'which is another wish');
	call(bob => LIST . "/$new/approve");
	change_role(bob => $desk, description => 'By the other door');
	is(change_role(ann => $desk, @more)->{status}, 202,
		'also when it was approved before');
}

# A role is approved for a person as what it gives on that day.
sub check_empty_role
{
	my $empty = make_role('Empty', ['orders:read']);
	my $path = "/api/admin/users/$who{tim}{id}";
	my $give = sub { call(ann => $path, { role => 'Empty' }, 'PATCH') };
	my $before = role_of('tim');

	call(bob => LIST . '/' . $give->()->{json}{approvalId} . '/approve');
	is(change_role(ann => $empty, permissions => [qw(orders:read
		orders:write)])->{status}, 200, 'nobody has it yet');
	my $r = $give->();
	is($r->{status}, 202, 'giving it is not what was approved');
	is(role_of('tim'), $before, 'and is not done');
	call(bob => LIST . "/$r->{json}{approvalId}/approve");
	is($give->()->{status}, 200, 'as it is now, it is approved and given');
}

sub check_widening_pages
{
	my $shop = make_role('Shop floor', ['orders:read']);
	my $path = "/role-management/$shop/change";
	my %want = (name => 'Shop floor', description => q{O'Brien & "Co"},
		'orders:read' => 1, 'customers:read' => 1, version => 1);

	unlike(page(ann => $path)->{content}, qr/wait for a second person/,
		'a role that nobody has says nothing of a second person');
	person('pat', 'Shop floor');
	like(page(ann => $path)->{content}, qr/wait for a second person/,
		'one that somebody has does');
	my $at = form(ann => $path, %want)->{headers}{location};
	like($at, qr{^/approvals/}, 'the form leads to what waits');
	is(perms_of($shop), 'orders:read', 'nothing was given');
	my $seen = page(bob => $at)->{content};
	like($seen, qr/Give the role Shop floor more rights; people with it: 1/,
		'somebody else finds it');
	like($seen, qr{May then also</dt>\s*<dd>[^<]*See customers}i,
		'with what they would get, in words');
	is(form(bob => "$at/approve")->{status}, 303, 'and approves it');
	my $form = $panel->hidden_fields(page(ann => $at), $path);
	ok($form, 'who asked gets a button');
	delete $form->{$_} for qw(csrf key);
	s/&#(\d+);/chr $1/ge, s/&quot;/"/g, s/&#x27;/'/g, s/&amp;/&/g
		for values %$form;
	is_deeply($form, \%want, 'that knows all of it');
	is(form(ann => $path, %$form)->{headers}{location}, '/role-management',
		'and presses it');
	is(perms_of($shop), 'orders:read customers:read', 'then it is done');
	like(page(ann => $at)->{content}, qr/has been done/, 'which shows');
}

# A key of one's own asks as oneself; one of the company has nobody to ask.
sub check_widening_by_key
{
	my $role = make_role('Keyed', ['orders:read']);
	my %key = map { $_ => call(ann => '/api/admin/api-tokens', {
		name => $_, scopes => [qw(users:write orders:read)],
		belongsTo => $_ })->{json}{token} } qw(person company);
	my $widen = sub { $panel->request(PATCH => ROLES . "/$role",
		token => $_[0], json => { permissions => [qw(orders:read
		users:write)] }) };

	person('kim', 'Keyed');
	my $r = $widen->($key{company});
	is($r->{status}, 403, 'a company\'s key cannot ask');
	like($r->{content}, qr/no person&#39;s own|no person's own/,
		'and is told why');
	is($widen->($key{person})->{status}, 202, 'a personal one can');
}

sub check_alerts
{
	my ($waiting) = rows($panel, "SELECT count(*) FROM outbox
		WHERE template = 'mail/staff-approval'", 'demo');
	my ($asked) = rows($panel, "SELECT count(*) FROM audit_logs
		WHERE action = 'approval.ask'", 'demo');

	cmp_ok($asked->[0], '>', 4, 'wishes were noted');
	is($waiting->[0], $asked->[0], 'and staff got an alert of each');
}

for my $db (engines()) {
	$panel = start_instance(db => $db, set => {
		approve_refund_over => 40, approve_role_changes => 'yes' });
	person(@$_) for ['ann', 'admin'], ['bob', 'admin'],
		['sue', 'support'], ['tim', 'support'];
	subtest "$db: refunds by calls" => \&check_refund_calls;
	subtest "$db: refunds on pages" => \&check_refund_pages;
	subtest "$db: roles" => \&check_roles;
	subtest "$db: invitations" => \&check_invitations;
	my $lead = call(ann => ROLES, { name => 'Lead', permissions => [qw(
		dashboard:read users:read users:write orders:read)] });
	is($lead->{status}, 201, 'somebody leads');
	subtest "$db: a role gives more" => sub {
		check_stale(check_widening()) };
	subtest "$db: a role asks for less" => \&check_factor_dropped;
	subtest "$db: a role that nobody has" => \&check_empty_role;
	subtest "$db: a role on pages" => \&check_widening_pages;
	subtest "$db: a role by keys" => \&check_widening_by_key;
	subtest "$db: alerts" => \&check_alerts;
	is(doctor_says($panel), '', "$db: the doctor finds nothing wrong");
	$panel->stop;
}
done_testing();
