#!/usr/bin/perl
# pay.t - a customer pays an invoice in a real browser, which keeps the rules of
# our pages (form-action): there, back, there again and paid; with scripts, then
# without.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Judge;
use MPanel::Browser;
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Stripe;
use MPanel::Test;
use Story;
use StripePage;
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');
need(Judge::is_here(), 'java or npm is missing');
mock_stripe();

my ($panel, $b, $story, $account, $n);

my $stripe = StripePage->new;

# ---- the scene ----

sub invoice
{
	my $admin = $panel->admin_token;
	my $call = sub { $panel->post("/api/admin/$_[0]", token => $admin,
		json => $_[1] // {})->{json} };
	my $made = $call->('invoices', { customerId => $account,
		items => [{ description => 'Advice', unitPrice => '17.22' }] });

	return $call->("invoices/$made->{id}/issue");
}

sub make_scene
{
	person($panel, 'ann', 'customer');
	stripe_says('GET /v1/payment_intents/pi_one', 200, { id => 'pi_one',
		object => 'payment_intent', amount => 2988,
		amount_received => 2988, currency => 'usd',
		status => 'succeeded', livemode => JSON::PP::false });
	$account = $panel->intake(small_order('pi_one'))->{json}{customerId};
	$panel->post("/api/admin/customers/$account/people",
		token => $panel->admin_token, json => {
		email => 'ann@example.com',
		rights => [qw(billing technical support)] });
	$b->go('/login');
	$story->enter('ann@example.com', 'rusty anvil picnic');
}

sub session
{
	my ($id, $url, %more) = @_;

	return { id => $id, object => 'checkout.session', status => 'open',
		payment_status => 'unpaid', url => $url, currency => 'usd',
		amount_total => 1722, livemode => JSON::PP::false, %more };
}

sub is_at_stripe
{
	my ($what) = @_;

	my $page = "$stripe->{url}/pay";

	ok(wait_for(20, sub { $b->get('url') =~ /^\Q$page\E/ }), $what)
		or diag($b->get('url'));
	is($b->text('h1'), 'Pay here', 'which is Stripe\'s');
}

# ---- the way ----

sub there_and_back
{
	my $invoice = invoice();
	my $page = $panel->url . "/client/invoices/$invoice->{id}";
	my ($first, $second) = map { "cs_${$}_" . ++$n } 1, 2;

	$b->go('/client');
	is($b->text('.due a'), 'Pay now', 'home leads to what is due');
	$b->follow('Pay now');
	$story->look('client-invoice-open');

	# ---- the page between, which a link leads on from ----
	stripe_says('POST /v1/checkout/sessions', 200, session($first,
		"$stripe->{url}/stay"), 1);
	$b->press('Pay $17.22');
	is($b->text('h1'), 'On to Stripe', 'a page of ours is between');
	$story->look('client-pay');
	$b->follow('Back to the invoice');
	stripe_says("GET /v1/checkout/sessions/$first", 200, session($first,
		undef, status => 'expired'));

	# ---- which the browser leaves by itself ----
	stripe_says('POST /v1/checkout/sessions', 200, session($second,
		$stripe->address($page, $second)), 1);
	stripe_says("GET /v1/checkout/sessions/$second", 200,
		session($second, $stripe->address($page, $second)), 1);
	$b->press('Pay $17.22');
	is_at_stripe('the browser comes to another page by itself');
	$b->follow('Turn back');
	like($b->text('main'), qr/Nothing was charged\./, 'who turns back is told');
	$story->look('client-invoice-cancelled');
	$b->press('Pay $17.22');
	is_at_stripe('a second time it is the same page');
	$b->back;
	ok(wait_for(20, sub { $b->at =~ m{^/client/invoices/} }),
		'and the browser\'s own way back leads to the invoice');

	# ---- paid ----
	stripe_says("GET /v1/checkout/sessions/$second", 200, session($second,
		undef, status => 'complete', payment_status => 'paid',
		payment_intent => "pi_$second"));
	$b->go("/client/invoices/$invoice->{id}/return?session_id=$second");
	$story->flash_is(qr/^Paid\. A receipt is on its way to pi-one\@/,
		'who has paid is told');
	ok(!$b->has('form[action$="/pay"]'), 'and asked no more');
	$story->look('client-invoice-paid');
}

sub receipts
{
	$b->click('.menu summary');
	$b->follow('Payment methods');
	$story->look('client-billing');
	like($b->text('main'), qr/don’t keep cards/, 'no card is kept');
	$b->leaving(sub { $b->click('tbody a') });
	like($b->text('main'), qr/We have received \$17\.22 for INV-/,
		'a payment has its receipt');
	$story->look('client-receipt');
}

my ($db) = engines();
for my $js (1, 0) {
	$panel = start_instance(db => $db, set => { stripe_settings(),
		stripe_timeout_ms => 8000 });
	$b = MPanel::Browser->start(url => $panel->url, js => $js);
	my $judge = Judge->new(browser => $b, panel => $panel,
		judges => $js);
	$story = Story->new(browser => $b, panel => $panel,
		look => sub { $judge->look(@_) });
	note("$db, scripts " . ($js ? 'on' : 'off'));
	make_scene();
	there_and_back();
	receipts();
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
