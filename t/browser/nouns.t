#!/usr/bin/perl
# nouns.t - described nouns as a person sees them: lists, one of each, forms,
# and what axe and vnu say of it; with scripts, then without.
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

sub tax_rules
{
	$story->see('tax-none', '/tax');
	$b->follow('New tax rule');
	$story->look('tax-new');
	$b->fill('#f-name', 'VAT <b>');
	$b->fill('#f-state', 'Hessen');
	$b->fill('#f-rate', '190');
	$b->press('Make the tax rule');
	$story->look('tax-wrong', status => 422);
	like($b->text('main'), qr/from 0 to 100/, 'a rate is a percentage');
	is($b->value('#f-name'), 'VAT <b>', 'what was typed is kept');
	$b->fill('#f-country', 'DE');
	$b->fill('#f-rate', '19');
	$b->press('Make the tax rule');
	$story->flash_is(qr/The tax rule is there/, 'a right one is made');
	$story->look('tax-one');
	$b->follow('Edit');
	$story->look('tax-edit');
	my $other = $panel->get('/api/admin/tax-rules',
		token => $panel->admin_token)->{json}{items}[0];
	$panel->request(PATCH => "/api/admin/tax-rules/$other->{id}",
		token => $panel->admin_token, json => { name => 'VAT' });
	$b->fill('#f-rate', '16');
	$b->press('Save changes');
	$story->look('tax-overtaken', status => 409);
	like($b->text('main'), qr/was faster.*VAT.*VAT <b>.*19.*16/s,
		'somebody else was faster, and both can be seen');
	$b->press('Save this version');
	$story->flash_is(qr/changes are saved/, 'and what nobody else had changed is chosen already');
	$story->see('tax-list', '/tax');
	like($b->text('main'), qr/VAT.*DE.*Hessen.*16 %/s, 'and listed');
	$b->follow('VAT');
	$story->see('tax-remove', $b->at . '/remove');
	$b->press('Remove the tax rule');
	$story->flash_is(qr/VAT is removed/, 'and taken away');
}

