#!/usr/bin/perl
# pay.t - customers pay open invoices on Stripe's page: whoever tells of the
# money first, however often, together or alone, it is taken once.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Matrix qw(person);
use MPanel::Orders;
use MPanel::Paying;
use MPanel::Stripe;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
mock_stripe();

my $panel;

my %ways = (
	'event, return' => sub { hook($_[1]); come_back(@_) },
	'return, event' => sub { come_back(@_); hook($_[1]) },
	'each twice' => sub { come_back(@_); hook($_[1]); come_back(@_);
		hook($_[1]); hook($_[1], 'payment_intent.succeeded',
		intent_of($_[1])) for 1, 2 },
	'the event alone' => sub { hook($_[1]) },
	'the return alone' => sub { come_back(@_) },
	'the intent alone' => sub { hook($_[1], 'payment_intent.succeeded',
		intent_of($_[1])) },
	'a late success' => sub { hook($_[1],
		'checkout.session.async_payment_succeeded'); hook($_[1]) },
	'failure, after all' => sub { hook($_[1]); hook($_[1],
		'checkout.session.async_payment_failed'); hook($_[1],
		'checkout.session.expired') },
	'nobody, but the clock' => sub { work(2 * 3600) },
	'all at once' => sub {
		my ($invoice, $session) = @_;
		at_once(6, sub { my ($job) = @_; $job->() },
			(sub { come_back($invoice, $session)->{status} }) x 3,
			(map { my $id = $_; sub { stripe_tells($panel,
				"evt_${$}_at_once_$id",
				'checkout.session.completed', $session)
				->{status} } } 1 .. 2),
			sub { stripe_tells($panel, "evt_${$}_at_once_pi",
				'payment_intent.succeeded',
				intent_of($session))->{status} });
	},
);

sub check_ways
{
	for my $way (sort keys %ways) {
		my $invoice = invoice('alpha');
		my $session = gone_to_pay('ann', $invoice);

		is_known($session);
		$ways{$way}->($invoice, $session);
		is(state_of($invoice), 'paid 1722 1 1722 1', "$way: paid once");
		is(checkouts($invoice), 'paid', 'by its page');
		like(page_of($invoice), qr/Paid/, 'and so it says');
	}
	is(credit_of('alpha'), 0, 'nothing was paid too much');
	is((rows($panel, q{SELECT count(*) FROM outbox WHERE kind = 'orphan'},
		'demo'))[0][0], 0, 'no order is looked for');
	my $invoice = invoice('alpha');
	my $session = gone_to_pay('ann', $invoice);
	is_known($session);
	my @noted = audited(come_back($invoice, $session));
	ok(scalar(grep { $_ eq 'invoice.pay_online' } @noted),
		"who comes back leaves entries: @noted");
	like(page_of($invoice),
		qr/Paid\. A receipt is on its way to alpha\@example\.com\./,
		'who comes back is told');
}

# ---- the page itself ----

