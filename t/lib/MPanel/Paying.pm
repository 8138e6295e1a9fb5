# Paying.pm - customers who pay invoices on Stripe's page, for tests of it.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	paying_begin($panel);		# ann, tess and bob, three accounts
#	my $invoice = invoice('alpha', '17.22');
#	my $session = gone_to_pay('ann', $invoice);
#	is_known($session);		# Stripe says that it is paid
#	come_back($invoice, $session);
#	is(state_of($invoice), 'paid 1722 1 1722 1');
package MPanel::Paying;
use strict;
use warnings;
use Exporter 'import';
use JSON::PP ();
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Stripe;
use MPanel::Test;
use POSIX ();
use Test::More;

our @EXPORT = qw(%account %person admin asked audited checkouts come_back
	credit_of gone_to_pay hook intent_of invoice is_known next_session
	page_of pay paying_again paying_begin state_of work);

our (%account, %person);
my ($panel, $admin, $n);

# ---- invoices, sessions, events ----

sub admin
{
	my ($path, $body) = @_;

	return $panel->post("/api/admin/$path", token => $admin,
		json => $body // {});
}

sub invoice
{
	my ($account, $price) = @_;
	my $made = admin('invoices', { customerId => $account{$account},
		items => [{ description => 'Advice',
		unitPrice => $price // '17.22' }] })->{json};

	return admin("invoices/$made->{id}/issue")->{json};
}

# As an invoice is now: its state and what was paid, and what its payments
# came to, with how many receipts are on their way.
sub state_of
{
	my ($invoice) = @_;
	my ($row) = rows($panel, "SELECT i.status, i.amount_paid_minor,
		(SELECT count(*) FROM payments p WHERE p.invoice_id = i.id),
		(SELECT COALESCE(SUM(amount_minor), 0) FROM payments p
			WHERE p.invoice_id = i.id),
		(SELECT count(*) FROM outbox o JOIN payments p
			ON o.dedupe_key = 'mail/receipt:' || p.id
			WHERE p.invoice_id = i.id)
		FROM invoices i WHERE i.id = '$invoice->{id}'", 'demo');

	return "@$row";
}

sub checkouts
{
	my ($invoice) = @_;

	return join ' ', map { $_->[0] } rows($panel, "SELECT status
		FROM invoice_checkouts WHERE invoice_id = '$invoice->{id}'
		ORDER BY id", 'demo');
}

sub credit_of
{
	my ($name) = @_;

	return (rows($panel, "SELECT credit_minor FROM customers
		WHERE id = '$account{$name}'", 'demo'))[0][0];
}

sub pay
{
	my ($who, $invoice, %more) = @_;

	return $panel->post("/api/client/invoices/$invoice->{id}/pay",
		token => $person{$who}{token}, json => {}, %more);
}

# A session for the next call that wants one; returns its number.
sub next_session
{
	my (%more) = @_;
	my $id = "cs_${$}_" . ++$n;

	stripe_says('POST /v1/checkout/sessions', 200, { id => $id,
		object => 'checkout.session', status => 'open',
		payment_status => 'unpaid', livemode => JSON::PP::false,
		url => "https://pay.example.com/$id", %more }, 1);
	return $id;
}

# What went with the last one that was made.
sub asked
{
	my ($call) = (stripe_heard(qr{^POST /v1/checkout/sessions$}))[-1];
	my %form = map { map { s/%(..)/chr hex $1/ger } split /=/, $_, 2 }
		split /&/, $call->{body};

	return { %form, key => $call->{headers}{'idempotency-key'} };
}

# Somebody has gone to pay: what Stripe knows of it.
sub gone_to_pay
{
	my ($who, $invoice, %more) = @_;
	my $id = next_session();
	my $r = pay($who, $invoice);
	my $form = asked();
	my %meta = map { /^metadata\[(\w+)\]$/ ? ($1 => $form->{$_}) : () }
		keys %$form;

	is($r->{status}, 200, 'there is a page to pay on') or diag($r->{content});
	return { id => $id, object => 'checkout.session', status => 'complete',
		payment_status => 'paid', payment_intent => "pi_${$}_$n",
		amount_total => 0 + $form->{
			'line_items[0][price_data][unit_amount]'},
		currency => 'usd', livemode => JSON::PP::false,
		client_reference_id => $form->{client_reference_id},
		metadata => \%meta, %more };
}

sub intent_of
{
	my ($session, %more) = @_;

	return { id => $session->{payment_intent}, object => 'payment_intent',
		amount => $session->{amount_total},
		amount_received => $session->{amount_total},
		currency => $session->{currency}, status => 'succeeded',
		livemode => $session->{livemode},
		metadata => $session->{metadata}, %more };
}

# Stripe knows it so from now on (its first word about a session stays).
sub is_known
{
	my ($session, $times) = @_;

	stripe_says("GET /v1/checkout/sessions/$session->{id}", 200, $session,
		$times);
}

# ---- ways to hear of it ----

sub hook
{
	my ($session, $type, $object) = @_;

	return stripe_tells($panel, "evt_${$}_" . ++$n,
		$type // 'checkout.session.completed', $object // $session)
		->{status};
}

sub come_back
{
	my ($invoice, $session, $who) = @_;

	return $panel->get("/client/invoices/$invoice->{id}/return?session_id="
		. (ref $session ? $session->{id} : $session),
		cookie => $person{$who // 'ann'}{cookie});
}

sub audited
{
	my ($r) = @_;

	return map { $_->[0] } rows($panel, "SELECT action FROM audit_logs
		WHERE request_id = '$r->{headers}{'x-request-id'}'", 'demo');
}

sub page_of
{
	my ($invoice, $query) = @_;

	return $panel->get("/client/invoices/$invoice->{id}" . ($query // ''),
		cookie => $person{ann}{cookie})->{content};
}

sub work
{
	my ($seconds) = @_;

	$panel->run('--now', POSIX::strftime('%Y-%m-%dT%H:%M:%SZ',
		gmtime(time + $seconds)), 'work', '--once');
}

# ---- the scene ----

# With intakes that Stripe knows, too.
sub paying_begin
{
	($panel) = @_;
	$admin = $panel->admin_token;
	stripe_says("GET /v1/payment_intents/pi_$_", 200, { id => "pi_$_",
		object => 'payment_intent', amount => 2988,
		amount_received => 2988, currency => 'usd',
		status => 'succeeded', livemode => JSON::PP::false })
		for qw(alpha beta gamma);
	make_scene();
}

# The same panel, started anew.
sub paying_again
{
	$admin = $panel->admin_token;
}

sub make_scene
{
	%person = map { $_ => person($panel, $_, 'customer') } qw(ann tess bob);
	for my $name (qw(alpha beta gamma)) {
		$account{$name} = $panel->intake(small_order("pi_$name",
			customerEmail => "$name\@example.com",
			customerName => "Account $name"))->{json}{customerId};
	}
	my $look = sub { my ($who, $of, @rights) = @_;
		admin("customers/$account{$of}/people", {
		email => "$who\@example.com", rights => \@rights }) };
	$look->('ann', 'alpha', qw(billing technical support));
	$look->('ann', 'gamma', qw(billing));
	$look->('tess', 'alpha', 'technical');
	$look->('bob', 'beta', 'billing');
}

1;