sub customers
{
	$b->go('/admin/customers');
	$b->follow('New customer');
	$story->look('customer-new');
	$b->fill('#f-name', "Zoë O'Brien");
	$b->fill('#f-email', 'zoe@example.com');
	$b->fill('#f-country', 'IE');
	$b->press('Make the customer');
	$story->flash_is(qr/The customer is there/, 'a customer by hand');
	like($b->text('h1'), qr/Zoë O'Brien/, 'whose page one is on');
	$b->follow('Edit');
	$b->fill('#f-city', 'Cork');
	$b->press('Save changes');
	$story->flash_is(qr/changes are saved/, 'can be changed');
	$b->go('/admin/customers/new');
	$b->fill('#f-name', 'Another');
	$b->fill('#f-email', 'ZOE@example.com');
	$b->press('Make the customer');
	$story->look('customer-twice', status => 409);
	like($b->text('.er'), qr/already/, 'an address is one of one customer');
}

sub products
{
	$story->see('products', '/products');
	$b->follow('New product');
	$story->look('product-new');
	$b->fill('#f-name', 'Care, large');
	$b->fill('#f-plan', 'no json');
	$b->press('Make the product');
	$story->look('product-wrong', status => 422);
	$b->fill('#f-plan', '{}');
	$b->press('Make the product');
	$story->flash_is(qr/The product is there/, 'a product is made');
	$b->follow('New price');
	$story->look('price-new');
	$b->choose('#f-period', 'month');
	$b->fill('#f-currency', 'USD');
	$b->fill('#f-price', '9.50');
	$b->press('Make the price');
	$story->flash_is(qr/The price is there/, 'and gets a price');
	like($b->text('main'), qr/care-large.*Month.*\$9\.50/s,
		'which one sees at the product');
	$story->look('product-one');
	extras();
}

# What it is sold with.
sub extras
{
	$b->follow('New option');
	$b->fill('#f-name', 'Disk space');
	$b->fill('#f-code', 'disk');
	$b->press('Make the option');
	$story->flash_is(qr/The option is there/, 'it gets an option');
	$b->follow('New choice');
	$story->look('choice-new');
	$b->fill('#f-name', '50 GB');
	$b->fill('#f-code', 'gb50');
	$b->choose('#f-period', 'month');
	$b->fill('#f-price', '2');
	$b->press('Make the choice');
	$story->flash_is(qr/The choice is there/, 'which has a choice');
	like($b->text('main'), qr/50 GB.*Month.*\$2\.00/s, 'and its price');
	$story->look('option-one');
	$b->go('/products/new');
	$b->fill('#f-name', 'Names');
	$b->choose('#f-type', 'domain');
	$b->press('Make the product');
	$b->follow('New TLD');
	$story->look('tld-new');
	$b->fill('#f-tld', '.com');
	$b->fill('#f-registerPrice', '9.50');
	$b->fill('#f-renewPrice', '11');
	$b->fill('#f-transferPrice', '9.50');
	$b->fill('#f-icannFee', '0.18');
	$b->press('Make the TLD');
	$story->look('tld-wrong', status => 422);
	like($b->text('main'), qr/without the first dot/, 'a dot too much');
	$b->fill('#f-tld', 'com');
	$b->press('Make the TLD');
	$story->flash_is(qr/The TLD is there/, 'a TLD is made');
	like($b->text('main'), qr/com.*\$9\.50.*\$11\.00.*\$0\.18/s,
		'with its prices and the fee');
	$story->look('product-tlds');
}

# What an order has made.
sub books
{
	$panel->intake(contract_order('pi_nouns', customerName =>
		"O'Brien & Söhne <GmbH>"));
	for my $noun (qw(subscriptions invoices payments domains)) {
		$story->see("$noun-list", "/$noun");
		like($b->text('main'), qr/O'Brien & Söhne <GmbH>/,
			"$noun name their customer");
	}
	$b->go('/invoices');
	$b->follow($panel->get('/api/admin/invoices', token =>
		$panel->admin_token)->{json}{items}[0]{number});
	$story->look('invoice-one');
	like($b->text('main'), qr/Lines.*Starter.*Payments.*Stripe.*Succeeded/s,
		'an invoice has its lines and payments');
	$b->go('/subscriptions');
	$b->follow('Starter');
	$story->look('subscription-one');
	$b->follow("O'Brien & Söhne <GmbH>");
	like($b->at, qr{^/admin/customers/}, 'from there to the customer');
	$story->see('payments-none', '/payments?status=refunded');
	like($b->text('main'), qr/Nothing matches/, 'a filter is heeded');
}

# Several at once; columns of one's own.
sub many
{
	$panel->intake(contract_order('pi_many', primaryDomain =>
		'many.example.com'));
	1 while work_one();
	$b->go('/subscriptions?status=active');
	$b->click('.pick input');
	$b->click('tr:nth-of-type(2) .pick input');
	$story->look('subscriptions-chosen');
	$b->press('Suspend…');
	$story->look('subscriptions-ask');
	like($b->text('h1'), qr/^Suspend 2 subscriptions\?$/,
		'chosen rows are asked about together');
	$b->fill('#f-reason', 'late');
	$b->press('Suspend 2 subscriptions');
	$story->flash_is(qr/2 subscriptions are suspended/,
		'and done together');
	$b->click('.colm summary');
	$b->click('input[name=c-quantity]');
	$story->look('subscriptions-columns');
	$b->press('Show these');
	like($b->text('thead'), qr/Quantity/, 'a column more');
	$story->look('subscriptions-wide');
}

# The next task as its agent does it; false: there is none.
sub work_one
{
	my $task = $panel->worker('tasks/claim')->{json}{task} or return;

	return $panel->worker("tasks/$task->{id}/complete", {
		status => 'success', leaseToken => $task->{leaseToken} });
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
	customers();
	products();
	tax_rules();
	books();
	many();
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
