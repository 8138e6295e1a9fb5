#!/usr/bin/perl
# stripe.t - money is asked after, given back and announced, against a mock
# that Stripe's own OpenAPI document drives.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Stripe;
use MPanel::Test;
use POSIX ();
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
my $sender = oracle('stripe/webhook.mjs');
chomp(my $npm = `'@{[source_dir()]}/t/lib/stripe-npm'`);
need($? == 0, 'Stripe\'s npm library cannot be had');

my $json = JSON::PP->new->utf8->canonical;
my $secret = stripe_secret();

mock_stripe();

# What Stripe says of an intent that paid for a small order.
sub paid
{
	my ($intent, %more) = @_;

	return { id => $intent, object => 'payment_intent', amount => 2988,
		amount_received => 2988, currency => 'usd',
		status => 'succeeded', livemode => JSON::PP::false, %more };
}

sub now_plus
{
	return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + shift));
}

sub state_of
{
	my ($panel, $intent) = @_;

	return $panel->get("/api/public/orders/$intent",
		token => $panel->ready->{intakeToken})->{json} // {};
}

# Returns the status.
sub announce
{
	my ($panel, $event, $intent) = @_;

	return stripe_tells($panel, $event, 'payment_intent.succeeded',
		paid($intent))->{status};
}

# The marketing site's way to Stripe's own page.
sub check_checkout
{
	my ($panel, $db) = @_;
	my %good = (slug => 'starter', term => 'annually',
		successUrl => 'https://shop.example.com/ok',
		cancelUrl => 'https://shop.example.com/no',
		email => 'client@example.com');
	my $start = sub { $panel->post('/api/public/checkout', json => $_[0]) };

	stripe_says('POST /v1/checkout/sessions', 200, { id => 'cs_of_a_test',
		url => 'https://pay.example.com/cs_of_a_test' });
	my $r = $start->(\%good);
	is($r->{status}, 200, "$db: a plan is paid for at Stripe");
	is_deeply($r->{json}, { id => 'cs_of_a_test',
		url => 'https://pay.example.com/cs_of_a_test' },
		"$db: whose page and session are named");
	my ($call) = (stripe_heard(qr{POST /v1/checkout/sessions}))[-1];
	like($json->encode($call), qr/2988/,
		"$db: for the catalogue's price");
	for my $wrong ([slug => 'no-such-plan'], [term => 'fortnightly'],
		[term => 'monthly'], [successUrl => 'javascript:alert(1)'],
		[email => 'nobody'], [slug => undef]) {
		my $r = $start->({ %good, @$wrong });
		is($r->{status}, 422, "$db: a wrong $wrong->[0] is refused");
		is($r->{json}{errors}[0]{field}, $wrong->[0],
			"$db: and named");
	}
}

