# Tickets.pm - the same for what customers ask and staff answer.
# SPDX-License-Identifier: AGPL-3.0-or-later
package MPanel::Deeds::Tickets;
use strict;
use warnings;
use MPanel::Deeds::Account;

my $n = 0;

sub api { goto &MPanel::Deeds::Account::api }
sub form { goto &MPanel::Deeds::Account::form }

# ---- of staff ----

sub customer
{
	my $r = api('/api/admin/customers', { name => 'Asking',
		email => 'asking' . ++$n . '@example.com' });

	return $r->{json}{id} // die "customer: $r->{content}";
}

sub question
{
	return { subject => 'A question', description => 'Why?', @_ };
}

sub ticket
{
	my $r = api('/api/support/tickets',
		question(customerId => customer()));

	return $r->{json}{ticket}{id} // die "ticket: $r->{content}";
}

sub closed
{
	my $id = ticket();

	api("/api/support/tickets/$id/close");
	return $id;
}

# Two of one customer: the first is to go into the second.
sub two
{
	my $customer = customer();

	return map { api('/api/support/tickets', question(customerId =>
		$customer))->{json}{ticket}{id} } 1, 2;
}

# ---- of a customer ----

# Who looks as the customer, and a call as they.
sub asking
{
	my (undef, $as) = MPanel::Deeds::Account::visit(
		qw(billing technical support));

	return $as;
}

sub as_they
{
	my ($as, $path, $body, %o) = @_;
	my $panel = MPanel::Deeds::Account::pause()->[0];

	return $panel->post("/api/client/tickets$path",
		cookie => $as->{cookie}, headers => { origin => $panel->url,
		'x-csrf-token' => $as->{csrf} },
		%o ? %o : (json => $body // {}));
}

sub asked
{
	my $as = asking();
	my $r = as_they($as, '', question());

	return ($as, $r->{json}{ticket}{id} // die "ask: $r->{content}");
}

sub theirs
{
	my ($path, $body, %o) = @_;
	my ($as, $id) = asked();

	return as_they($as, "/$id$path", $body, %o);
}

sub their_page
{
	my ($path, $fields) = @_;
	my ($as, $id) = asked();

	return form("/client/help/$id$path", $fields, $as);
}

my @bytes = (type => 'application/octet-stream', body => 'bytes');

sub attached
{
	my $panel = MPanel::Deeds::Account::pause()->[0];

	return $panel->post('/api/support/tickets/' . ticket()
		. '/attachments?name=a.bin', token => $panel->admin_token,
		@bytes);
}

my %calls = (
	'client.tickets.add' => sub { as_they(asking(), '', question()) },
	'client.ticket.reply' => sub { theirs('/replies', { text => 'So?' }) },
	'client.ticket.close' => sub { theirs('/close') },
	'client.ticket.reopen' => sub { my ($as, $id) = asked();
		as_they($as, "/$id/close");
		as_they($as, "/$id/reopen") },
	'client.ticket.rate' => sub { my ($as, $id) = asked();
		as_they($as, "/$id/close");
		as_they($as, "/$id/rating", { rating => 5 }) },
	'client.help.rate' => sub { my ($as, $id) = asked();
		as_they($as, "/$id/close");
		form("/client/help/$id/rate", { rating => 4 }, $as) },
	'client.ticket.attach' => sub {
		theirs('/attachments?name=a.bin', undef, @bytes) },
	'client.help.add' => sub { form('/client/help/new', question(),
		asking()) },
	'client.help.reply' => sub { their_page('/reply', { text => 'x' }) },
	'client.help.close' => sub { their_page('/close') },
	'client.help.reopen' => sub { my ($as, $id) = asked();
		as_they($as, "/$id/close");
		form("/client/help/$id/reopen", {}, $as) },
	'tickets.add' => sub { api('/api/support/tickets',
		question(customerId => customer())) },
	'tickets.patch' => sub { api('/api/support/tickets/' . ticket(),
		{ priority => 'high' }, undef, 'PATCH') },
	'tickets.reply' => sub { api('/api/support/tickets/' . ticket()
		. '/replies', { text => 'So.' }) },
	'tickets.note' => sub { api('/api/support/tickets/' . ticket()
		. '/notes', { text => 'So.' }) },
	'tickets.merge' => sub { my ($id, $into) = two();
		api("/api/support/tickets/$id/merge", { into => $into }) },
	'tickets.page.merge' => sub { my ($id, $into) = two();
		form("/support/$id/merge", { into => $into }) },
	'tickets.close' => sub { api('/api/support/tickets/' . ticket()
		. '/close') },
	'tickets.reopen' => sub { api('/api/support/tickets/' . closed()
		. '/reopen') },
	'tickets.attach' => sub { attached() },
	'tickets.new.add' => sub { form('/support/new',
		question(customerId => customer())) },
	'tickets.page.say' => sub { form('/support/' . ticket() . '/say',
		{ text => 'So.', as => 'answer' }) },
	'tickets.page.sort' => sub { form('/support/' . ticket() . '/sort',
		{ priority => 'low' }) },
	'tickets.page.take' => sub { form('/support/' . ticket() . '/take') },
	'tickets.page.close' => sub { form('/support/' . ticket()
		. '/close') },
	'tickets.page.reopen' => sub { form('/support/' . closed()
		. '/reopen') },
);

sub is_known { return exists $calls{ $_[0] } }

sub deed { return $calls{ $_[0] }->() }

1;
