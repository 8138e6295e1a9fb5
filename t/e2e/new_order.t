#!/usr/bin/perl
# new_order.t - orders that programs of staff place by hand, and coupons: what
# is refused, by name; what is repeated, once.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Matrix qw(person);
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $panel;

sub call
{
	my ($path, $json, %headers) = @_;

	return $panel->post("/api/admin/$path", token => $panel->admin_token,
		json => $json, headers => \%headers);
}

# An order of a starter, paid in cash, but for what is said.
sub wish
{
	my (%o) = @_;
	my %wish = (customer => { email => 'ada@example.com', name => 'Ada' },
		items => [{ productSlug => 'starter', billingPeriod => 'year',
			domain => 'ada.test' }],
		payment => 'paid', method => 'cash', %o);

	delete $wish{$_} for grep { !defined $wish{$_} } keys %wish;
	return \%wish;
}

sub count
{
	my ($table) = @_;

	return (rows($panel, "SELECT count(*) FROM $table", 'demo'))[0][0];
}

# The fields that an answer names, in order.
sub named
{
	my ($r) = @_;

	return join ' ', map { "$_->{field}:$_->{code}" }
		@{ $r->{json}{errors} // [] };
}

# ---- coupons ----

my @coupons = (
	['no code', { kind => 'percent', percent => 5 }, 'code:required'],
	['a code that is none', { code => 'a b', kind => 'percent',
		percent => 5 }, 'code:bad_format'],
	['nothing off', { code => 'AA', kind => 'percent' },
		'percent:out_of_range'],
	['more than all', { code => 'AA', kind => 'percent', percent => 101 },
		'percent:out_of_range'],
	['both', { code => 'AA', kind => 'percent', percent => 5,
		amount => 5 }, 'amount:not_allowed'],
	['an unknown product', { code => 'AA', kind => 'percent', percent => 5,
		products => 'starter, golden' }, 'products:not_found'],
	['an end before its begin', { code => 'AA', kind => 'percent',
		percent => 5, validFrom => '2026-12-02',
		validUntil => '2026-12-01' }, 'validUntil:out_of_range'],
	['no periods', { code => 'AA', kind => 'percent', percent => 5,
		periods => 0 }, 'periods:out_of_range'],
);

sub test_coupons
{
	for (@coupons) {
		my ($claim, $body, $want) = @$_;
		my $r = call('coupons', $body);
		is($r->{status}, 422, "a coupon with $claim is refused");
		is(named($r), $want, 'by name');
	}
	my $r = call('coupons', { code => 'spring', kind => 'amount',
		amount => '5.00', maxUses => 2 });
	is($r->{status}, 201, 'a coupon is made');
	is($r->{json}{code}, 'SPRING', 'in capitals');
	is($r->{json}{currency}, 'USD', "in the company's currency");
	is(call('coupons', { code => 'Spring', kind => 'percent',
		percent => 5 })->{status}, 409, 'once');
	return $r->{json}{id};
}

# ---- what is refused ----

my @wrong = (
	['nobody', { customer => undef }, 'customerId:required'],
	['both', { customerId => '019f0000-0000-7000-8000-000000000000' },
		'customer:not_allowed'],
	['an id that is none', { customer => undef, customerId => 'x' },
		'customerId:not_found'],
	['a missing customer', { customer => undef,
		customerId => '019f0000-0000-7000-8000-000000000000' },
		'customerId:not_found'],
	['no address', { customer => { email => 'ada' } },
		'customer.email:bad_format'],
	['no items', { items => [] }, 'items:out_of_range'],
	['no payment', { payment => undef }, 'payment:required'],
	['another payment', { payment => 'later' }, 'payment:not_in_list'],
	['no method', { method => undef }, 'method:required'],
	['a method of what is not paid', { payment => 'invoice' },
		'method:not_allowed'],
	['what costs for nothing', { payment => 'free', method => undef },
		'payment:not_allowed'],
	['a day that is none', { date => '2026-02-30' }, 'date:bad_format'],
	['a day to come', { date => '2999-01-01' }, 'date:out_of_range'],
	['a coupon that is none', { couponCode => 'NONE' },
		'couponCode:coupon_invalid'],
	['an unknown product', { items => [{ productSlug => 'golden',
		billingPeriod => 'year' }] }, 'items[0].productSlug:unknown_product'],
	['a product id that is none', { items => [{ productId => 'x',
		billingPeriod => 'year' }] }, 'items[0].productId:not_found'],
	['a period not sold', { items => [{ productSlug => 'starter',
		billingPeriod => 'month' }] },
		'items[0].billingPeriod:period_not_sold'],
	['two of a website', { items => [{ productSlug => 'starter', qty => 2,
		billingPeriod => 'year' }] }, 'items[0].qty:quantity_not_one'],
	['half a cent', { items => [{ productSlug => 'starter',
		billingPeriod => 'year', unitPrice => '1.005' }] },
		'items[0].unitPrice:bad_format'],
);

sub test_wrong
{
	for (@wrong) {
		my ($claim, $other, $want) = @$_;
		my $r = call('orders', wish(%$other));
		is($r->{status}, 422, "$claim is refused");
		is(named($r), $want, 'by name');
	}
	is(call('orders', wish(colour => 'red'))->{status}, 400,
		'an unknown member is a malformed call');
	is(count('orders') + count('customers'), 0, 'nothing was written');
}

# ---- what is placed ----

sub test_placed
{
	my ($coupon) = @_;
	my $wish = wish(couponCode => 'spring', notes => "Two\nlines.",
		reference => 'R 1', date => '2026-01-02');
	my $r = call('orders', $wish, 'Idempotency-Key' => 'hand-1');
	is($r->{status}, 201, 'an order is placed');
	is($r->{json}{total}, 24.88, 'with the coupon taken off');
	is($r->{json}{discount}, 5, 'which is said');
	is($r->{json}{couponCode}, 'SPRING', 'as it is');
	is($r->{json}{notes}, "Two\nlines.", 'with its notes');
	is($r->{json}{placedBy}, $panel->ready->{adminEmail}, 'and by whom');
	is($r->{json}{invoice}{status}, 'paid', 'its invoice is paid');
	like($r->{json}{number}, qr/^ORD-\d{4}-\d{6}$/, 'it has a number');
	my $again = call('orders', $wish, 'Idempotency-Key' => 'hand-1');
	is($again->{json}{id}, $r->{json}{id}, 'its repetition is the same');
	is($again->{headers}{'idempotent-replayed'}, 'true', 'and says so');
	is(call('orders', wish(), 'Idempotency-Key' => 'hand-1')->{status},
		409, 'another with its key is refused');
	is(count('orders') . ' ' . count('payments') . ' '
		. count('coupon_uses'), '1 1 1', 'there is one of each');
	is($panel->get("/api/admin/coupons/$coupon", token =>
		$panel->admin_token)->{json}{uses}, 1, 'one use is counted');
	for ([amount => 6], [kind => 'percent'], [periods => 2],
		[products => 'starter'], [currency => 'EUR']) {
		my ($term, $other) = @$_;
		my $no = $panel->request(PATCH => "/api/admin/coupons/$coupon",
			token => $panel->admin_token, json => { $term => $other });
		is($no->{status}, 422, "its $term stays as orders have it");
		like(named($no), qr/\b$term:not_allowed/, 'by name');
	}
	is($panel->request(PATCH => "/api/admin/coupons/$coupon", token =>
		$panel->admin_token, json => { maxUses => 1,
		description => 'x' })->{status}, 200, 'its limits may change');
	is(named(call('orders', wish(couponCode => 'SPRING', items =>
		[{ productSlug => 'starter', billingPeriod => 'year',
		domain => 'b.test' }]))), 'couponCode:coupon_invalid',
		'what is used up is refused');
	return $r->{json};
}

sub test_invoice
{
	my ($first) = @_;
	my $product = $panel->get('/api/admin/products?code=starter',
		token => $panel->admin_token)->{json}{items}[0]{id};
	my $r = call('orders', wish(customer => undef, customerId =>
		$first->{customerId}, payment => 'invoice', method => undef,
		items => [{ productId => $product, unitPrice => 20,
			billingPeriod => 'year', domain => 'c.test' }]));
	is($r->{status}, 201, 'an order on invoice');
	is($r->{json}{status}, 'awaiting_payment', 'waits for its payment');
	is($r->{json}{invoice}{status}, 'open', 'its invoice is open');
	is_deeply($r->{json}{subscriptions}, [], 'nothing has begun');
	ok($r->{json}{items}[0]{ownPrice}, "the price is staff's own");
	is($panel->post("/api/admin/orders/$r->{json}{id}/cancel", token =>
		$panel->admin_token, json => {})->{json}{status}, 'cancelled',
		'it can be cancelled');
}

# What staff do to the invoice goes on to the order.
sub test_settled
{
	my ($first) = @_;
	my %billed = (customer => undef, customerId => $first->{customerId},
		payment => 'invoice', method => undef);
	my $order = sub { $panel->get("/api/admin/orders/$_[0]{id}",
		token => $panel->admin_token)->{json} };
	my $paid = call('orders', wish(%billed, items => [{ productSlug =>
		'starter', billingPeriod => 'year', domain => 'd.test' }]))->{json};
	my $r = call("invoices/$paid->{invoice}{id}/mark-paid",
		{ reference => 'R 9' });
	is($r->{status}, 200, 'its invoice is marked paid')
		or diag($r->{content});
	is($order->($paid)->{status}, 'processing', 'so the order goes on');
	is(scalar @{ $order->($paid)->{provisioningTasks} }, 1, 'once');
	my $void = call('orders', wish(%billed, items => [{ productSlug =>
		'starter', billingPeriod => 'year', domain => 'e.test' }]))->{json};
	is(call("invoices/$void->{invoice}{id}/void", {})->{status}, 200,
		'another one\'s invoice is voided');
	is($order->($void)->{status}, 'cancelled', 'so the order is over');
	is(call("orders/$paid->{id}/refund", {})->{json}{status}, 'refunded',
		'what was paid can be given back');
}

# ---- who may what ----

# Orders are placed by who may; that money came is said by who may say so of an
# invoice; names are shown to who may read them.
my %roles = (
	Desk => ['orders:write', 'orders:read', 'customers:read',
		'products:read'],
	Blind => ['orders:write', 'orders:read', 'customers:read'],
	Deaf => ['orders:write', 'orders:read', 'products:read'],
);

sub test_roles
{
	call('roles', { name => $_, permissions => ['dashboard:read',
		@{ $roles{$_} }] }) for sort keys %roles;
	my %who = map { $_ => person($panel, lc, $_) } sort keys %roles;
	my $plan = '/orders/new?rows=1&who=z@example.com&code1=starter&qty1=1';
	my $page = sub { $panel->get($_[1], cookie => $who{$_[0]}{cookie}) };
	my $desk = $page->(Desk => $plan);
	is($desk->{status}, 200, 'who may read both sees the form');
	unlike($desk->{content}, qr/value="cash"/, 'but no money');
	like($desk->{content}, qr/value="invoice"/, 'only an invoice');
	for my $name (qw(Blind Deaf)) {
		is($page->($name => $plan)->{status}, 403, "$name does not");
		unlike($page->($name => '/orders')->{content},
			qr{href="/orders/new"}, 'nor is led there');
	}
	like($page->(Desk => '/orders')->{content}, qr{href="/orders/new"},
		'as others are');
	my $send = sub { $panel->post('/api/admin/orders', token =>
		$who{Desk}{token}, json => wish(@_)) };
	my $r = $send->();
	is($r->{status}, 403, 'money that came is not for them to note');
	is(named($r), 'payment:not_allowed', 'by name');
	is($send->(payment => 'invoice', method => undef, items => [{
		productSlug => 'starter', billingPeriod => 'year',
		domain => 'z.test' }])->{status}, 201, 'an invoice is');
}

for my $db (engines()) {
	$panel = start_instance(db => $db);
	note($db);
	my $coupon = test_coupons();
	test_wrong();
	my $first = test_placed($coupon);
	test_invoice($first);
	test_settled($first);
	test_roles();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	$panel->stop;
}
done_testing();