for my $db (engines()) {
	my $mark = "${db}_$$";
	my $panel = start_instance(db => $db, workers => 2, set => {
		clock_offset_s => 0,
		stripe_settings() });
	my $place = sub {
		my ($name, $status, $body) = @_;
		my $intent = "pi_${mark}_$name";
		stripe_says("GET /v1/payment_intents/$intent", $status, $body)
			if $status;
		return ($intent, $panel->post(INTAKE, token =>
			$panel->ready->{intakeToken},
			json => small_order($intent)));
	};

	# ---- Stripe answers ----
	my ($good, $r) = $place->('good', 200, paid("pi_${mark}_good"));
	is($r->{status}, 201, "$db: an order whose money is there is placed")
		or diag($r->{content});
	my @asked = stripe_heard(qr{/$good});
	is(scalar @asked, 1, 'Stripe was asked once');
	is($asked[0]{headers}{authorization}, 'Bearer sk_test_of_a_test',
		'with the key');
	(undef, $r) = $place->('good');
	is($r->{status}, 200, 'the same order again is known');
	is(scalar(stripe_heard(qr{/$good})), 1, 'without asking');
	for my $case (
		['less', 200, { amount_received => 2987 }, 'amount_mismatch'],
		['more', 200, { amount_received => 2989 }, 'amount_mismatch'],
		['euro', 200, { currency => 'eur' }, 'currency_mismatch'],
		['live', 200, { livemode => JSON::PP::true }, 'livemode_mismatch'],
		['open', 200, { status => 'requires_action' }, 'intent_not_succeeded'],
		['void', 200, { status => 'canceled' }, 'intent_not_succeeded'],
		['none', 404, undef, 'intent_not_succeeded'],
	) {
		my ($name, $status, $change, $code) = @$case;
		(undef, $r) = $place->($name, $status, $change
			? paid("pi_${mark}_$name", %$change)
			: { error => { type => 'invalid_request_error',
				code => 'resource_missing',
				message => 'No such payment_intent' } });
		is($r->{status}, 202, "$db: $code is kept");
		is($r->{json}{status}, 'review', 'for review');
		is_deeply([map { $_->{code} } @{ $r->{json}{problems} }], [$code],
			'with its reason') or diag($r->{content});
		is_deeply([@{ $r->{json} }{qw(invoice subscriptions
			provisioningTasks)}], [undef, [], []], 'nothing is made');
	}

	# ---- Stripe does not answer ----
	for my $case (['error', 500, { error => { type => 'api_error',
			message => 'x' } }], ['limit', 429, { error => {
			type => 'rate_limit', message => 'x' } }]) {
		my ($name, $status, $body) = @$case;
		my ($intent, $r) = $place->($name, $status, $body);
		is("$r->{status} $r->{json}{status}", '202 verifying',
			"$db: an answer of $status is waited for");
	}
	kill STOP => stripe_pid();
	my $begun = time;
	my ($hung, $answer) = $place->('hung');
	cmp_ok(time - $begun, '<', 6, 'silence is not waited for long');
	kill CONT => stripe_pid();
	is("$answer->{status} $answer->{json}{status}", '202 verifying',
		'nor does it lose the order');
	is_deeply([@{ $answer->{json} }{qw(invoice subscriptions
		provisioningTasks)}], [undef, [], []], 'nothing is made of it');
	is_deeply([map { @$_ } rows($panel, "SELECT
		(SELECT count(*) FROM payments p JOIN orders o
			ON o.id = p.order_id WHERE o.payment_intent_id = '$hung'),
		(SELECT count(*) FROM order_items i JOIN orders o
			ON o.id = i.order_id WHERE o.payment_intent_id = '$hung')")],
		[0, 1], 'only the order and its items are there');
	stripe_says("GET /v1/payment_intents/$hung", 200, paid($hung));
	$panel->run('--now', now_plus(60), 'work', '--once');
	my $is = wait_for(20, sub {
		my $is = state_of($panel, $hung);
		return $is->{status} eq 'processing' && $is;
	});
	ok($is, 'when Stripe answers, mpanel work places it');
	is($is && $is->{invoice}{status}, 'paid', 'with a paid invoice');
	is(scalar @{ $is ? $is->{provisioningTasks} : [] }, 1, 'and its task');
	my (undef, $again) = $place->('hung');
	is("$again->{status} $again->{json}{status}", '202 verifying',
		'the call again gets its first answer');
	is($again->{json}{orderId}, $answer->{json}{orderId}, 'of one order');

	# ---- money back ----
	my $admin = $panel->admin_token;
	my $order = state_of($panel, $good)->{orderId};
	my @back = map { $panel->post("/api/admin/orders/$order/refund",
		token => $admin, json => { reason => 'As asked.' })->{status}
	} 1, 2;
	is_deeply(\@back, [200, 409], 'an order is refunded once');
	ok(wait_for(20, sub {
		$panel->run('work', '--once');
		return scalar stripe_heard(qr{^POST /v1/refunds});
	}), 'and its money sent back');
	$panel->run('--now', now_plus(3600), 'work', '--once') for 1, 2;
	my @refunds = grep { $_->{body} =~ /\b$good\b/ }
		stripe_heard(qr{^POST /v1/refunds});
	is(scalar @refunds, 1, 'once');
	like($refunds[0]{headers}{'idempotency-key'} // '', qr/\S{8}/,
		'with a key, so that Stripe does it once');
	like($refunds[0]{body}, qr/(?:^|&)amount=2988(?:&|$)/, 'all of it');
	is((rows($panel, "SELECT status FROM outbox WHERE kind = 'refund'"))
		[0][0], 'done', 'Stripe has taken it');

	# ---- an answer that was lost ----
	my ($lost) = $place->('lost', 200, paid("pi_${mark}_lost"));
	$order = state_of($panel, $lost)->{orderId};
	my $sent = sub { scalar grep { $_->{body} =~ /\b$lost\b/ }
		stripe_heard(qr{^POST /v1/refunds}) };
	stripe_says('POST /v1/refunds', 500, { error => { type => 'api_error' } }, 1);
	$panel->post("/api/admin/orders/$order/refund", token => $admin,
		json => {});
	ok(wait_for(20, sub { $panel->run('work', '--once'); $sent->() }),
		'Stripe makes a refund and its answer gets lost');
	my $ref = (rows($panel, "SELECT id FROM refunds WHERE payment_id IN (SELECT id FROM payments
		WHERE order_id = '$order')"))[0][0];
	stripe_says('GET /v1/refunds', 200, { object => 'list',
		has_more => JSON::PP::false, data => [{ id => 're_lost',
		object => 'refund', amount => 2988, status => 'succeeded',
		metadata => { mpanel_refund => $ref } }] }, 1);
	$panel->run('--now', now_plus(2 * 86400), 'work', '--once') for 1 .. 3;
	is($sent->(), 1, 'days later, when Stripe has forgotten the key, it is '
		. 'not made again');
	is((rows($panel, "SELECT status || ' ' || remote_ref FROM refunds
		WHERE id = '$ref'"))[0][0], 'succeeded re_lost',
		'but found');

	# ---- webhooks ----
	local $ENV{ORACLE_NPM} = $npm;
	my ($said, $runs) = ('', 0);
	# Its forged time is the true one when a second passes before it signs.
	do {
		$said = `node '$sender' '@{[$panel->url]}/api/webhooks/stripe' '$secret' 2>&1`;
	} while (++$runs < 6 && $said =~ /^FAIL timestamp swapped/m
		&& $said =~ /pass=21 fail=1$/m);
	like($said, qr/^TOTAL pass=22 fail=0$/m,
		"$db: of 22 deliveries each is judged as Stripe's own library does");
	is((rows($panel, 'SELECT count(*) FROM inbox_events'))[0][0],
		6 * $runs, 'each good event is kept, once');
	is_deeply([map { $panel->post($_, type => 'application/json',
		body => '{}')->{status} } '/webhooks/stripe',
		'/api/payments/stripe/webhook', '/api/webhooks/stripe/demo'],
		[400, 400, 400], 'the other addresses want signatures too');
	my @orphan = map { announce($panel, "evt_${mark}_orphan",
		"pi_${mark}_orphan") } 1, 2;
	is_deeply(\@orphan, [200, 200], 'a payment without an order');
	is(announce($panel, "evt_${mark}_good", $good), 200, 'one with');
	is(announce($panel, "evt_${mark}_soon", "pi_${mark}_soon"), 200,
		'and one that comes before its order');
	$place->('soon', 200, paid("pi_${mark}_soon"));
	my $refused = sub {
		return map { $_->[0] } rows($panel, "SELECT payment_intent_id
			FROM intake_refusals WHERE source = 'webhook'
			AND payment_intent_id LIKE 'pi_$mark%'");
	};
	is_deeply([$refused->()], [], 'nothing is refused yet');
	$panel->stop;
	$panel->{set}{clock_offset_s} = 16 * 60;
	$panel->launch(60);
	ok(wait_for(60, sub {
		$panel->run('work', '--once');
		return scalar $refused->();
	}), 'after 15 minutes it is among the refused orders');
	is_deeply([$refused->()], ["pi_${mark}_orphan"], 'it alone');
	$admin = $panel->admin_token;
	my $list = $panel->get('/api/admin/intake-refusals?paymentIntentId='
		. "pi_${mark}_orphan", token => $admin)->{json};
	is($list->{total}, 1, 'where staff see it');
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	check_checkout($panel, $db);
	$panel->stop;
}
done_testing();
