#!/usr/bin/perl
# approvals.t - large refunds and new roles wait for a second person.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IPC::Open2;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

use constant LIST => '/api/admin/approvals';

my $word = 'rusty anvil picnic';
my ($panel, %who);

# Somebody of staff: a token for calls, a cookie for pages.
sub person
{
	my ($name, $role) = @_;
	my $email = "$name\@example.com";
	my $pid = open2(my $from, my $to, $panel->ready->{bin}{mpanel},
		'--config', $panel->ready->{config}, qw(user add --tenant demo
		--password-stdin --role), $role, '--email', $email);

	print $to $word;
	close $to;
	waitpid $pid, 0;
	die "user add $email" if $?;
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

	$fields{csrf} = $who{$name}{csrf};
	return $panel->post($path, cookie => $who{$name}{cookie},
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $panel->url },
		body => join '&', map { "$_=" . $fields{$_} =~
			s/([^A-Za-z0-9._-])/sprintf '%%%02X', ord $1/ger }
			sort keys %fields);
}

# The fields of the form that leads to a path, as a browser would send them.
sub form_of
{
	my ($page, $action) = @_;
	my ($form) = $page->{content} =~
		m{<form[^>]* action="\Q$action\E">(.*?)</form>}s
		or return;

	return { $form =~ /<input type="hidden" name="([^"]*)" value="([^"]*)"/g };
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
	is(form_of(page(ann => $at), $path), undef, 'and cannot be done');
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
	is(form_of(page(bob => $at), $path), undef,
		'but does not do it in the place of another');
	my $form = form_of(page(ann => $at), $path);
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
	my $form = form_of(page(ann => $at),
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
	my $form = form_of(page(ann => $at), '/admin/users/invite');
	is("$form->{email} $form->{role}", 'second@example.com admin',
		'approved, it can be sent');
	is(call(ann => '/api/admin/users', \%new)->{status}, 201,
		'and is sent');
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
	subtest "$db: alerts" => \&check_alerts;
	is(doctor_says($panel), '', "$db: the doctor finds nothing wrong");
	$panel->stop;
}
done_testing();
