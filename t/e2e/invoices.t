#!/usr/bin/perl
# invoices.t - invoices made by hand, by calls: what is refused and why, what
# is done once however often it is asked, and who must approve.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

use constant INVOICES => '/api/admin/invoices';

my ($panel, $token, $customer);

sub call
{
	my ($path, $json, %o) = @_;

	return $panel->request($o{method} // 'POST', $path,
		token => $o{token} // $token, headers => $o{headers} // {},
		$o{method} && $o{method} !~ /^P/ ? () : (json => $json // {}));
}

sub get { return call($_[0], undef, method => 'GET')->{json} }

sub line { return { description => 'Advice', unitPrice => '50.00', @_ } }

sub draft
{
	return call(INVOICES, { customerId => $customer, taxRate => 19,
		items => [line(quantity => 2)], @_ });
}

sub issued
{
	my $id = draft(@_)->{json}{id};

	call(INVOICES . "/$id/issue");
	return $id;
}

# Status and "field code" of its first error.
sub says
{
	my ($r) = @_;
	my $e = $r->{json}{errors}[0] // {};

	return join ' ', $r->{status}, $e->{field} // '', $e->{code} // '';
}

sub check_refusals
{
	my %bodies = (
		'422 items[0].amount conflict' => { items =>
			[line(quantity => 2, amount => '99.99')] },
		'422 invoiceNumber not_allowed' => { invoiceNumber => 'INV-9' },
		'422 number not_allowed' => { number => '7' },
		'400 total unknown_field' => { total => 100 },
		'400 items[0].price unknown_field' => { items =>
			[line(price => 1)] },
		'422 items[0].unitPrice out_of_range' => { items =>
			[line(unitPrice => '-1.00')] },
		'422 items[0].description required' => { items =>
			[{ unitPrice => 1 }] },
		'422 items[1].unitPrice out_of_range' => { items => [line(),
			line(unitPrice => '9999999999.99')] },
		'422 items[2].unitPrice out_of_range' => { items => [line(),
			line(), line(unitPrice => '10000000000.00')] },
		'422 items out_of_range' => { items =>
			[line(unitPrice => '9999999999.99')] },
		'422 taxRate out_of_range' => { taxRate => 101 },
		'422 dueDate bad_format' => { dueDate => 'soon' },
		'422 customerId not_found' => { customerId =>
			'019f0000-0000-7000-8000-000000000000' },
		'422 currency bad_format' => { currency => 'XXQ' },
	);

	is(says(draft(%{ $bodies{$_} })), $_, "refused: $_")
		for sort keys %bodies;
	is(get(INVOICES)->{total}, 0, 'and nothing is there');
	like(draft(invoiceNumber => 'X')->{json}{errors}[0]{message},
		qr/allotted when the invoice is issued/,
		'who wants a number is told why not');
	is(says(draft(items => [line(unitPrice => '0.005')])),
		'422 items[0].unitPrice bad_format', 'half a cent is no price')
		or note(draft(items => [line(unitPrice => '0.005')])
			->{content});
}

sub check_draft
{
	my $r = draft(notes => "Two\nlines", dueDate => '2999-01-01');

	is(says($r), '422 dueDate out_of_range', 'a due date is in our time');
	$r = draft(notes => "Two\nlines", items => [line(quantity => 3,
		unitPrice => '33.33', amount => 99.99), line(taxable => \0)]);
	is($r->{status}, 201, 'a draft');
	my $j = $r->{json};
	is("$j->{status} $j->{subtotal} $j->{taxAmount} $j->{total}",
		'draft 149.99 19 168.99', 'with tax on what is taxable');
	is($j->{number}, undef, 'and without a number');
	is("$j->{items}[0]{taxRate} $j->{items}[1]{taxRate}", '19 0',
		'each line says its rate');
	my $path = INVOICES . "/$j->{id}";
	is(says(call($path, { notes => 'x', version => 99 },
		method => 'PATCH')), '409 version stale_version',
		'who saw another state changes nothing');
	$r = call($path, { taxRate => undef, version => $j->{version} },
		method => 'PATCH');
	is("$r->{status} $r->{json}{total} $r->{json}{notes}",
		"200 149.99 Two\nlines", 'a part is changed');
	is(says(call("$path/mark-paid")), '409  conflict',
		'a draft is not paid');
	is(call("$path?version=1", undef, method => 'DELETE')->{status}, 409,
		'nor removed by who saw another');
	is(call($path, undef, method => 'DELETE')->{status}, 200, 'removed');
	is(call($path, undef, method => 'GET')->{status}, 404, 'and gone');
	is(call("$path/issue")->{status}, 404, 'for every verb');
}

sub check_once
{
	my $id = issued();
	my $path = INVOICES . "/$id";
	my %key = (headers => { 'Idempotency-Key' => 'pay-once' });
	my $pay = { amount => '19.00', reference => 'Statement 1' };
	my $r = call("$path/mark-paid", $pay, %key);

	is("$r->{status} $r->{json}{amountPaid} $r->{json}{amountDue}",
		'200 19 100', 'a part is paid');
	my $again = call("$path/mark-paid", $pay, %key);
	is($again->{content}, $r->{content}, 'repeated by its key: the answer');
	is(call("$path/mark-paid", { amount => 20 }, %key)->{status}, 409,
		'with another body: refused');
	is(says(call("$path/mark-paid", $pay)), '409 reference conflict',
		'without the key the reference stands in the way');
	is(get($path)->{amountPaid}, 19, 'it is paid once');
	is(get("/api/admin/payments?invoiceId=$id")->{total}, 1,
		'with one payment');
	is(says(call("$path/void")), '409  conflict', 'it is not voided then');
	is(says(call("$path/mark-paid", { means => 'barter' })),
		'422 means not_in_list', 'money comes in known ways');
}

# Nothing is an amount, too, and not the same as none.
sub check_amounts
{
	my $open = issued();
	my $paid = issued();

	call(INVOICES . "/$paid/mark-paid");
	my $payment = get("/api/admin/payments?invoiceId=$paid")
		->{items}[0]{id};
	for my $path (INVOICES . "/$open/mark-paid", INVOICES . "/$paid/credit",
		"/api/admin/payments/$payment/refund") {
		is(says(call($path, { amount => $_, $path =~ /mark/ ? () :
			(reason => 'r') })), '422 amount out_of_range',
			"$_ is no amount: $path")
			for 0, '0.00', '-1';
	}
	is(get(INVOICES . "/$open")->{amountPaid}, 0, 'nothing was paid');
	is(get(INVOICES . "/$paid")->{amountCredited}, 0, 'nothing was credited');
	is(get("/api/admin/payments/$payment")->{refunded}, 0,
		'and nothing went back');
}

# Many tell at the same moment that it has been paid in full.
sub check_race
{
	my $id = issued();
	my @calls = map {
		my $pid = open(my $from, '-|') // die "fork: $!";
		if (!$pid) {
			my $r = call(INVOICES . "/$id/mark-paid",
				{ means => 'cash' });
			print $r->{status};
			close STDOUT;
			require POSIX;
			POSIX::_exit(0);
		}
		$from;
	} 1 .. 6;
	my %n;
	$n{ do { local $/; <$_> } }++ for @calls;
	close $_ for @calls;

	is($n{200}, 1, 'of six at once one pays');
	is($n{409}, 5, 'the others are told that it is paid')
		or note(join ' ', %n);
	is(get("/api/admin/payments?invoiceId=$id")->{total}, 1,
		'there is one payment');
	is(get(INVOICES . "/$id")->{status}, 'paid', 'and it is paid');
}

sub check_due
{
	my $late = issued(dueDate => (split /T/, now_iso())[0]);
	my $later = issued(dueDate => '2050-01-01');
	my @ids = map { $_->{id} } @{ get(INVOICES . '/due')->{items} };

	is((scalar grep { $_ eq $late } @ids), 1, 'what is due today is due');
	is((scalar grep { $_ eq $later } @ids), 0, 'what is due later is not');
	is(get('/api/invoices/due')->{total}, scalar @ids,
		'the flat path says the same');
	is(call(INVOICES . '/due?nonsense=1', undef, method => 'GET')
		->{status}, 400, 'an unknown parameter is refused');
}

sub now_iso
{
	my @t = gmtime;

	return sprintf '%04d-%02d-%02dT', $t[5] + 1900, $t[4] + 1, $t[3];
}

sub check_credit
{
	my $id = issued();
	my $path = INVOICES . "/$id";

	is(says(call("$path/credit", { amount => 10 })),
		'422 reason required', 'a credit note says why');
	is(says(call("$path/credit", { reason => 'r' })), '409  conflict',
		'all of what nobody paid is voided instead');
	my $r = call("$path/credit", { amount => '19.00', reason => 'r' });
	is("$r->{status} $r->{json}{subtotal} $r->{json}{taxAmount}",
		'201 15.97 3.03', 'a part is credited, net and tax');
	like($r->{json}{number}, qr/^CN-\d{4}-000001$/, 'with its number');
	call("$path/mark-paid");
	is(get("/api/admin/customers/$customer")->{creditBalance}, 0,
		'what was not paid is no credit');
	is(says(call("$path/credit", { amount => '100.01', reason => 'r' })),
		'422 amount out_of_range', 'not more than is left');
	call("$path/credit", { reason => 'all of it' });
	is(get("/api/admin/customers/$customer")->{creditBalance}, 100,
		'what was paid is credit');
	my $next = issued();
	$r = call(INVOICES . "/$next/pay");
	is("$r->{status} $r->{json}{status} $r->{json}{amountDue}",
		'200 open 19', 'and pays the next one, as far as it reaches');
	is(says(call(INVOICES . "/$next/pay")), '409  conflict',
		'then it is used up');
}

# What a reader makes of a PDF's pages, where there is one.
sub text_of
{
	my ($pdf) = @_;
	my $file = "$panel->{dir}/paper.pdf";

	open(my $to, '>:raw', $file) or die "$file: $!";
	print $to $pdf;
	close $to;
	return `pdftotext -layout $file -` if grep { -x "$_/pdftotext" }
		split /:/, $ENV{PATH};
	return undef;
}

sub check_paper
{
	my $words = "O'Brien & S\x{f6}hne <GmbH> \x{639}\x{642}\x{62f} "
		. "\x{1f389}\x{1f468}\x{200d}\x{1f469} \x{202e}back";
	my $id = draft(items => [map { line(description => "$_ " . $words
		. ' long' x 60) } 1 .. 30], notes => "Thank you.\n" x 200)
		->{json}{id};
	my $r = call(INVOICES . "/$id/pdf", undef, method => 'GET');

	is("$r->{status} $r->{headers}{'content-type'}", '200 application/pdf',
		'a draft can be read on paper, too');
	like($r->{content}, qr/^%PDF-1\.\d.*%%EOF\s*$/s, 'it is a PDF');
	call(INVOICES . "/$id/issue");
	$r = call(INVOICES . "/$id/pdf", undef, method => 'GET');
	my $text = text_of($r->{content});
	SKIP: {
		skip 'pdftotext is not there', 4 unless defined $text;
		my $number = get(INVOICES . "/$id")->{number};
		like($text, qr/Invoice.*$number/s, 'its number can be read');
		like($text, qr/30 O'Brien & S\xc3\xb6hne <GmbH>/,
			'and its last line');
		like($text, qr/Owed, USD\s+\$1,785\.00/, 'and what is owed');
		cmp_ok(scalar(() = $text =~ /Page \d/g), '>', 2,
			'on as many pages as it needs');
	}
	my $note = call(INVOICES . "/$id/credit", { amount => '17.85',
		reason => "Less \x{2014} than $words" })->{json}{id};
	$r = call("/api/admin/credit-notes/$note/pdf", undef, method => 'GET');
	is("$r->{status} $r->{headers}{'content-type'}", '200 application/pdf',
		'a credit note is a paper, too');
	like($r->{content}, qr/^%PDF-1\.\d.*%%EOF\s*$/s, 'a PDF');
	$text = text_of($r->{content});
	SKIP: {
		skip 'pdftotext is not there', 1 unless defined $text;
		like($text, qr/Credit note.*CN-.*Ada.*For invoice INV-.*Credited, USD\s+\$17\.85/s,
			'that says who, for what, and how much');
	}
	is(call('/api/admin/credit-notes/019f0000-0000-7000-8000-000000000000/pdf',
		undef, method => 'GET')->{status}, 404,
		'one that is not there has none');
	is(call(INVOICES . '/019f0000-0000-7000-8000-000000000000/pdf', undef,
		method => 'GET')->{status}, 404, 'a missing one has none');
}

my $word = 'rusty anvil picnic';

sub hire
{
	my ($email, $role) = @_;

	$panel->run_with($word, qw(user add --tenant demo --password-stdin
		--role), $role, '--email', $email);
}

# A second person's token.
sub colleague
{
	hire('bob@example.com', 'admin');
	return $panel->post('/api/auth/login', json => { email =>
		'bob@example.com', password => $word })->{json}{accessToken};
}

# Who reads invoices need not see what the money did.
sub check_page
{
	my $id = issued();
	my %desk;

	call(INVOICES . "/$id/mark-paid", { reference => 'Statement 9' });
	call('/api/admin/roles', { name => 'Desk',
		permissions => ['invoices:read'] });
	hire('desk@example.com', 'Desk');
	%desk = $panel->sign_in(email => 'desk@example.com',
		password => $word);
	my $r = $panel->get("/invoices/$id", cookie => $desk{cookie});
	is($r->{status}, 200, 'who may read invoices sees its page');
	unlike($r->{content}, qr/In the ledger|Statement 9/,
		'without its payments and the ledger');
	hire('books@example.com', 'admin');
	%desk = $panel->sign_in(email => 'books@example.com',
		password => $word);
	like($panel->get("/invoices/$id", cookie => $desk{cookie})->{content},
		qr/Statement 9.*In the ledger/s, 'who may read both sees both');
}

sub check_refund
{
	my $id = issued();
	call(INVOICES . "/$id/mark-paid");
	my $payment = get("/api/admin/payments?invoiceId=$id")
		->{items}[0]{id};
	my $path = "/api/admin/payments/$payment/refund";

	is(says(call($path, { amount => '119.01' })),
		'422 amount out_of_range', 'no more than was paid goes back');
	my $r = call($path, { amount => 30, reason => 'small' });
	is("$r->{status} $r->{json}{status} $r->{json}{refunded}",
		'200 partially_refunded 30', 'a small part goes back at once');
	$r = call($path, { amount => 30, reason => 'more' });
	is($r->{status}, 202, 'a second that is large with it waits');
	is(get("/api/admin/payments/$payment")->{refunded}, 30,
		'and does nothing yet');
	my $colleague = colleague();
	my ($notice) = grep { $_->{kind} eq 'approval' }
		@{ $panel->get('/api/admin/notifications',
		token => $colleague)->{json}{items} };
	like($notice->{title} // '', qr/^Refund \$30\.00 of the payment for /,
		'which a colleague is told');
	$r = call("/api/admin/approvals/$r->{json}{approvalId}/approve", {},
		token => $colleague);
	is($r->{json}{status}, 'approved', 'until a second person approves')
		or note($r->{content});
	is(call($path, { amount => 31, reason => 'more' })->{status}, 202,
		'another amount is another wish');
	is(call($path, { amount => 30, reason => 'more' })->{status}, 200,
		'then it goes back');
	is(call($path, { amount => 30, reason => 'more' })->{status}, 202,
		'once');
	is(get("/api/admin/payments/$payment")->{refunded}, 60, 'sixty in all');
}

# The limit is not passed below by halves: of two payments, or by the payment
# first and then its order.
sub check_halves
{
	my $id = issued();
	my $pay = INVOICES . "/$id/mark-paid";

	call($pay, { amount => 60, reference => 'A' });
	call($pay, { amount => 59, reference => 'B' });
	my @paid = map { "/api/admin/payments/$_->{id}/refund" }
		@{ get("/api/admin/payments?invoiceId=$id")->{items} };
	is(call($paid[0], { amount => 30 })->{status}, 200,
		'a small part of one payment goes back');
	is(call($paid[1], { amount => 30 })->{status}, 202,
		'one of another for the same invoice waits');
	my $order = $panel->intake(contract_order('pi_halves'))
		->{json}{orderId};
	my ($row) = rows($panel, "SELECT id FROM payments
		WHERE order_id = '$order'", 'demo');
	is(call("/api/admin/payments/$row->[0]/refund", { amount => 30 })
		->{status}, 200, 'a part of an order goes back');
	is(call("/api/admin/orders/$order/refund")->{status}, 202,
		'the rest waits, because together it is over the limit');
}

for my $db (engines()) {
	$panel = start_instance(db => $db,
		set => { approve_refund_over => 40 });
	note($db);
	$token = $panel->admin_token;
	$customer = call('/api/admin/customers', { name => 'Ada',
		email => 'ada@example.com', currency => 'USD' })->{json}{id};
	check_refusals();
	check_draft();
	check_once();
	check_amounts();
	check_race();
	check_due();
	check_credit();
	check_paper();
	check_page();
	check_refund();
	check_halves();
	is(doctor_says($panel), '', "$db: the doctor finds nothing wrong");
	$panel->stop;
}
done_testing();
