#!/usr/bin/perl
# products.t - what staff put into the catalogue can be ordered, for the price
# that it has at that moment.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, $n);

sub call
{
	my ($method, $path, $json) = @_;

	return $panel->request($method, $path, token => $panel->admin_token,
		$json ? (json => $json) : ());
}

# What an order of one unit at a price becomes.
sub ordered
{
	my ($code, $price) = @_;
	my $r = $panel->intake({ stripePaymentIntentId => 'pi_p' . ++$n,
		customerEmail => 'a@example.com', customerName => 'A',
		items => [{ productSlug => $code, qty => 1, unitPrice => $price,
			billingPeriod => 'month' }] });

	return $r->{json}{status} // "$r->{status} $r->{content}";
}

# The plan as shops see it.
sub shown
{
	my ($code) = @_;

	return (grep { $_->{code} eq $code } @{
		$panel->get('/api/public/plans')->{json}{plans} })[0];
}

for my $db (engines()) {
	$panel = start_instance(db => $db, agent => 0);
	my $r = call(POST => '/api/products', { name => 'Care & Feeding, large',
		type => 'custom', billingCycle => 'monthly', price => 9.5,
		description => 'Two hours a month.' });
	is($r->{status}, 201, "$db: a product with its price, as the first "
		. 'documents say it') or diag($r->{content});
	my $product = $r->{json};
	is($product->{code}, 'care-feeding-large', 'its name gives the code');
	is($product->{slug}, $product->{code}, 'which is its slug');
	is("$product->{price} $product->{billingCycle} $product->{currency}",
		'9.5 month USD', 'it says its price');
	is_deeply([map { "$_->{period} $_->{price}" } @{ $product->{prices} }],
		['month 9.5'], 'and all of them');
	is(shown('care-feeding-large')->{billing}[0]{price}, 9.5,
		'shops see it');
	is(ordered('care-feeding-large', '9.50'), 'completed',
		'and order it');

	# ---- another price ----
	my ($price) = @{ $product->{prices} };
	$r = call(PATCH => "/api/admin/prices/$price->{id}",
		{ price => '12.00', version => $price->{version} });
	is($r->{status}, 200, 'the price is raised');
	is(ordered('care-feeding-large', '9.50'), 'review',
		'who paid the old one waits for a person');
	is(ordered('care-feeding-large', '12.00'), 'completed',
		'who paid the new one does not');
	$r = call(POST => '/api/admin/prices', { productId => $product->{id},
		period => 'month', currency => 'USD', price => 1 });
	is($r->{status}, 409, 'a second price for the same is refused');
	$r = call(POST => '/api/admin/prices', { productId => $product->{id},
		period => 'year', currency => 'JPY', price => 1200 });
	is("$r->{status} $r->{json}{price}", '201 1200',
		'one in a currency without cents is read as such');
	$r = call(POST => '/api/admin/prices', { price => '1.5',
		productId => $product->{id}, period => 'once',
		currency => 'JPY' });
	is($r->{status}, 422, 'and has none');
	is(call(GET => "/api/products/$product->{id}/prices")->{json}{total},
		2, 'a product has two');

	# ---- none any more ----
	is(call(DELETE => "/api/admin/prices/$price->{id}")->{status}, 200,
		'a price is removed');
	is(ordered('care-feeding-large', '12.00'), 'review',
		'and for it nobody can order');
	$r = call(POST => '/api/admin/prices', { productId => $product->{id},
		period => 'month', currency => 'USD', price => '3.00' });
	is($r->{status}, 201, 'another one takes its place');
	is(ordered('care-feeding-large', '3.00'), 'completed', 'and holds');
	is(call(DELETE => "/api/products/$product->{id}")->{status}, 200,
		'the product is removed');
	is(shown('care-feeding-large'), undef, 'shops see it no more');
	is(ordered('care-feeding-large', '3.00'), 'review',
		'who has paid for it waits for a person: money is not lost');

	# ---- what is wrong ----
	for my $case (
		[{ name => 'X', billingCycle => 'daily', price => 1 },
			422, 'billingCycle', 'a period that there is not'],
		[{ name => 'X', price => 1 }, 422, 'billingCycle',
			'a price without its period'],
		[{ name => 'X', billingCycle => 'month', price => '1.234' },
			422, 'price', 'a price with too many digits'],
		[{ name => '&', type => 'custom' }, 422, 'code',
			'a name that gives no code'],
		[{ name => 'Y', code => 'starter' }, 409, 'code',
			'a code that is taken'],
		[{ name => 'Y', plan => 'php' }, 422, 'plan',
			'details that are no object'],
	) {
		my ($json, $status, $field, $what) = @$case;
		$r = call(POST => '/api/admin/products', $json);
		is("$r->{status} " . ($r->{json}{errors}[0]{field} // ''),
			"$status $field", "$what is refused");
	}
	# ---- without a price ----
	is(call(POST => '/api/admin/products', { name => 'Priceless' })
		->{status}, 201, 'a product may have no price yet');
	my %me = $panel->sign_in;
	my $file = $panel->get('/products?format=csv', cookie => $me{cookie});
	like("$file->{status} $file->{content}", qr/^200 .*"Priceless".*,\r$/ms,
		'and a line without a currency in the file');
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	$panel->stop;
}
done_testing();