sub check_page
{
	my $invoice = invoice('alpha', '20.00');
	my $id = next_session();
	my $cookie = $person{ann}{cookie};
	my $page = page_of($invoice);
	my ($csrf) = $page =~ /name="csrf" value="([^"]+)"/;
	my $press = sub { $panel->post("/client/invoices/$invoice->{id}/pay",
		cookie => $cookie, body => "csrf=$csrf&key=k",
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $panel->url }) };

	like($page, qr/Pay \$20\.00/, 'an open invoice can be paid');
	my $r = $press->();
	is($r->{status}, 200, 'and leads on');
	is_deeply([audited($r)], ['invoice.checkout'], 'which is noted');
	is($r->{headers}{refresh}, "0; url=https://pay.example.com/$id",
		'to Stripe\'s page by itself');
	like($r->{content}, qr{href="https://pay\.example\.com/$id"},
		'or by a link');
	my $form = asked();
	is($form->{'line_items[0][price_data][unit_amount]'}, 2000,
		'for what is owed');
	like($form->{success_url}, qr{^\Q@{[$panel->url]}\E/client/invoices/
		\Q$invoice->{id}\E/return\?session_id=\{CHECKOUT_SESSION_ID\}$}x,
		'and back from there');
	my $made = sub { scalar stripe_heard(qr{^POST /v1/checkout/sessions$}) };
	my $before = $made->();
	is_known({ id => $id, object => 'checkout.session', status => 'open',
		payment_status => 'unpaid', livemode => JSON::PP::false }, 3);
	is($press->()->{headers}{refresh}, "0; url=https://pay.example.com/$id",
		'a second click is the same page');
	is(pay('ann', $invoice)->{json}{id}, $id, 'another tab, too');
	is(pay('ann', $invoice, headers => { 'idempotency-key' => 'one' })
		->{json}{url}, "https://pay.example.com/$id", 'programs, too');
	is($made->(), $before, 'and no session more is made');
	is(checkouts($invoice), 'open', 'nor a row');
	like(page_of($invoice, '?payment=cancelled'),
		qr/Nothing was charged\./, 'who turns back is told');

	# ---- it runs out ----
	hook({ id => $id, object => 'checkout.session', status => 'expired',
		payment_status => 'unpaid', client_reference_id => $form->{key},
		metadata => { mpanel_checkout => $form->{key}, mpanel_tenant =>
		$form->{'metadata[mpanel_tenant]'} } },
		'checkout.session.expired');
	is(checkouts($invoice), 'expired', 'a page that has run out is over');
	is(state_of($invoice), 'open 0 0 0 0', 'and the invoice as it was');
	my $second = next_session();
	$r = pay('ann', $invoice);
	is($r->{json}{id}, $second, 'another is made');
	is_deeply([audited($r)], ['invoice.checkout'], 'and noted');
	isnt(asked()->{key}, $form->{key}, 'by a key of its own');

	# ---- another amount is owed meanwhile ----
	is(admin("invoices/$invoice->{id}/mark-paid", { amount => '5.00' })
		->{status}, 200, 'a part is paid otherwise');
	my $third = next_session();
	is(pay('ann', $invoice)->{json}{id}, $third, 'the rest has a page');
	is(asked()->{'line_items[0][price_data][unit_amount]'}, 1500,
		'for the rest');
	is_known({ id => $second, object => 'checkout.session',
		status => 'open', payment_status => 'unpaid' });
	stripe_says("POST /v1/checkout/sessions/$second/expire", 200, {
		id => $second, object => 'checkout.session',
		status => 'expired', payment_status => 'unpaid' });
	work(60);
	is(checkouts($invoice), 'expired expired open', 'the old one is closed');
	is(scalar(stripe_heard(qr{^POST .*/$second/expire$})), 1,
		'at Stripe, too');
}

sub check_two_at_once
{
	my $invoice = invoice('alpha', '3.00');
	my $id = next_session();

	# Stripe gives the same session for the same key
	next_session(id => $id, url => "https://pay.example.com/$id");
	is_known({ id => $id, object => 'checkout.session', status => 'open',
		payment_status => 'unpaid' });
	my @got = at_once(2, sub { pay('ann', $invoice)->{json}{id} }, 1, 2);
	is_deeply(\@got, [$id, $id], 'two clicks at once are one session');
	is(checkouts($invoice), 'open', 'and one row');
	my @made = grep { $_->{body} =~ /\Q$invoice->{id}\E/ }
		stripe_heard(qr{^POST /v1/checkout/sessions$});
	my %keys = map { $_->{headers}{'idempotency-key'} => 1 } @made;
	is(scalar keys %keys, 1, 'by one key');
	stripe_call('/v1/checkout/sessions', mode => 'payment',
		success_url => 'https://shop.example.com') if @made == 1;
}

# ---- money on its way ----

sub check_bank
{
	my ($good, $bad) = map { invoice('alpha', '7.00') } 1, 2;
	my $session = gone_to_pay('ann', $good, payment_status => 'unpaid');

	is_known($session, 1);
	come_back($good, $session);
	is(state_of($good), 'open 0 0 0 0', 'a bank\'s money is not there yet');
	like(page_of($good), qr/Your payment of \$7\.00 is on its way\./,
		'and so it says');
	unlike(page_of($good), qr/Pay \$7\.00/, 'without another button');
	is(pay('ann', $good)->{status}, 409, 'nobody pays twice');
	hook({ %$session, payment_status => 'paid' },
		'checkout.session.async_payment_succeeded');
	is(state_of($good), 'paid 700 1 700 1', 'when it comes, it is paid');
	$session = gone_to_pay('ann', $bad, payment_status => 'unpaid');
	hook($session);
	is(checkouts($bad), 'processing', 'another is on its way');
	is_known($session);
	stripe_says("GET /v1/payment_intents/$session->{payment_intent}", 200,
		intent_of($session, status => 'requires_payment_method',
		amount_received => 0));
	work(7 * 3600);
	is(checkouts($bad), 'failed', 'that does not come, as Stripe says');
	like(page_of($bad), qr/Pay\ \$7\.00.*Your\ bank\ did\ not\ make/sx,
		'so it can be paid anew');
	is(state_of($bad), 'open 0 0 0 0', 'and is as it was');
}

