#!/usr/bin/perl
# profile.t - a customer keeps an account's name and address, everybody chooses
# which mails they get and sees who signed in as them.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, $admin, %person, $account);
my ($true, $false) = (JSON::PP::true, JSON::PP::false);

sub value { return (rows($panel, $_[0], 'demo'))[0][0] }

sub call
{
	my ($who, $method, $path, $body) = @_;

	return $panel->request($method, "/api/$path",
		token => $person{$who}{token}, $body ? (json => $body) : ());
}

sub add
{
	my ($email, @rights) = @_;

	return $panel->post("/api/admin/customers/$account/people",
		token => $admin, json => { email => $email,
		rights => \@rights });
}

sub make_scene
{
	%person = map { $_ => person($panel, $_, 'customer') }
		qw(ann bill tess);
	$account = $panel->post('/api/admin/customers', token => $admin,
		json => { name => 'Own', email => 'own@example.com' })
		->{json}{id};
	add('ann@example.com', qw(billing technical support));
	add('bill@example.com', 'billing');
	add('tess@example.com', 'technical');
}

# ---- added to an account ----

sub mails
{
	my ($template, $ref) = @_;

	return join ' ', sort map { $_->[0] } rows($panel, "SELECT recipient
		FROM outbox WHERE template = 'mail/$template'" . ($ref ?
		" AND payload LIKE '%$ref%'" : ''), 'demo');
}

sub check_added
{
	my @all = sort map { "$_\@example.com" } qw(ann bill tess);

	is(mails('account-added'), "@all",
		'who can sign in already hears that an account is theirs');
	add('bill@example.com', qw(billing support));
	is(mails('account-added'), "@all", 'other rights are no news');
	add('bill@example.com', 'billing');
	is(add('new@example.com', 'support')->{status}, 201, 'somebody new');
	is(mails('account-added'), "@all", 'is not told so');
	is(mails('invitation'), 'new@example.com', 'but invited');
	my $second = $panel->post('/api/admin/customers', token => $admin,
		json => { name => 'Two', email => 'two@example.com' })
		->{json}{id};
	$panel->post("/api/admin/customers/$second/people", token => $admin,
		json => { email => 'new@example.com', rights => ['billing'] });
	is(mails('invitation'), 'new@example.com new@example.com',
		'and once more, when they have not come in yet');
}

# ---- the account ----

