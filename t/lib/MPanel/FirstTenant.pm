# FirstTenant.pm - rows of every kind for the first of two tenants.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	make_mine($panel);		# "... of mine", which the other may not read
#	my @ids = ids_of($panel, 'orders');
#
# While the work is held, on SQLite:
#	stay_awake($panel);		# no server grows silent
#	leave_states($panel);
package MPanel::FirstTenant;
use strict;
use warnings;
use Exporter 'import';
use JSON::PP ();
use MPanel::ByHand;
use MPanel::Orders;
use MPanel::Test;

our @EXPORT = qw(ids_of leave_states make_mine stay_awake);

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

	write_mine($panel);
	$panel->intake(contract_order('pi_mine', customerName => 'Xanthippe Mine',
		customerEmail => 'xanthippe@mine-alone.example',
		primaryDomain => 'mine-alone.example'));
	$panel->intake(odd_order('pi_odd'));
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
	my $order = wait_for(60, sub {
		my $r = $panel->get('/api/public/orders/pi_mine',
			token => $panel->ready->{intakeToken});
		$r->{json}{status} eq 'completed' && $r->{json}{orderId};
	}) or die 'the order is not done: ' . $panel->log_text;
	ask_mine($panel, $customer, $order);
	credit_mine($panel);
	order_mine($panel, $customer);
	change_mine($panel, $order);
	# which waits for a second person, and so changes nothing
	$panel->post("/api/admin/orders/$order/refund",
		token => $panel->admin_token, json => {});
}

# A ticket of a department, about a service, with a note that has a file.
sub ask_mine
{
	my ($panel, $customer, $order) = @_;
	my $call = sub { $panel->post("/api/$_[0]",
		token => $panel->admin_token, json => $_[1])->{json} };
	my $department = $call->('admin/departments', {
		name => 'Department of mine' });
	my $ticket = $call->('support/tickets', { customerId => $customer,
		subject => 'Question of mine', description => 'Words of mine',
		departmentId => $department->{id}, subscriptionId =>
		(services_of($panel, $order))[0]{id} })->{ticket}{id};

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
	$panel->run_with("From: x\@mine-alone.example\r\n"
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

sub services_of
{
	my ($panel, $order) = @_;

	return @{ $panel->get("/api/admin/subscriptions?orderId=$order",
		token => $panel->admin_token)->{json}{items} };
}

# An order by hand that waits for its money.
sub order_mine
{
	my ($panel, $customer) = @_;
	my $r = $panel->post('/api/admin/orders', token => $panel->admin_token,
		json => { customerId => $customer, payment => 'invoice',
		items => [{ productSlug => 'starter', billingPeriod => 'year',
		domain => 'later.mine-alone.example' }] });

	die "order: $r->{content}" if $r->{status} != 201;
}

# A plan that staff have changed.
sub change_mine
{
	my ($panel, $order) = @_;
	my ($starter) = grep { $_->{product} eq 'starter' }
		services_of($panel, $order);

	$panel->post("/api/admin/subscriptions/$starter->{id}/change-plan",
		token => $panel->admin_token, json => { product => 'premium' });
}

# An invoice made by hand, with a credit note; and a draft of one.
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
	$call->('invoices', { customerId => $id, items => [{
		description => 'Draft of mine', unitPrice => 1 }] });
}

# ---- by hand ----

# However long a test takes, nobody grows silent meanwhile, of which pages would
# come to warn: servers would rank alike; the work that is held is so from now.
sub stay_awake
{
	my ($panel) = @_;

	by_hand($panel, 'UPDATE servers
		SET agent_last_seen = agent_last_seen + 86400000
		WHERE agent_last_seen > 0', 'DELETE FROM work_processes');
}

# States that no row of the first tenant comes to while nobody works: mails that
# are on their way, a task that an agent holds, tasks that took an hour, a server
# that is silent, one that is full and one whose agent never came, an order that
# Stripe is asked about, a service in arrears, another plan that is asked for.
sub leave_states
{
	my ($panel) = @_;
	my $mine = $panel->ready->{tenantId};
	my $soon = 1000 * (time + 86400);
	my $id = '01ff0000-0000-7000-8000-0000000001';

	$panel->post('/api/auth/login', json => { email => 'x@mine.test',
		password => 'a-wrong-password' });
	$panel->intake($_) for odd_order('pi_review'), small_order('pi_held');
	$panel->worker('tasks/claim')->{json}{task} or die 'no task';
	by_hand($panel, <<"END");
UPDATE provisioning_tasks SET lease_until = $soon
	WHERE tenant_id = '$mine' AND status = 'in_progress';
UPDATE provisioning_tasks SET finished_at = created_at + 3600000
	WHERE tenant_id = '$mine' AND status = 'success';
UPDATE orders SET status = 'verifying'
	WHERE tenant_id = '$mine' AND payment_intent_id = 'pi_odd';
INSERT INTO outbox (tenant_id, id, kind, dedupe_key, status, created_at,
	updated_at)
	SELECT tenant_id, '${id}01', 'verify', id, 'dead', $soon, $soon
	FROM orders WHERE tenant_id = '$mine' AND status = 'verifying';
INSERT INTO outbox (tenant_id, id, kind, dedupe_key, status, created_at,
	updated_at)
	VALUES ('$mine', '${id}02', 'mail', 'left:2', 'sending', $soon, $soon),
	('$mine', '${id}03', 'mail', 'left:3', 'maybe_sent', $soon, $soon),
	('$mine', '${id}04', 'mail', 'left:4', 'done', $soon, $soon),
	('$mine', '${id}05', 'mail', 'left:5', 'dead', $soon, $soon);
INSERT INTO servers (tenant_id, id, name, status, agent_last_seen, created_at,
	updated_at)
	VALUES ('$mine', '${id}06', 'silent', 'draining', 1, $soon, $soon),
	('$mine', '${id}07', 'full', 'active', $soon, $soon, $soon),
	('$mine', '${id}08', 'new', 'active', NULL, $soon, $soon);
UPDATE plan_changes SET status = 'open', done_at = NULL WHERE tenant_id = '$mine';
INSERT INTO server_sites (tenant_id, server_id, sites, created_at, updated_at)
	VALUES ('$mine', '${id}07', 1000000, $soon, $soon);
UPDATE subscriptions SET status = 'past_due' WHERE id = (SELECT max(id)
	FROM subscriptions WHERE tenant_id = '$mine' AND status = 'active');
UPDATE audit_checks SET findings = 1, finding = 'left'
	WHERE tenant_id = '$mine';
INSERT INTO tenant_logos (tenant_id, hash, width, height, data, created_at,
	updated_at) VALUES ('$mine', 'x', 1, 1, x'00', 1, 1)
END
}

1;
