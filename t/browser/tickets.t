#!/usr/bin/perl
# tickets.t - a customer asks with a file, staff note, answer and close; what
# axe and vnu say of both sides; with scripts, then without.
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

my $word = 'rusty anvil picnic';
my ($panel, $b, $story, $file);

sub make_scene
{
	my $admin = $panel->admin_token;
	my $call = sub { $panel->post("/api/admin/$_[0]", token => $admin,
		json => $_[1])->{json} };
	my $order = $panel->intake(small_order('pi_one',
		customerName => "O'Brien & Söhne"));

	person($panel, 'ann', 'customer');
	person($panel, 'sam', 'support');
	$call->("customers/$order->{json}{customerId}/people", {
		email => 'ann@example.com',
		rights => [qw(billing technical support)] });
	$call->('departments', { name => $_ }) for qw(Billing Technical);
	$file = scratch() . '/März & more.txt';
	open my $fh, '>', $file or die "$file: $!";
	print $fh "what I see\n";
	close $fh or die;
}

sub enter_as
{
	my ($name) = @_;

	$b->go('/login');
	$story->enter("$name\@example.com", $word);
}

sub leave
{
	$b->click('.menu summary');
	$b->press('Sign out');
}

sub pick_file
{
	my ($name) = @_;

	$b->click('details.f summary');
	my ($e) = $b->find("[name=$name]");
	$b->post("element/$e/value", { text => $file });
}

sub ask
{
	enter_as('ann');
	$b->follow('Help');
	is($b->at, '/client/help', 'help is in the menu');
	$story->look('help-empty');
	$b->follow('Ask us');
	$story->look('help-subject');
	$b->fill('#f-subject', 'The site is slow');
	$b->press('Go on');
	$story->look('help-new');
	$b->press('Send');
	$story->look('help-new-wrong', status => 422);
	$b->fill('#f-description', "Since this morning.\nWhy is it?");
	$b->choose('#f-priority', 'high');
	pick_file('file1');
	$b->press('Send');
	$story->flash_is(qr/^Your question is here\./, 'a question is asked');
	like($b->text('main'), qr/Since this morning\..*März & more\.txt/s,
		'with its file');
	$story->look('help-one');
	$b->follow('Help');
	like($b->text('tbody'), qr/The site is slow/, 'it is in the list');
	$story->look('help-list');
	leave();
}

sub answer
{
	enter_as('sam');
	$b->go('/support');
	like($b->text('.nav'), qr/Tickets\s*1/, 'the menu counts it')
		if $b->{js};
	$story->look('inbox');
	$b->follow('Unassigned');
	$story->look('inbox-unassigned');
	$b->follow($b->text('tbody a'));
	like($b->text('main'), qr/ann@?.* waits for an answer/s,
		'one says who waits');
	$story->look('ticket');
	$b->press('Take it');
	$story->flash_is(qr/^It is yours\./, 'somebody takes it');
	$b->fill('#f-text', 'The disk was full.');
	$b->press('Keep as a note for staff');
	$story->flash_is(qr/^The note is there\./, 'notes something');
	ok($b->has('article.warn'), 'which looks another');
	$b->fill('#f-text', 'It is quick again.');
	$b->press('Send answer');
	$story->flash_is(qr/^Your answer is sent\./, 'and answers');
	$story->look('ticket-answered');
	$b->choose('#f-priority', 'urgent');
	$b->press('Save');
	$story->flash_is(qr/^It is sorted\./, 'and sorts it');
	$b->press('Send answer');
	$story->look('ticket-wrong', status => 422);
	$story->see('inbox-closed', '/support?view=closed');
	$b->go('/support/new');
	$story->look('ticket-who');
	$b->follow("O'Brien & Söhne");
	$story->look('ticket-new');
	$b->go('/admin/customers');
	$b->follow("O'Brien & Söhne");
	$b->follow('Tickets');
	like($b->text('main'), qr/The site is slow/, 'a customer\'s page has it');
	leave();
}

sub reply
{
	enter_as('ann');
	$b->follow('Help');
	$b->follow('The site is slow');
	my $text = $b->text('main');
	like($text, qr/It is quick again\./, 'the customer reads the answer');
	unlike($text, qr/disk was full/, 'and no note');
	$story->look('help-answered');
	$b->fill('#f-text', 'Thank you!');
	$b->press('Send reply');
	$story->flash_is(qr/^Your reply is sent\./, 'writes back');
	$b->press('Close');
	$story->flash_is(qr/^It is closed\./, 'closes it');
	$story->look('help-closed');
	$b->press('Open again');
	$story->flash_is(qr/^It is open again\./, 'and opens it again');
	leave();
}

my ($db) = engines();
for my $js (1, 0) {
	$panel = start_instance(db => $db, agent => 1);
	$b = MPanel::Browser->start(url => $panel->url, js => $js);
	my $judge = Judge->new(browser => $b, panel => $panel,
		judges => $js);
	$story = Story->new(browser => $b, panel => $panel,
		look => sub { $judge->look(@_) });
	note("$db, scripts " . ($js ? 'on' : 'off'));
	make_scene();
	ask();
	answer();
	reply();
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
