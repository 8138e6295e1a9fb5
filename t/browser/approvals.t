#!/usr/bin/perl
# approvals.t - asking for a second person, and being one, as a person sees it,
# and what axe and vnu say of it; with scripts, then without.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Judge;
use MPanel::Browser;
use MPanel::Orders;
use MPanel::Test;
use Story;
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');
need(Judge::is_here(), 'java or npm is missing');

my $why = "Paid twice: O'Brien & S\x{f6}hne <GmbH>";
my ($panel, $b, $story, %bob);

# The other one of staff, by calls.
sub bob
{
	my ($path, $body) = @_;

	return $panel->post($path, token => $bob{token}, json => $body // {});
}

sub hire_bob
{
	my $password = 'rusty anvil picnic';
	my %login = (email => 'bob@example.com', password => $password);

	$panel->run_with($password, qw(user add --tenant demo --password-stdin
		--role super_admin), '--email', $login{email});
	my $r = $panel->post('/api/auth/login', json => \%login);
	%bob = (token => $r->{json}{accessToken} // die 'log-in');
	my ($row) = rows($panel, "SELECT id FROM users
		WHERE email = '$login{email}'", 'demo');
	$bob{id} = $row->[0];
}

sub being_the_second
{
	my $order = $panel->intake(contract_order('pi_second'))
		->{json}{orderId};
	bob("/api/admin/orders/$order/refund", { reason => $why });

	$b->go('/approvals');
	$story->look('approvals');
	$b->follow('Refund $45.82');
	$story->look('approval');
	like($b->text('main'), qr/\Q$why\E/,
		'the reason is shown as it was given');
	$story->ask('Approve', 'approval-ask');
	$b->press('Approve it');
	$story->flash_is(qr/^Approved/, 'it is approved');
	ok(!$b->has('form.again'), 'and is done by whoever asked');
	is(bob("/api/admin/orders/$order/refund", { reason => $why })->{status}, 200,
		'who does it');
}

sub asking_for_one
{
	$b->go('/admin/users/invite');
	$b->fill('#f-email', 'nora@example.com');
	$b->press('Send the invitation');
	$story->flash_is(qr/second person must approve/, 'it waits');
	like($b->text('h1'), qr/Invite nora\@example\.com/, 'and is named');
	$story->look('approval-mine');
	my $at = $b->at;
	bob("/api/admin$at/approve");
	$b->go($at);
	$story->look('approval-approved');
	$b->press('Send the invitation now');
	$story->flash_is(qr/nora\@example\.com is on its way/, 'then not');
	$b->go($at);
	$story->look('approval-done');
}

sub widening_a_role
{
	my $role = bob('/api/admin/roles', { name => 'Front desk',
		permissions => ['orders:read'] })->{json}{id};
	my $invite = { email => 'dan@example.com', role => 'Front desk' };

	my $wish = $panel->post('/api/admin/users', token => $bob{token},
		json => $invite)->{json}{approvalId};
	$b->go("/approvals/$wish");
	$story->ask('Approve', 'approval-invite-ask');
	$b->press('Approve it');
	bob('/api/admin/users', $invite);
	$story->see('role-asks', "/role-management/$role/change");
	like($b->text('main'), qr/wait for a second person/,
		'the form says that more needs a second person');
	$b->click('input[name="customers:read"]');
	$b->click('input[name="invoices:read"]');
	$b->press('Save the role');
	$story->flash_is(qr/second person must approve/, 'and it waits');
	$story->look('approval-role');
	my $at = $b->at;
	bob("/api/admin$at/approve");
	$b->go($at);
	$story->look('approval-role-approved');
	$b->press('Change the role now');
	$story->flash_is(qr/Front desk is changed/, 'then not');
}

my ($db) = engines();
for my $js (1, 0) {
	$panel = start_instance(db => $db, set => {
		approve_refund_over => 40, approve_role_changes => 'yes' });
	hire_bob();
	$b = MPanel::Browser->start(url => $panel->url, js => $js);
	my $judge = Judge->new(browser => $b, panel => $panel,
		judges => $js);
	$story = Story->new(browser => $b, panel => $panel,
		look => sub { $judge->look(@_) });
	note("$db, scripts " . ($js ? 'on' : 'off'));
	$b->go('/login');
	$story->enter($panel->ready->{adminEmail},
		$panel->ready->{adminPassword});
	$story->see('approvals-empty', '/approvals');
	being_the_second();
	asking_for_one();
	widening_a_role();
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
