#!/usr/bin/perl
# profile.t - a customer keeps their name and address, chooses their mails, looks
# who signed in, takes their data along and goes; with scripts, then without.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Judge;
use MPanel::Browser;
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Story;
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');
need(Judge::is_here(), 'java or npm is missing');

my ($panel, $b, $story, $account, $ann);

sub make_scene
{
	my $admin = $panel->admin_token;

	$ann = person($panel, 'ann', 'customer');
	$account = $panel->intake(small_order('pi_one',
		customerName => 'Okonkwo Law'))->{json}{customerId};
	$panel->post("/api/admin/customers/$account/people", token => $admin,
		json => { email => 'ann@example.com',
		rights => [qw(billing technical support)] });
}

sub come_in
{
	$b->go('/login');
	$story->enter('ann@example.com', 'rusty anvil picnic');
	is($b->at, '/client', 'a customer comes to the portal');
}

sub menu
{
	my ($line) = @_;

	$b->click('.menu summary');
	$b->follow($line);
}

sub profile
{
	menu('Profile');
	$story->look('client-profile');
	is($b->value('#f-name'), 'Okonkwo Law', 'the account is there');
	$b->fill('#f-country', 'DE');
	$b->fill('#f-taxId', 'DE12');
	$b->press('Save changes');
	$story->look('client-profile-wrong', status => 422);
	like($b->text('#e-taxId'), qr/look like DE129273398/,
		'a VAT number has a form');
	is($b->value('#f-country'), 'DE', 'what was typed is kept');
	$b->fill('#f-taxId', 'DE129273398');
	# a colleague is faster
	$panel->request(PATCH => '/api/client/profile',
		token => $ann->{token}, json => { phone => '+49 30 1' });
	$b->fill('#f-phone', '+49 30 2');
	$b->press('Save changes');
	$story->look('client-profile-conflict', status => 409);
	like($b->text('main'), qr/Somebody else was faster/,
		'of two editors both are shown');
	$b->click('input[name="phone"][value="+49 30 2"]');
	$b->press('Save this version');
	$story->flash_is(qr/^Saved\./, 'one is chosen');
	is($b->value('#f-phone'), '+49 30 2', 'and stays');
	is($b->value('#f-taxId'), 'DE129273398', 'with all else');
}

sub mails
{
	$b->click('#f-services');
	$b->press('Keep this choice');
	$story->flash_is(qr/^Saved\./, 'mails are chosen');
	ok(!$b->has('#f-services:checked') && $b->has('#f-invoices:checked'),
		'which stays');
}

sub history
{
	menu('Sign-in & security');
	$b->follow('See your log-in history');
	$story->look('account-history');
	like($b->text('tbody'), qr/Success.*Password/s, 'the log-in is there');
}

sub take_along
{
	menu('Export my data');
	$story->look('client-export-none');
	$b->press('Make the archive');
	$story->flash_is(qr/^It is being made/, 'an archive is asked for');
	ok(wait_for(60, sub { $b->go('/client/export');
		$b->text('tbody') =~ /Ready/ }), 'and made');
	$story->look('client-export');
	ok($b->has('a[href$="/file"]'), 'it can be fetched');
	$b->press('Make the archive');
	$story->look('client-export-again', status => 409);
}

sub go
{
	menu('Profile');
	$b->follow('Close my account…');
	$story->look('client-close');
	like($b->text('main'), qr/books stay for as long as the law/,
		'what follows is said');
	$b->fill('#f-confirm', 'Okonkwo');
	$b->fill('#f-password', 'rusty anvil picnic');
	$b->press('Ask to close Okonkwo Law');
	$story->look('client-close-wrong', status => 422);
	$b->fill('#f-confirm', 'Okonkwo Law');
	$b->fill('#f-reason', 'We stop trading.');
	$b->fill('#f-password', 'rusty anvil picnic');
	$b->press('Ask to close Okonkwo Law');
	$story->look('client-close-waiting');
	like($b->text('main'), qr/You asked for this account to be closed/,
		'it waits');
	$b->press('Keep my account');
	$story->flash_is(qr/^Your account stays open/, 'and is taken back');
}

# The owner has no account, and is told how to see one.
sub owner
{
	$b->go('/client');
	$story->see('client-none', '/client');
	like($b->text('main'), qr/where customers see what they have/,
		'the owner is told');
}

sub staff
{
	$panel->post('/api/client/close', token => $ann->{token}, json => {
		password => 'rusty anvil picnic', confirm => 'Okonkwo Law',
		reason => 'We stop trading.' });
	$story->see('customer-going', "/admin/customers/$account");
	like($b->text('main'), qr/We stop trading/, 'staff see why');
	$story->ask('Close account…', 'customer-close')
		if $b->has('details.menu summary');
}

my ($db) = engines();
for my $js (1, 0) {
	$panel = start_instance(db => $db);
	$b = MPanel::Browser->start(url => $panel->url, js => $js);
	my $judge = Judge->new(browser => $b, panel => $panel,
		judges => $js);
	$story = Story->new(browser => $b, panel => $panel,
		look => sub { $judge->look(@_) });
	note("$db, scripts " . ($js ? 'on' : 'off'));
	make_scene();
	come_in();
	profile();
	mails();
	history();
	take_along();
	go();
	$b->click('.menu summary');
	$b->press('Sign out');
	$b->go('/login');
	$story->enter($panel->ready->{adminEmail},
		$panel->ready->{adminPassword});
	owner();
	staff();
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
