# Invoices.pm - the same for invoices made by hand and what happens to them, and
# for payments that go back.
# SPDX-License-Identifier: AGPL-3.0-or-later
package MPanel::Deeds::Invoices;
use strict;
use warnings;
use MPanel::Deeds::Account;

my $n = 0;

sub api { goto &MPanel::Deeds::Account::api }
sub form { goto &MPanel::Deeds::Account::form }

# ---- things to do something to ----

sub customer
{
	my $r = api('/api/admin/customers', { name => 'Invoiced',
		email => 'invoiced' . ++$n . '@example.com' });

	return $r->{json}{id} // die "customer: $r->{content}";
}

sub body
{
	return { customerId => customer(), taxRate => 19,
		items => [{ description => 'Advice', unitPrice => '100.00' }] };
}

sub draft
{
	my $r = api('/api/admin/invoices', body());

	return $r->{json}{id} // die "draft: $r->{content}";
}

sub issued
{
	my $id = draft();
	my $r = api("/api/admin/invoices/$id/issue");

	return $r->{json}{id} // die "issue: $r->{content}";
}

sub paid
{
	my ($more) = @_;
	my $id = issued();
	my $r = api("/api/admin/invoices/$id/mark-paid", $more // {});

	return $r->{json}{id} // die "mark paid: $r->{content}";
}

# Of a customer who has paid another too much.
sub with_credit
{
	my $customer = api('/api/admin/invoices/' . paid({ amount => 200 }),
		undef, undef, 'GET')->{json}{customerId};
	my $id = api('/api/admin/invoices', { %{ body() },
		customerId => $customer })->{json}{id};

	api("/api/admin/invoices/$id/issue");
	return $id;
}

sub payment
{
	my $id = paid();
	my $r = api("/api/admin/payments?invoiceId=$id", undef, undef, 'GET');

	return $r->{json}{items}[0]{id} // die "payment: $r->{content}";
}

sub on
{
	my ($thing, $verb, $body) = @_;

	return sub { api('/api/admin/invoices/' . $thing->() . "/$verb",
		$body) };
}

my %calls = (
	'invoices.make' => sub { api('/api/admin/invoices', body()) },
	'invoices.make_flat' => sub { api('/api/invoices', body()) },
	'invoices.edit' => sub { api('/api/admin/invoices/' . draft(),
		{ notes => 'Another.' }, undef, 'PATCH') },
	'invoices.drop' => sub { api('/api/admin/invoices/' . draft(), undef,
		undef, 'DELETE') },
	'invoices.issue' => on(\&draft, 'issue'),
	'invoices.mark_paid' => on(\&issued, 'mark-paid',
		{ reference => 'Ref', amount => '50.00' }),
	'invoices.pay' => on(\&with_credit, 'pay'),
	'invoices.void' => on(\&issued, 'void', { reason => 'A mistake' }),
	'invoices.write_off' => on(\&issued, 'write-off'),
	'invoices.credit' => on(\&paid, 'credit', { reason => 'Goodwill',
		amount => 10 }),
	'payments.refund' => sub { api('/api/admin/payments/' . payment() .
		'/refund', { amount => '0.50', reason => 'Goodwill' }) },
);

# The same on pages, asked first.
sub page
{
	my ($thing, $verb, $fields) = @_;

	return sub { form('/invoices/' . $thing->() . "/$verb", $fields) };
}

my %line = (description1 => 'Advice', price1 => '100', quantity1 => 1,
	taxable1 => 'yes');

%calls = (%calls,
	'invoices.do_new' => sub { form('/invoices/new',
		{ customerId => customer(), %line }) },
	'invoices.do_edit' => page(\&draft, 'edit', { %line }),
	'invoices.do_issue' => page(\&draft, 'issue'),
	'invoices.do_remove' => page(\&draft, 'remove'),
	'invoices.do_mark_paid' => page(\&issued, 'mark-paid',
		{ amount => '119.00', means => 'cash' }),
	'invoices.do_pay' => page(\&with_credit, 'pay'),
	'invoices.do_void' => page(\&issued, 'void'),
	'invoices.do_write_off' => page(\&issued, 'write-off'),
	'invoices.do_credit' => page(\&paid, 'credit', { amount => '10',
		reason => 'Goodwill' }),
	'invoices.do_refund' => sub { form('/payments/' . payment() .
		'/refund', { amount => '0.50' }) },
);

sub is_known { return $calls{ $_[0] } }

sub deed { return $calls{ $_[0] }->() }

1;
