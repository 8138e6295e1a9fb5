#!/usr/bin/perl
# staff.t - settings, notes and notifications as a person sees them, and what
# axe and vnu say of them; with scripts, then without.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
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

my ($panel, $b, $story);
my $n = 0;

sub patch
{
	my ($path, $body) = @_;

	return $panel->request(PATCH => $path, token => $panel->admin_token,
		json => $body);
}

sub settings
{
	$story->see('settings', '/settings');
	$b->fill('#f-legalName', "O'Brien & Söhne <GmbH>");
	$b->fill('#f-country', 'Germany');
	$b->press('Save changes');
	$story->look('settings-wrong', status => 422);
	like($b->text('.er'), qr/two capitals/, 'what is wrong is said');
	$b->fill('#f-country', 'DE');
	$b->press('Save changes');
	$story->flash_is(qr/Saved/, 'and put right');
	is($b->value('#f-legalName'), "O'Brien & Söhne <GmbH>",
		'it is there as it was typed');
	$story->see('settings-security', '/settings?group=security');
	$b->follow('Money and invoices');
	$story->look('settings-money');
	$b->fill('#f-invoiceDueDays', '10');
	$b->fill('#f-bankInstructions', "IBAN DE02 1203 0000 0000 2020 51\n"
		. 'Reference: the number of the invoice');
	patch('/api/admin/settings', { invoiceDueDays => 21 });
	$b->press('Save changes');
	$story->look('settings-overtaken', status => 409);
	like($b->text('main'), qr/was faster.*Days to pay.*21.*10/s,
		'somebody was faster, and both values can be seen');
	$b->click('input[name=invoiceDueDays][value="10"]');
	$b->press('Save this version');
	$story->flash_is(qr/Saved/, 'one of them is saved');
	is($b->value('#f-invoiceDueDays'), '10', 'the chosen one');
	like($b->value('#f-bankInstructions'), qr/IBAN DE02/,
		'with what nobody else had changed');
}

sub notes
{
	my $id = $panel->intake(small_order('pi_notes' . ++$n, customerName =>
		'Ada Lovelace', customerEmail => "ada$n\@example.com"))
		->{json}{customerId};

	$story->see('notes-none', "/admin/customers/$id?tab=notes");
	$b->fill('#f-text', "Calls back on Mondays.\nPrefers e-mail 🚀");
	$b->click('#f-pinned');
	$b->press('Write it down');
	$story->flash_is(qr/The note is there/, 'a note is written');
	$b->fill('#f-text', 'שלום, that is: hello.');
	$b->press('Write it down');
	$story->look('notes');
	like($b->text('main'), qr/Calls back on Mondays.*שלום/s,
		'what is kept on top comes first');
	like($b->text('aside'), qr/Note for staff.*Calls back/s,
		'and stands beside');
	$b->go("/admin/customers/$id?tab=notes");
	my $note = (map { $_->{id} } grep { !$_->{pinned} } @{ $panel->get(
		"/api/admin/customers/$id/notes",
		token => $panel->admin_token)->{json}{items} })[0];
	$story->see('note', "/admin/customers/$id/notes/$note");
	$b->follow('Edit');
	$story->look('note-edit');
	$b->fill('#f-text', 'Mine.');
	patch("/api/admin/customers/$id/notes/$note", { text => 'Theirs.' });
	$b->press('Save changes');
	$story->look('note-overtaken', status => 409);
	$b->click('input[name=text][value="Mine."]');
	$b->press('Save this version');
	$story->flash_is(qr/The note is saved/, 'one of two is saved');
	$b->go("/admin/customers/$id/notes/$note/remove");
	$story->look('note-remove');
	$b->press('Remove the note');
	$story->flash_is(qr/The note is removed/, 'a note is taken away');
	$story->see('activity', "/admin/customers/$id?tab=activity");
	like($b->text('main'), qr/Note removed.*Note written.*Placed/s,
		'all of it is among what has happened');
	$story->see('customer-payments', "/admin/customers/$id?tab=payments");
}

sub notifications
{
	my $odd = odd_order('pi_odd' . ++$n, customerEmail =>
		"odd$n\@example.com", customerName => "O'Brien & Söhne <GmbH>");

	$panel->intake($odd);
	$panel->intake(small_order('pi_bad' . ++$n, customerEmail => 'none'));
	$story->see('notifications', '/notifications');
	like($b->text('main'), qr/held in review.*O'Brien & Söhne <GmbH>/s,
		'what waits is named');
	$b->click('form.act button');
	$story->look('notifications-one-read');
	$b->press('Mark all as read');
	$story->flash_is(qr/All of them are read/, 'all at once');
	unlike($b->text('main'), qr/New/, 'are read');
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
	$b->go('/login');
	$story->enter($panel->ready->{adminEmail},
		$panel->ready->{adminPassword});
	settings();
	notes();
	$story->see('notifications-none', '/notifications');
	notifications();
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