# ---- money that nobody owes ----

sub check_too_much
{
	my $before = credit_of('alpha');
	my $gained = sub { my $now = credit_of('alpha') - $before;
		$before += $now; return $now };
	my $late = sub {
		my ($meanwhile, $status) = @_;
		my $invoice = invoice('alpha', '10.00');
		my $session = gone_to_pay('ann', $invoice);

		is_known($session);
		my $r = $meanwhile->($invoice, $session);
		is($r->{status}, $status // 200, 'meanwhile')
			or diag($r->{content});
		hook($session);
		come_back($invoice, $session);
		return ($invoice, $session);
	};

	my ($paid) = $late->(sub { admin("invoices/$_[0]{id}/mark-paid") });
	is(state_of($paid), 'paid 1000 2 2000 2', 'paid by hand and by card');
	is($gained->(), 1000, 'what came second is credit');
	like(page_of($paid), qr/there was nothing left to pay: it is your credit/,
		'and the customer hears it');
	my ($void, $its) = $late->(sub { admin("invoices/$_[0]{id}/void") });
	is(state_of($void), 'void 0 1 1000 1', 'one that was voided stays so');
	is($gained->(), 1000, 'its money is credit');
	my ($part) = $late->(sub { admin("invoices/$_[0]{id}/mark-paid",
		{ amount => '4.00' }) });
	is(state_of($part), 'paid 1000 2 1400 2', 'a part was paid before');
	is($gained->(), 400, 'the rest of the money is credit');
	my ($credited) = $late->(sub { admin("invoices/$_[0]{id}/credit",
		{ amount => '9.00', reason => 'x' }) }, 201);
	is(state_of($credited), 'paid 1000 1 1000 1', 'most was credited');
	is($gained->(), 900, 'so most of the money is credit');

	# ---- staff give it back ----
	my ($payment) = (rows($panel, "SELECT id FROM payments
		WHERE invoice_id = '$void->{id}'", 'demo'))[0][0];
	is(admin("payments/$payment/refund")->{status}, 200,
		'staff give such money back');
	is($gained->(), -1000, 'from the credit');
	work(60);
	is(scalar(grep { $_->{body} =~ /\b$its->{payment_intent}\b/ }
		stripe_heard(qr{^POST /v1/refunds$})), 1, 'by Stripe');

	# ---- less than was asked for ----
	my $invoice = invoice('alpha', '9.00');
	my $session = gone_to_pay('ann', $invoice);
	hook({ %$session, amount_total => 500 });
	is(state_of($invoice), 'open 500 1 500 1',
		'less than is owed is what it is');
	is($gained->(), 0, 'and no credit');
}

sub held_notices
{
	my ($token) = @_;

	return grep { $_->{kind} eq 'money' } @{ $panel->get(
		'/api/admin/notifications', token => $token //
		$panel->admin_token)->{json}{items} };
}

# Credit is kept in one currency: what can't be is held for staff.
sub check_held
{
	my $invoice = invoice('gamma', '11.00');
	my $session = gone_to_pay('ann', $invoice);

	is_known({ %$session, currency => 'eur' });
	hook({ %$session, currency => 'eur' });
	is(state_of($invoice), 'open 0 0 0 0', 'another currency pays nothing');
	my ($row) = rows($panel, "SELECT id, amount_minor, currency
		FROM payments WHERE invoice_id IS NULL
		AND transaction_id = '$session->{payment_intent}'", 'demo');
	is("@$row[1, 2]", '1100 EUR', 'but it is kept');
	is((rows($panel, "SELECT count(*) FROM outbox
		WHERE dedupe_key = 'mail/staff-payment:$row->[0]'", 'demo'))
		[0][0], 1, 'and staff are told');
	my ($notice) = held_notices();
	is("$notice->{title}: $notice->{path}", 'Money of Account gamma is ' .
		"held: /payments/$row->[0]/refund", 'and see it');
	is(scalar(held_notices(person($panel, 'sam', 'support')->{token})), 0,
		'but not who may not give it back');
	like($notice->{text}, qr/^\W11\.00: it pays no invoice/, 'how much it is');
	$panel->run(qw(search rebuild));
	is(doctor_says($panel), '', 'the books have it');
	is(admin("payments/$row->[0]/refund", { amount => '1.00' })->{status},
		200, 'who can give a part of it back');
	like((held_notices())[0]{text}, qr/^\W10\.00/, 'what is left is held');
	is(admin("payments/$row->[0]/refund")->{status}, 200, 'and the rest');
	is(scalar(held_notices()), 0, 'then nothing waits any more');
	is((rows($panel, "SELECT status FROM payments
		WHERE id = '$row->[0]'", 'demo'))[0][0], 'refunded', 'all of it');
}

# ---- who may not ----

sub check_refusals
{
	my $mine = invoice('alpha', '6.00');
	my $other = invoice('beta', '6.00');
	my $calls = sub { scalar stripe_heard(qr{^GET /v1/checkout}) };

	is(pay('ann', $other)->{status}, 404, 'another\'s invoice is none');
	is(pay('tess', $mine)->{status}, 403, 'nor who sees no invoices');
	my $session = gone_to_pay('bob', $other);
	is_known($session);
	my $before = $calls->();
	is(come_back($mine, $session)->{status}, 404,
		'another invoice\'s session pays for none');
	is(come_back($other, $session)->{status}, 404,
		'nor does a stranger\'s');
	is(come_back($mine, 'cs_of_nobody')->{status}, 404,
		'nor one that nobody made');
	is(come_back($mine, '')->{status}, 404, 'nor none');
	is($calls->(), $before, 'and Stripe is not asked');
	is(state_of($mine), 'open 0 0 0 0', 'nothing happens');
	is(come_back($other, $session, 'bob')->{status}, 303, 'their own does');
	is(pay('bob', $other)->{status}, 409, 'what is paid is not paid again');

	# ---- a session of ours that somebody made by hand ----
	my $real = gone_to_pay('ann', $mine);
	hook({ %$real, id => 'cs_forged' });
	hook({ %$real, metadata => { %{ $real->{metadata} },
		mpanel_checkout => '019f0000-0000-7000-8000-000000000000' } });
	hook({ %$real, livemode => JSON::PP::true });
	is(state_of($mine), 'open 0 0 0 0',
		'a forged session, an unknown one and test money pay nothing');
	is(stripe_tells($panel, "evt_${$}_elsewhere", 'payment_intent.succeeded',
		intent_of($real, id => "pi_${$}_elsewhere", metadata => {
		%{ $real->{metadata} }, mpanel_tenant =>
		'019f0000-0000-7000-8000-000000000000' }))->{status}, 200,
		'another company\'s event is passed over');
	is((rows($panel, "SELECT count(*) FROM outbox WHERE kind = 'orphan'
		AND dedupe_key LIKE '%elsewhere'", 'demo'))[0][0], 0,
		'and no order is looked for');

	# ---- an order for money that paid an invoice ----
	stripe_says("GET /v1/payment_intents/$session->{payment_intent}", 200,
		intent_of($session));
	is($panel->post(INTAKE, token => $panel->ready->{intakeToken},
		json => small_order($session->{payment_intent}))->{status}, 409,
		'money that paid an invoice buys nothing else');
	is((rows($panel, "SELECT count(*) FROM orders WHERE payment_intent_id
		= '$session->{payment_intent}'", 'demo'))[0][0], 0,
		'and makes no order');

	# ---- Stripe is down ----
	$mine = invoice('alpha', '6.50');
	stripe_says('POST /v1/checkout/sessions', 500,
		{ error => { type => 'api_error' } }, 1);
	my $r = pay('ann', $mine);
	is($r->{status}, 503, 'without Stripe nobody pays');
	like($r->{json}{detail}, qr/Nothing was charged/, 'and is told so');
	my $id = next_session();
	is(pay('ann', $mine)->{json}{id}, $id, 'a minute later it goes on');
	is(checkouts($mine), 'open', 'with the same key');
	stripe_says("GET /v1/checkout/sessions/$id", 500, {}, 1);
	$r = come_back($mine, $id);
	is($r->{status}, 303, 'who comes back then is not lost');
	like(page_of($mine), qr/Stripe does not answer just now/, 'but told');
	is_known({ id => $id, object => 'checkout.session', status => 'complete',
		payment_status => 'paid', amount_total => 650,
		currency => 'usd', payment_intent => "pi_${$}_down",
		livemode => JSON::PP::false });
	work(3 * 3600);
	is(state_of($mine), 'paid 650 1 650 1', 'and the clock asks again');
}

sub check_staff
{
	my $invoice = invoice('alpha', '2.00');
	my %staff = $panel->sign_in;
	my ($csrf) = $panel->get('/dashboard', cookie => $staff{cookie})
		->{content} =~ /name="csrf" value="([^"]+)"/;
	my $form = sub { my ($cookie, $csrf, $path) = @_;
		$panel->post($path, cookie => $cookie, body => "csrf=$csrf",
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $panel->url }) };
	my $r = $form->($staff{cookie}, $csrf,
		"/admin/customers/$account{alpha}/sign-in-as");
	my ($cookie) = grep { /^mp_session=/ } map { /^([^;]+)/ }
		map { ref $_ ? @$_ : $_ // () } $r->{headers}{'set-cookie'};
	my $page = $panel->get("/client/invoices/$invoice->{id}",
		cookie => $cookie)->{content};

	unlike($page, qr/Pay \$2\.00/, 'staff who look as the customer see no '
		. 'button');
	($csrf) = $page =~ /name="csrf" value="([^"]+)"/;
	is($form->($cookie, $csrf, "/client/invoices/$invoice->{id}/pay")
		->{status}, 403, 'and can\'t pay');
	is($panel->get("/client/invoices/$invoice->{id}/return?session_id=x",
		cookie => $cookie)->{status}, 403, 'nor come back');
}

# ---- what they see of it ----

sub check_billing
{
	my $get = sub { $panel->get("/api/client/$_[0]",
		token => $person{ann}{token}) };
	my $billing = $get->('billing')->{json};

	is("@$billing{qw(accountId currency paysOnline)}",
		"$account{alpha} USD 1", 'an account says how it stands');
	is($billing->{creditBalance} * 100, credit_of('alpha'), 'its credit');
	my $list = $get->('payments')->{json};
	my ($mine) = grep { $_->{method} eq 'stripe' && $_->{invoice} }
		@{ $list->{items} };
	ok($mine, 'payments are listed');
	is($get->("payments/$mine->{id}")->{json}{invoice}, $mine->{invoice},
		'each is one');
	my $pdf = $get->("payments/$mine->{id}/pdf");
	is($pdf->{headers}{'content-type'}, 'application/pdf',
		'with a receipt on paper');
	my $page = $panel->get('/client/billing', cookie => $person{ann}{cookie});
	like($page->{content}, qr/keep cards/,
		'the page says that no card is kept');
	like($page->{content}, qr{/client/billing/\Q$mine->{id}\E},
		'and leads to the receipt');
	my $receipt = $panel->get("/client/billing/$mine->{id}",
		cookie => $person{ann}{cookie})->{content};
	like($receipt, qr/We have received .* for \Q$mine->{invoice}\E/,
		'which says what for');
	unlike($get->('payments')->{content}, qr/$account{beta}/,
		'nobody else\'s is there');
}

# Without a key: the company's own words, on the page and on paper.
sub check_no_key
{
	my $invoice = invoice('alpha', '4.00');
	my $r = pay('ann', $invoice);

	is("$r->{status} $r->{json}{error}{code}", '409 not_configured',
		'without a key nobody pays by card');
	like(page_of($invoice), qr/Ask us how you can pay/, 'and is told');
	is($panel->request('PATCH', '/api/admin/settings',
		token => $panel->admin_token,
		json => { bankInstructions => "Quay Bank\nIBAN DE00 1234" })
		->{status}, 200, 'a company says how to pay by bank');
	like(page_of($invoice), qr{Quay\ Bank.*IBAN\ DE00\ 1234.*Reference:\s
		<b>\Q$invoice->{number}\E</b>}sx, 'which the page shows');
	my $pdf = scratch() . '/invoice.pdf';
	open my $to, '>:raw', $pdf or die "$pdf: $!";
	print $to $panel->get("/client/invoices/$invoice->{id}/pdf",
		cookie => $person{ann}{cookie})->{content};
	close $to;
	my $text = `pdftotext -layout $pdf - 2>/dev/null`;
	SKIP: {
		skip 'no pdftotext', 1 if $?;
		like($text, qr/How\ to\ pay.*Quay\ Bank.*IBAN\ DE00\ 1234.*
			Reference:\ \Q$invoice->{number}\E/sx, 'and the paper');
	}
}

for my $db (engines()) {
	note("== $db");
	$panel = start_instance(db => $db, workers => 4, set => {
		rate_login_account => 1000, stripe_settings(),
		stripe_timeout_ms => 8000 });
	paying_begin($panel);
	check_ways();
	check_page();
	check_two_at_once();
	check_bank();
	check_too_much();
	check_held();
	check_refusals();
	check_staff();
	check_billing();
	# the clock has been set forward and back
	$panel->run(qw(search rebuild));
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
	delete $panel->{set}{stripe_secret_key};
	$panel->launch(60);
	paying_again();
	check_no_key();
	$panel->stop;
}
done_testing();
