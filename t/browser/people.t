#!/usr/bin/perl
# people.t - accounts, staff, keys and addresses, as a person sees them, and
# what axe and vnu say of it; with scripts, then without.
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

my ($panel, $b, $story, $word);

sub at_the_door
{
	$story->see('forgot', '/forgot-password');
	$b->fill('#f-email', $panel->ready->{adminEmail});
	$b->press('Send the link');
	like($b->text('h1'), qr/Look into your mail/, 'a link is promised');
	$story->look('forgot-sent');
	$story->see('link-over', '/reset-password?token=nothing',
		status => 404);
	$b->go('/login');
	$story->enter($panel->ready->{adminEmail}, $word);
}

sub account
{
	$story->see('account', '/account');
	$b->fill('#f-firstName', 'Ada');
	$b->fill('#f-timeZone', 'Mars/Base');
	$b->press('Save');
	$story->look('account-wrong', status => 422);
	like($b->text('.er'), qr/no such time zone/, 'a zone is looked up');
	is($b->value('#f-firstName'), 'Ada', 'what was typed is kept');
	$b->fill('#f-timeZone', 'Europe/Berlin');
	$b->press('Save');
	$story->flash_is(qr/^Saved/, 'and saved when it is right');
	$b->fill('#f-currentPassword', $word);
	$b->fill('#f-newPassword', 'password1234');
	$b->press('Change the password');
	like($b->text('.er'), qr/would soon be guessed/,
		'a weak password is explained');
	$story->look('password-wrong', status => 422);
	$b->fill('#f-currentPassword', $word);
	$b->fill('#f-newPassword', $word = 'violet canoe drum');
	$b->press('Change the password');
	is($b->at, '/account', 'a good one is taken, and one stays signed in');
}

sub staff
{
	$story->see('users', '/admin/users');
	$b->follow('Invite somebody');
	$story->look('user-invite');
	$b->fill('#f-firstName', 'Nora');
	$b->fill('#f-email', 'nora@example.com');
	$b->press('Send the invitation');
	$story->flash_is(qr/nora\@example\.com is on its way/,
		'somebody is invited');
	$b->follow('Nora');
	$story->look('user');
	$b->go($b->at . '/role');
	$story->look('user-role');
	$b->choose('#f-role', 'editor');
	$b->press('Change the role');
	$story->flash_is(qr/another role/, 'gets another role');
	$b->go($b->at . '/disable');
	$story->look('user-disable');
	$b->press('Disable');
	$story->flash_is(qr/is disabled/, 'and goes');
}

sub keys_of_programs
{
	$story->see('keys-before', '/api-keys');
	$b->follow('New key');
	$story->look('key-new');
	$b->fill('#f-name', 'Report');
	$b->fill('#f-addresses', 'here');
	$b->press('Make the key');
	$story->look('key-wrong', status => 422);
	$b->fill('#f-addresses', '192.0.2.0/24');
	$b->click('input[name="orders:read"]');
	$b->press('Make the key');
	like($b->text('.once'), qr/^mpk_/, 'a key is shown, once');
	$story->look('key-made');
	$b->follow('I have it');
	$story->look('keys');
	$b->follow('Revoke');
	$story->look('key-revoke');
	$b->press('Revoke the key');
	$story->flash_is(qr/Report is revoked/, 'and revoked');
}

sub make_key
{
	my ($name, $sort) = @_;

	$b->go('/api-keys/new');
	$b->fill('#f-name', $name);
	$b->click(qq{input[name="belongsTo"][value="$sort"]});
	$b->click('input[name="orders:read"]');
	$b->press('Make the key');
	like($b->text('.once'), qr/^mpk_/, "$name is made");
}

sub keys_that_end
{
	my ($me) = rows($panel, "SELECT id FROM users WHERE email = '"
		. $panel->ready->{adminEmail} . "'", 'demo');

	make_key('Nightly', 'person');
	make_key('Web site', 'company');
	$story->see('account-keys', '/account');
	like($b->text('main'), qr/ends 1 personal API key of yours/,
		'it is said before that a password ends keys');
	$story->see('factors-keys', '/account/factors');
	$story->see('user-disable-keys', "/admin/users/$me->[0]/disable");
	$b->go('/account');
	$b->fill('#f-currentPassword', $word);
	$b->fill('#f-newPassword', $word = 'rusty anvil picnic');
	$b->press('Change the password');
	$story->see('keys-ended', '/api-keys');
	like($b->text('main'), qr/Password changed/,
		'and what ended them is shown afterwards');
}

sub addresses
{
	$story->see('security', '/security');
	$b->fill('#f-range', '127.0.0.0/8');
	$b->choose('#f-effect', 'deny');
	$b->press('Add the rule');
	$story->look('security-wrong', status => 409);
	like($b->text('.badc'), qr/shut you out/, 'nobody shuts themselves out');
	$b->fill('#f-range', '203.0.113.0/24');
	$b->press('Add the rule');
	like($b->text('main'), qr{203\.0\.113\.0/24}, 'a range is kept out');
	$story->look('security-rule');
	$b->press('Remove');
	like($b->text('main'), qr/No rules/, 'and let in again');
}

my ($db) = engines();
for my $js (1, 0) {
	$panel = start_instance(db => $db);
	$word = $panel->ready->{adminPassword};
	$b = MPanel::Browser->start(url => $panel->url, js => $js);
	my $judge = Judge->new(browser => $b, panel => $panel,
		judges => $js);
	$story = Story->new(browser => $b, panel => $panel,
		look => sub { $judge->look(@_) });
	note("$db, scripts " . ($js ? 'on' : 'off'));
	at_the_door();
	account();
	staff();
	keys_of_programs();
	keys_that_end();
	addresses();
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
