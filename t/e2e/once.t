#!/usr/bin/perl
# once.t - whatever is said twice is done once.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use IO::Socket::INET;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $seed = int($ENV{MPANEL_SEED} // time);
srand $seed;
diag("MPANEL_SEED=$seed");

# The same money in other words.
my @spellings = ('29.88', '"29.88"', '29.880', '2988e-2', '"29.8800"');

sub spelled
{
	my ($order) = @_;
	my $body = shuffled_json($order);

	$body =~ s/"29\.88"/$spellings[rand @spellings]/;
	return $body;
}

sub send_intake
{
	my ($panel, $body, %o) = @_;

	return $panel->post(INTAKE, token => $panel->ready->{intakeToken},
		type => 'application/json', body => $body, %o);
}

# How often each table knows the intent's order, by way of its id.
sub counts
{
	my ($panel, $intent) = @_;
	my $of = "(SELECT id FROM orders WHERE payment_intent_id = '$intent')";

	return { map { @$_ } rows($panel, join ' UNION ALL ',
		"SELECT 'orders', count(*) FROM orders WHERE id IN $of",
		"SELECT 'intakes', count(*) FROM intakes WHERE order_id IN $of",
		map { "SELECT '$_', count(*) FROM $_ WHERE order_id IN $of" }
		qw(invoices payments subscriptions provisioning_tasks)) };
}

my %once = (orders => 1, intakes => 1, invoices => 1, payments => 1,
	subscriptions => 3, provisioning_tasks => 3);

# A request whose answer nobody waits for.
sub send_and_leave
{
	my ($panel, $body) = @_;
	my ($port) = $panel->url =~ /:(\d+)$/;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $port) or die "connect: $!";

	print $s join("\r\n", 'POST ' . INTAKE . ' HTTP/1.1',
		'Host: 127.0.0.1', 'Content-Type: application/json',
		'Authorization: Bearer ' . $panel->ready->{intakeToken},
		'Content-Length: ' . length $body, '', $body);
	$s->flush;
	sleep 0.01;
	close $s;
}

