# FirstTenant.pm - rows of every kind for the first of two tenants.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	make_mine($panel);		# "... of mine", which the other may not read
#	my @ids = ids_of($panel, 'orders');
package MPanel::FirstTenant;
use strict;
use warnings;
use Exporter 'import';
use JSON::PP ();
use MPanel::Matrix ();
use MPanel::Orders;
use MPanel::Test;

our @EXPORT = qw(ids_of make_mine);

sub ids_of
{
	my ($panel, $table) = @_;

	return map { $_->[0] } rows($panel, "SELECT id FROM $table
		WHERE tenant_id = '$panel->{ready}{tenantId}' ORDER BY id",
		$panel->slug);
}

# What products are sold with.
sub make_products
{
	my ($panel) = @_;
	my $made = sub { $panel->post("/api/admin/$_[0]",
		token => $panel->admin_token, json => $_[1])->{json}{id} };
	my ($domains, $space) = map $made->('products', $_),
		{ name => 'Names of mine', type => 'domain' },
		{ name => 'Space of mine' };

	$made->("products/$domains/tlds", { tld => 'mine', currency => 'USD',
		registerPrice => '9', renewPrice => '9', transferPrice => '9' });
	my $option = $made->('product-options', { productId => $space,
		name => 'Option of mine', code => 'mine' });
	$made->('option-choices', { optionId => $option, code => 'mine',
		name => 'Choice of mine', period => 'month', currency => 'USD',
		price => '1' });
	$made->('product-add-ons', { productId => $space,
		addonId => $domains });
}

# The first tenant's rows: orders done, in review and refused.
sub make_mine
{
	my ($panel) = @_;
	my $odd = small_order('pi_odd');

	write_mine($panel);

	$panel->intake(contract_order('pi_mine', customerName => 'Xanthippe Mine',
		customerEmail => 'xanthippe@mine-alone.example',
		primaryDomain => 'mine-alone.example'));
	$odd->{items}[0]{unitPrice} = '1.00';
	$panel->intake($odd);
	$panel->intake(small_order('pi_refused', customerEmail => 'none'));
	$panel->intake(small_order('pi_both'));
	$panel->post('/api/admin/address-rules', token => $panel->admin_token,
		json => { effect => 'deny', range => '203.0.113.0/24' });
	$panel->post('/api/admin/tax-rules', token => $panel->admin_token,
		json => { name => 'Tax of mine', rate => 19 });
	make_products($panel);
	$panel->post('/api/admin/coupons', token => $panel->admin_token,
		json => { code => 'MINEALONE', kind => 'percent',
		percent => 10 });
	$panel->post('/api/admin/roles', token => $panel->admin_token,
		json => { name => 'Desk of mine',
		permissions => ['orders:read'] });
	$panel->request(PATCH => '/api/admin/settings',
		token => $panel->admin_token, json => {
		legalName => 'Legally mine' });
	my ($customer) = ids_of($panel, 'customers');
	$panel->post("/api/admin/customers/$customer/notes",
		token => $panel->admin_token, json => { text => 'Note of mine',
		pinned => JSON::PP::true });
	ask_mine($panel, $customer);
	my $order = wait_for(60, sub {
		my $r = $panel->get('/api/public/orders/pi_mine',
			token => $panel->ready->{intakeToken});
		$r->{json}{status} eq 'completed' && $r->{json}{orderId};
	}) or die 'the order is not done: ' . $panel->log_text;
	credit_mine($panel);
	change_mine($panel, $order);
	# which waits for a second person, and so changes nothing
	$panel->post("/api/admin/orders/$order/refund",
		token => $panel->admin_token, json => {});
}

# A ticket of a department, with a note that has a file.
sub ask_mine
{
	my ($panel, $customer) = @_;
	my $call = sub { $panel->post("/api/$_[0]",
		token => $panel->admin_token, json => $_[1])->{json} };
	my $department = $call->('admin/departments', {
		name => 'Department of mine' });
	my $ticket = $call->('support/tickets', { customerId => $customer,
		subject => 'Question of mine', description => 'Words of mine',
		departmentId => $department->{id} })->{ticket}{id};

	$call->('support/canned-replies', { title => 'Canned of mine',
		text => 'Canned words of mine' });
	$call->("support/tickets/$ticket/notes", {
		text => 'Desk note of mine' });
	$panel->post("/api/support/tickets/$ticket/attachments"
		. '?name=file-of-mine.txt', token => $panel->admin_token,
		type => 'application/octet-stream', body => 'Bytes of mine');
	mail_mine($panel);
}

# A mail that came in and was not taken: a machine's.
sub mail_mine
{
	my ($panel) = @_;
	my @brand = ('/api/admin/settings/brand', token => $panel->admin_token);
	my $r = $panel->request(PATCH => @brand, json => {
		version => $panel->get(@brand)->{json}{version},
		helpEmail => 'help@mine.test' });

	die "help address: $r->{content}" if $r->{status} != 200;
	MPanel::Matrix::mpanel_with($panel, "From: x\@mine-alone.example\r\n"
		. "To: help\@mine.test\r\nSubject: Mail of mine\r\n"
		. "Precedence: auto_reply\r\n\r\nAway.\r\n",
		'--set', 'mail_in_domains=mine.test=demo', 'mail-in',
		'--recipient=help@mine.test', '--sender=x@mine-alone.example');
}

# An article, something that it has not, and an announcement.
sub write_mine
{
	my ($panel) = @_;
	my $made = sub { my ($path, $json) = @_;
		my $r = $panel->post("/api/support/$path",
		token => $panel->admin_token, json => $json);
		$r->{json}{id} // die "$path: $r->{content}" };
	my $category = $made->('kb/categories', { name => 'Shelf of mine' });
	my $article = $made->('kb/articles', { title => 'Article of mine',
		body => 'Answer of mine.', categoryId => $category });
	my $news = $made->('announcements', { title => 'News of mine',
		kind => 'incident', body => 'Told by mine.' });

	$made->("kb/articles/$article/publish", {});
	$made->("announcements/$news/publish", {});
	$panel->get('/api/support/kb/search?q=nothing+of+mine+xyzzy');
	wait_for(20, sub { ids_of($panel, 'kb_misses') }) or die 'no miss';
}

# A plan that staff have changed.
sub change_mine
{
	my ($panel, $order) = @_;
	my ($starter) = grep { $_->{product} eq 'starter' } @{ $panel->get(
		"/api/admin/subscriptions?orderId=$order",
		token => $panel->admin_token)->{json}{items} };

	$panel->post("/api/admin/subscriptions/$starter->{id}/change-plan",
		token => $panel->admin_token, json => { product => 'premium' });
}

# An invoice made by hand, with a credit note.
sub credit_mine
{
	my ($panel) = @_;
	my $call = sub { $panel->post("/api/admin/$_[0]",
		token => $panel->admin_token, json => $_[1])->{json} };
	my $id = $panel->get('/api/admin/customers',
		token => $panel->admin_token)->{json}{items}[0]{id};
	my $draft = $call->('invoices', { customerId => $id, items => [{
		description => 'Advice of mine', unitPrice => 100 }] });

	$call->("invoices/$draft->{id}/issue", {});
	$call->("invoices/$draft->{id}/credit", { amount => 10,
		reason => 'Goodwill of mine' });
}

1;