sub check_profile
{
	my $was = call('ann', GET => 'client/profile')->{json};

	is($was->{name}, 'Own', 'the account is there');
	my $r = call('ann', PATCH => 'client/profile', {
		companyName => 'Own Ltd', country => 'DE', phone => '+49 30 1',
		taxId => 'DE129273398', address => { line1 => 'Weg 1',
		city => 'Kassel', postalCode => '34117' },
		version => $was->{version} });
	is($r->{status}, 200, 'and is changed') or diag($r->{content});
	is_deeply([@{ $r->{json} }{qw(companyName taxId)},
		$r->{json}{address}{city}], ['Own Ltd', 'DE129273398',
		'Kassel'], 'which shows');
	is($panel->get("/api/admin/customers/$account", token => $admin)
		->{json}{companyName}, 'Own Ltd', 'to staff, too');
	is(value("SELECT actor_name FROM audit_logs WHERE action =
		'customers.change' AND noun_id = '$account'"),
		'ann@example.com', 'and is noted');
	is(call('ann', PATCH => 'client/profile', { name => 'Late',
		version => $was->{version} })->{status}, 409,
		'who is overtaken hears so');
	my @wrong = (
		[{ name => '' }, 'name'],
		[{ country => 'Deutschland' }, 'country'],
		[{ taxId => 'DE12' }, 'taxId'],
		[{ country => 'IE' }, 'taxId'], # of another country
		[{ email => 'x@example.com' }, 'email'],
		[{ status => 'closed' }, 'status'],
		[{ creditBalance => 100 }, 'creditBalance'],
	);
	for (@wrong) {
		my ($body, $field) = @$_;
		my $r = call('ann', PATCH => 'client/profile', $body);
		like($r->{status}, qr/^4(?:00|22)/, 'refused: ' .
			JSON::PP->new->canonical->encode($body));
		is($r->{json}{errors}[0]{field}, $field, "by its $field");
	}
	is(call('ann', PATCH => 'client/profile', $_)->{status}, 200,
		"a number of $_->{country}: $_->{taxId}") for
		{ country => 'AT', taxId => 'ATU13585627' },
		{ country => 'NL', taxId => 'nl 0044.95445.B01' },
		{ country => 'GR', taxId => 'EL094259216' },
		{ country => 'US', taxId => '12-3456789' };
	is(call('ann', PATCH => 'client/profile', { country => 'IT',
		taxId => 'IT123' })->{status}, 422, 'one of Italy is no such');
	is(call('tess', $_ => 'client/profile', $_ eq 'GET' ? undef
		: { name => 'X' })->{status}, 403,
		'who does not look after invoices does not') for qw(GET PATCH);
	is(value("SELECT name FROM customers WHERE id = '$account'"), 'Own',
		'and nothing of that has changed it');
}

# ---- who is written to ----

# An invoice, and who gets it.
sub invoiced
{
	my $id = $panel->post('/api/admin/invoices', token => $admin,
		json => { customerId => $account, items => [{
		description => 'Advice', unitPrice => '10.00' }] })->{json}{id};

	$panel->post("/api/admin/invoices/$id/issue", token => $admin,
		json => {});
	return ($id, mails('invoice', $id));
}

sub wish
{
	my ($who, %wish) = @_;
	my $r = call($who, PATCH => 'client/notifications', \%wish);

	is($r->{status}, 200, "$who chooses") or diag($r->{content});
	return $r->{json};
}

sub check_recipients
{
	is_deeply(call('tess', GET => 'client/notifications')->{json},
		{ invoices => $true, services => $true, support => $true,
		security => $true }, 'everybody begins with all of them');
	my ($id, $to) = invoiced();
	is($to, 'ann@example.com bill@example.com own@example.com',
		'an invoice goes to whoever looks after them, and to the '
		. 'account\'s own address');
	$panel->post("/api/admin/invoices/$id/mark-paid", token => $admin,
		json => { means => 'cash' });
	is(mails('receipt'), $to, 'and so does a receipt');
	wish('bill', invoices => $false);
	wish('ann', services => $false);
	(undef, $to) = invoiced();
	is($to, 'ann@example.com own@example.com',
		'not to who does not want it');
	my $service = $panel->intake(small_order('pi_own',
		customerEmail => 'own@example.com'))->{json}{subscriptions}[0]{id};
	while (my $task = $panel->worker('tasks/claim')->{json}{task}) {
		$panel->worker("tasks/$task->{id}/complete", { leaseToken =>
			$task->{leaseToken}, status => 'success' });
	}
	is(mails('service-ready', $service),
		'own@example.com tess@example.com',
		'a service goes to whoever looks after those and wants it');
	is(value("SELECT count(*) FROM outbox WHERE template = 'mail/invoice'
		AND recipient = 'bill\@example.com'"), 1,
		'an order\'s invoice goes the same way');
	is(mails('order-confirmation'), 'own@example.com',
		'a confirmation is the buyer\'s');

	# ---- the account's own address is a person's ----
	$person{own} = person($panel, 'own', 'customer');
	add('own@example.com', qw(billing technical support));
	wish('own', invoices => $false);
	(undef, $to) = invoiced();
	is($to, 'ann@example.com', 'its person may not want it, either');
	wish('ann', invoices => $false);
	(undef, $to) = invoiced();
	is($to, 'own@example.com', 'but somebody gets it');
	wish('ann', invoices => $true);
	add('new@example.com', 'billing');
	(undef, $to) = invoiced();
	is($to, 'ann@example.com', 'who never came in is not written to');
	my $r = call('ann', PATCH => 'client/notifications',
		{ security => $false });
	is($r->{status}, 422, 'security can\'t be switched off');
	is($r->{json}{errors}[0]{code}, 'not_allowed', 'which is said');
	is(call('ann', PATCH => 'client/notifications', { invoices => 'no' })
		->{status}, 422, 'a wish is yes or no');
	is(call('ann', PATCH => 'client/notifications', { news => $true })
		->{status}, 400, 'and about what there is');
	is(value(q{SELECT count(*) FROM audit_logs
		WHERE action = 'user.notifications'}), 5, 'each is noted');
}

# ---- who signed in ----

sub log_ins
{
	return call($_[0], GET => 'auth/log-ins' . ($_[1] // ''))->{json};
}

sub check_log_ins
{
	my $before = log_ins('tess')->{total};

	cmp_ok($before, '>=', 2, 'log-ins are there');
	$panel->post('/api/auth/login', json => { email => 'tess@example.com',
		password => 'wrong' }, headers => { 'User-Agent' =>
		'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0' });
	my $list = log_ins('tess');
	is($list->{total}, $before + 1, 'a failed one, too');
	my ($try) = @{ $list->{items} };
	is_deeply([@$try{qw(success way ipAddress)}],
		[$false, 'password', '127.0.0.1'], 'with what is known of it');
	like($try->{userAgent}, qr/Firefox/, 'and the browser');
	like($panel->get('/account/history', cookie => $person{tess}{cookie})
		->{content}, qr/Failed.*Firefox on Linux.*127\.0\.0\.1/s,
		'as a page, too');
	is(log_ins('bill')->{total} > 0 && (grep { $_->{id} eq $try->{id} }
		@{ log_ins('bill')->{items} }), 0, 'nobody sees another\'s');
	is(call('bill', GET => 'auth/log-ins?userId=' . $try->{userId})
		->{status}, 400, 'nor asks for them');
	my $page = log_ins('tess', '?limit=1');
	is(scalar @{ $page->{items} }, 1, 'page by page');
	my $next = log_ins('tess', "?limit=1&cursor=$page->{nextCursor}");
	isnt($next->{items}[0]{id}, $page->{items}[0]{id}, 'and on');
	is(log_ins('tess', '?from=1990-01-01')->{total}, $before + 1,
		'no further back than they are shown');
}

for my $engine (engines()) {
	note("== $engine");
	$panel = start_instance(db => $engine, set => {
		rate_login_account => 1000, rate_login_address => 10_000 });
	$admin = $panel->admin_token;
	make_scene();
	check_added();
	check_profile();
	check_recipients();
	check_log_ins();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