sub in_review
{
	my ($panel, $intent) = @_;
	my $order = small_order($intent);

	$order->{items}[0]{unitPrice} = '19.99';
	return send_intake($panel, shuffled_json($order))->{json}{orderId};
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => 4, welcome => 1);

	# ---- 20 deliveries, 8 at a time ----
	my $order = contract_order('pi_same');
	my @got = at_once(8, sub {
		my $r = send_intake($panel, $_[0]);
		return [$r->{status}, $r->{content}];
	}, map { spelled($order) } 1 .. 20);
	is_deeply([sort map { $_->[0] } @got], [(200) x 19, 201],
		"$db: of 20 equal intakes, 8 at a time, one is placed");
	my ($first) = (map({ $_->[1] } grep { $_->[0] == 201 } @got), '');
	like($first, qr/"replayed":false/, 'it says so');
	$first =~ s/"replayed":false/"replayed":true/;
	is(scalar(grep { $_->[1] eq $first } grep { $_->[0] == 200 } @got), 19,
		'the other answers are equal but for `replayed`');
	is_deeply(counts($panel, 'pi_same'), \%once,
		'one order, invoice and payment, three subscriptions and tasks');
	is((rows($panel, 'SELECT count(*) FROM customers'))[0][0], 1,
		'of one customer');
	is((rows($panel, q{SELECT count(*) FROM outbox
		WHERE template LIKE '%order%'}))[0][0], 1, 'who gets one mail');
	is((rows($panel, q{SELECT count(*) FROM outbox
		WHERE template = 'mail/welcome'}))[0][0], 1, 'and one welcome');
	is((rows($panel, q{SELECT count(*) FROM users
		WHERE role = 'customer'}))[0][0], 1, 'to one account');

	# ---- another body ----
	my $other = contract_order('pi_same', customerName => 'Somebody Else');
	my $r = send_intake($panel, shuffled_json($other));
	is(is_problem($r, 409), '', 'another body for the intent is refused');
	is($r->{json}{errors}[0]{field}, 'stripePaymentIntentId',
		'naming the field');
	my $admin = $panel->admin_token;
	my $refused = $panel->get('/api/admin/intake-refusals', token => $admin)
		->{json};
	is($refused->{total}, 1, 'and kept');
	is_deeply([@{ $refused->{items}[0] }{qw(paymentIntentId httpStatus)}],
		['pi_same', 409], 'with its intent and the reason');
	is_deeply(counts($panel, 'pi_same'), \%once, 'nothing was added');
	for my $change (['qty', 2], ['unitPrice', '29.89'],
		['billingPeriod', 'month'], ['productSlug', 'premium']) {
		my $changed = contract_order('pi_same');
		$changed->{items}[0]{ $change->[0] } = $change->[1];
		is(send_intake($panel, shuffled_json($changed))->{status}, 409,
			"another $change->[0] is another body");
	}

	# ---- the answer is lost ----
	my $lost = contract_order('pi_lost', primaryDomain => 'lost.example.com');
	my $now;
	for (1 .. 20) {
		send_and_leave($panel, spelled($lost));
		last if $now = wait_for(1, sub {
			my $r = $panel->get('/api/public/orders/pi_lost',
				token => $panel->ready->{intakeToken});
			return $r->{status} == 200 && $r->{content};
		});
	}
	ok($now, 'an order was placed whose answer was lost');
	my @again = map { send_intake($panel, spelled($lost)) } 1, 2;
	is($again[0]{status}, 200, 'the call is made again');
	is($again[0]{content}, $now, 'and gets the answer that was lost');
	is($again[1]{content}, $now, 'as often as it asks');
	is_deeply(counts($panel, 'pi_lost'), \%once, 'there is one of all');

	# ---- Idempotency-Key ----
	my %orders = map { $_ => in_review($panel, "pi_review_$_") } 1 .. 3;
	my $accept = sub {
		my ($id, $key, $body) = @_;
		return $panel->post("/api/admin/orders/$id/accept",
			token => $admin, json => $body // {},
			headers => { 'idempotency-key' => $key });
	};
	my @twice = map { $accept->($orders{1}, 'key-1') } 1, 2;
	is($twice[0]{status}, 200, 'an order in review is accepted');
	is($twice[0]{headers}{'idempotent-replayed'}, undef, 'for the first time');
	is($twice[1]{status}, 200, 'the same call with its key is not refused');
	is($twice[1]{headers}{'idempotent-replayed'}, 'true', 'it is replayed');
	is($twice[1]{content}, $twice[0]{content}, 'with the same answer');
	is($accept->($orders{1}, 'key-2')->{status}, 409,
		'with another key it is a new call');
	is(is_problem($accept->($orders{1}, 'key-1', { x => 1 }), 409), '',
		'another body with the key is refused');
	is($accept->($orders{2}, 'key-1')->{status}, 409,
		'so is another order with the key');
	is($panel->get("/api/admin/orders/$orders{2}", token => $admin)
		->{json}{status}, 'review', 'which stays as it was');
	my @race = at_once(8, sub {
		my $r = $accept->($orders{2}, 'key-3');
		return [$r->{status}, $r->{content},
			$r->{headers}{'idempotent-replayed'} // ''];
	}, 1 .. 16);
	is_deeply([sort map { "$_->[0] $_->[2]" } @race],
		['200 ', ('200 true') x 15], 'of 16 calls at once, one is done');
	is(scalar(grep { $_->[1] ne $race[0][1] } @race), 0,
		'and all answers are equal');

	# An intake is known by its intent, and by the caller's key as well.
	my @keyed = map { $panel->intake(small_order('pi_keyed'),
		headers => { 'idempotency-key' => 'key-5' }) } 1, 2;
	is($keyed[0]{status}, 201, 'an intake with a key is placed');
	is($keyed[1]{headers}{'idempotent-replayed'}, 'true',
		'the same call with its key is replayed');
	is($keyed[1]{content}, $keyed[0]{content}, 'with the same answer');

	# A refusal is not remembered.
	my $bad = "/api/admin/orders/$orders{3}/correct";
	my @fix = map { $panel->post($bad, token => $admin,
		headers => { 'idempotency-key' => 'key-4' }, json => $_)
	} { items => [] }, { items => [{ item => 0, domain => 'x.example' }] };
	is($fix[0]{status}, 422, 'a call that is refused');
	is($fix[1]{status}, 200, 'leaves its key free') or diag($fix[1]{content});
	my $far = $accept->($orders{3}, "key\tx");
	ok($far->{status} == 400 || $far->{status} == 422, 'a bad key is refused')
		or diag($far->{status});

	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	$panel->stop;
}
done_testing();
