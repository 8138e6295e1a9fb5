#!/usr/bin/perl
# invoices.t - invoices made by hand as a clerk sees them: found the customer,
# drafted, changed, issued, paid, credited, given back; with scripts, then
# without, and marked as paid by the return key.
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

sub call
{
	my ($method, $path, $json) = @_;

	return $panel->request($method, "/api/admin/$path",
		token => $panel->admin_token, $json ? (json => $json) : ())
		->{json};
}

# A question as a page of its own, which comes as a dialog where scripts run.
sub question
{
	my ($words, $name) = @_;
	my ($where) = $b->at;

	$b->go("$where/$words");
	$story->look($name);
}

sub draft
{
	$story->see('invoices-none', '/invoices');
	$b->follow('New invoice');
	$story->look('invoice-who');
	$b->fill('#who', 'nobody-here');
	$b->press('Find');
	like($b->text('main'), qr/Nobody matches/, 'nobody is found');
	$b->fill('#who', 'obrien');
	$b->press('Find');
	$b->follow("O'Brien & Söhne <GmbH>");
	$story->look('invoice-new');
	$b->fill('#f-description1', 'Move of three websites');
	$b->fill('#f-price1', 'a lot');
	$b->fill('#f-quantity1', '3');
	$b->press('Save draft');
	$story->look('invoice-wrong', status => 422);
	like($b->text('main'), qr/A price is an amount/, 'a price is a number');
	is($b->value('#f-description1'), 'Move of three websites',
		'what was typed is kept');
	$b->fill('#f-price1', '49.50');
	$b->press('More lines');
	is($b->value('#f-price1'), '49.50', 'also when there are more lines');
	$b->fill('#f-description5', 'Postage');
	$b->fill('#f-price5', '1.45');
	$b->choose('#f-taxable5', 'no');
	$b->fill('#f-taxRate', '19');
	$b->fill('#f-notes', "Thank you.\nعقد 🎉");
	$b->press('Save draft');
	$story->flash_is(qr/draft is saved/, 'then it is saved');
	$story->look('invoice-draft');
	like($b->text('main'), qr/\$178\.17/, 'with tax on what is taxable');
}

sub edit
{
	my $id = call(GET => 'invoices?status=draft')->{items}[0]{id};

	$b->follow('Edit');
	$story->look('invoice-edit');
	call(PATCH => "invoices/$id", { notes => 'Changed meanwhile.' });
	$b->fill('#f-quantity1', '2');
	$b->press('Save draft');
	$story->look('invoice-overtaken', status => 409);
	like($b->text('main'), qr/saved now.*Changed meanwhile/s,
		'who was overtaken sees what is there');
	is($b->value('#f-quantity1'), '2', 'and what they typed');
	$b->press('Save draft');
	$story->flash_is(qr/changes are saved/, 'and may save it');
}

sub issue
{
	my $at = $b->at;

	question('issue', 'invoice-issue');
	$b->fill('#f-dueDate', '2020-01-01');
	$b->press('Issue the invoice');
	$story->look('invoice-late', status => 422);
	like($b->text('main'), qr/is past/, 'a day that is past is refused');
	$b->go("$at/issue");
	$b->press('Issue the invoice');
	$story->flash_is(qr/Issued/, 'it is issued');
	$story->look('invoice-open');
	like($b->text('h1'), qr/INV-\d+-000001/, 'with its number');
	like($b->text('.head .verbs'), qr/Mark as paid.*PDF/s,
		'what is next stands first, and it can be printed');
}

sub pay
{
	my $at = $b->at;

	question('mark-paid', 'invoice-mark-paid');
	$b->fill('#f-amount', '50');
	$b->fill('#f-reference', 'Statement 7');
	$b->press('Mark as paid');
	$story->flash_is(qr/\$50\.00 is noted/, 'a part is paid');
	$story->look('invoice-part');
	$b->go("$at/mark-paid");
	$b->fill('#f-amount', '10');
	$b->fill('#f-reference', 'STATEMENT 7');
	$b->press('Mark as paid');
	$story->look('invoice-twice', status => 409);
	like($b->text('main'), qr/has been noted/, 'a reference is taken once');
	question_again($at);
}

sub question_again
{
	my ($at) = @_;

	$b->go($at);
	question('credit', 'invoice-credit');
	$b->fill('#f-amount', '9.26');
	$b->fill('#f-reason', 'The third site was small');
	$b->press('Write the credit note');
	$story->flash_is(qr/CN-\d+-000001 is written/, 'a part is credited');
	$b->go("$at/mark-paid");
	$b->press('Mark as paid');
	$story->flash_is(qr/is paid/, 'the rest is paid');
	$story->look('invoice-paid');
	$b->follow('Refund…') unless $b->{js};
	$b->go('/payments/' . call(GET => 'payments')->{items}[0]{id}
		. '/refund');
	$story->look('payment-refund');
	$b->fill('#f-amount', '1000');
	$b->press('Refund it');
	$story->look('payment-too-much', status => 422);
	$b->fill('#f-amount', '5');
	$b->press('Refund it');
	$story->flash_is(qr/Refunded \$5\.00/, 'a part goes back');
	$story->see('invoices', '/invoices');
	$story->see('credit-notes', '/credit-notes');
	$story->see('invoices-overdue', '/invoices/overdue');
}

# By the return key alone: the invoice, its primary verb, its form, in which
# amount and day are there.
sub keyboard
{
	my $customer = call(GET => 'customers')->{items}[0]{id};
	my $id = call(POST => 'invoices', { customerId => $customer, items =>
		[{ description => 'Advice', unitPrice => 80 }] })->{id};

	call(POST => "invoices/$id/issue", {});
	$b->go('/invoices?status=open');
	$b->enter('tbody a');
	$b->keys('.head .pri', "\x{e007}");
	ok(wait_for(5, sub { $b->has('dialog[open] #f-amount') }),
		'the question comes');
	$b->enter('dialog #f-amount');
	$story->flash_is(qr/is paid/, 'three times the return key: paid');
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
	call(POST => 'customers', { name => "O'Brien & Söhne <GmbH>",
		email => 'obrien@example.com', companyName => 'Söhne',
		country => 'IE', taxId => 'IE1234567T', address => {
		line1 => '4 Quay Street', city => 'Galway' } });
	$b->go('/login');
	$story->enter($panel->ready->{adminEmail},
		$panel->ready->{adminPassword});
	draft();
	edit();
	issue();
	pay();
	keyboard() if $js;
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
