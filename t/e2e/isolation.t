#!/usr/bin/perl
# isolation.t - one tenant neither sees nor reaches anything of another.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Generated from `mpanel routes --json`: every route with a parameter must be
# known here by what stands before the parameter, so that a new one is tested or
# fails the test.
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

# What the parameter behind a segment names: a table, whose ids are tried.
my %tables = (
	addresses => 'address_rules',
	'address-rules' => 'address_rules',
	'api-keys' => 'api_tokens',
	'api-tokens' => 'api_tokens',
	approvals => 'approvals',
	audit => 'audit_logs',
	'audit-logs' => 'audit_logs',
	customers => 'customers',
	domains => 'domains',
	'intake-refusals' => 'intake_refusals',
	invoices => 'invoices',
	mail => 'outbox',
	orders => 'orders',
	payments => 'payments',
	prices => 'product_prices',
	products => 'products',
	people => 'users',
	refusals => 'intake_refusals',
	'role-management' => 'roles',
	roles => 'roles',
	servers => 'servers',
	sessions => 'sessions',
	subscriptions => 'subscriptions',
	tasks => 'provisioning_tasks',
	tax => 'tax_rules',
	'tax-rules' => 'tax_rules',
	users => 'users',
	websites => 'websites',
);
my %values = (':paymentIntentId' => 'pi_mine');

# Routes whose parameter names no row of a tenant.
my %public = map { $_ => 1 } (
	'/api/webhooks/stripe/:tenantSlug',	# a tenant's name; signed
	'/settings/mail/templates/:name',	# files of the house
	'/settings/mail/templates/:name/html',
	'/api-docs/:group',			# of the API itself
);

# Companies: the platform's people's alone, so that others are refused whatever
# the parameter is.
my $platform = qr{^/(?:api/admin/)?tenants/:id};

# Bodies that get as far as to the row; {} for the others.
my %bodies = (
	'/api/admin/orders/:id/correct' => { items => [{ item => 0,
		domain => 'x.example' }] },
	'/api/admin/customers/:id/people' => { email => 'x@example.com',
		rights => ['billing'] },
	'/api/admin/intake-refusals/:id/place' => small_order('pi_theirs'),
	'/api/worker/tasks/:id/heartbeat' => { leaseToken => 'mpl_x' },
	'/api/worker/tasks/:id/complete' => { status => 'success' },
);

# Read before the tenant is known, without row-level security: nothing secret
# is in them (t/store/rls.c holds them to that).
my @open = qw(api_tokens queue sessions tenant_hosts);

my $missing = '019f0000-0000-7000-8000-000000000000';
my $json = JSON::PP->new->utf8->canonical;

sub tenant_id
{
	my ($panel, $slug) = @_;
	my (undef, $text) = $panel->run(qw(tenant list));

	return (map { (split /\t/)[0] } grep { /\t$slug\t/ } split /\n/, $text)[0];
}

# The other tenant: an owner, programs, a server, an order.
sub make_other
{
	my ($panel) = @_;
	my $config = "$panel->{ready}{bin}{mpanel} --config $panel->{ready}{config}";

	$panel->run(qw(tenant add --slug other --name Other --host b.test));
	my ($status, $seeded) = $panel->run(qw(seed --tenant other));
	my $server = $json->decode($seeded)->{serverId};
	system("echo other-password-of-b | $config user add --tenant other " .
		'--email boss@b.test --role super_admin --password-stdin ' .
		'>/dev/null') == 0 or die 'user add';
	my %t = (server => $server);
	for my $kind ([intake => '--scope', 'orders:intake'],
		[worker => '--scope', 'tasks:work', '--server', $server]) {
		my ($name, @args) = @$kind;
		my (undef, $text) = $panel->run(qw(token add --tenant other),
			@args);
		($t{$name}) = $text =~ /(\S+)/;
	}
	my $r = $panel->post('/api/auth/login', host => 'b.test', json => {
		email => 'boss@b.test', password => 'other-password-of-b' });
	$t{owner} = $r->{json}{accessToken} or die "log-in: $r->{content}";
	%t = (%t, $panel->sign_in(host => 'b.test', email => 'boss@b.test',
		password => 'other-password-of-b'));
	$panel->post(INTAKE, token => $t{intake}, host => 'b.test',
		json => small_order('pi_theirs_1'));
	return \%t;
}

# The first tenant's rows: orders done, in review and refused.
sub make_mine
{
	my ($panel) = @_;
	my $odd = small_order('pi_odd');

	$panel->intake(contract_order('pi_mine', customerName => 'Xanthippe Mine',
		primaryDomain => 'mine-alone.example'));
	$odd->{items}[0]{unitPrice} = '1.00';
	$panel->intake($odd);
	$panel->intake(small_order('pi_refused', customerEmail => 'none'));
	$panel->post('/api/admin/address-rules', token => $panel->admin_token,
		json => { effect => 'deny', range => '203.0.113.0/24' });
	$panel->post('/api/admin/tax-rules', token => $panel->admin_token,
		json => { name => 'Tax of mine', rate => 19 });
	$panel->post('/api/admin/roles', token => $panel->admin_token,
		json => { name => 'Desk of mine',
		permissions => ['orders:read'] });
	my $order = wait_for(60, sub {
		my $r = $panel->get('/api/public/orders/pi_mine',
			token => $panel->ready->{intakeToken});
		$r->{json}{status} eq 'completed' && $r->{json}{orderId};
	}) or die 'the order is not done: ' . $panel->log_text;
	# which waits for a second person, and so changes nothing
	$panel->post("/api/admin/orders/$order/refund",
		token => $panel->admin_token, json => {});
}

sub ids_of
{
	my ($panel, $table, $tenant) = @_;

	return map { $_->[0] } rows($panel, "SELECT id FROM $table
		WHERE tenant_id = '$tenant' ORDER BY id", 'demo');
}

# What must not change when somebody else calls.
sub state_of
{
	my ($panel, $tenant) = @_;

	return join "\n", map { join "\t", @$_ } map {
		rows($panel, "SELECT id, status, version FROM $_
			WHERE tenant_id = '$tenant' ORDER BY id", 'demo')
	} qw(orders subscriptions websites provisioning_tasks invoices payments);
}

# The route's path with its parameter set, or undef when this test does not
# know what it names.
sub path_of
{
	my ($route, $ids, $missing) = @_;
	my @segments = split m{/}, $route->{path};

	for my $i (1 .. $#segments) {
		$segments[$i] = 'x' if $segments[$i] eq '*';
		next unless $segments[$i] =~ /^:/;
		my $table = $tables{ $segments[$i - 1] };
		my $value = $values{ $segments[$i] }
			// ($table && $ids->{$table});
		return unless $value;
		$segments[$i] = $missing // $value;
	}
	return join '/', @segments;
}

# The call as somebody of the other tenant.
sub call
{
	my ($panel, $route, $path, $who) = @_;
	my %o = (host => 'b.test');

	if ($route->{path} !~ m{^/api/}) {
		$o{cookie} = $who->{cookie};
		@o{qw(type body)} = ('application/x-www-form-urlencoded',
			"csrf=$who->{csrf}") if $route->{method} ne 'GET';
		$o{headers}{origin} = $panel->url =~ s/127\.0\.0\.1/b.test/r;
	} else {
		$o{token} = $route->{auth} eq 'server' ? $who->{worker}
			: $route->{auth} eq 'token' ? $who->{intake}
			: $who->{owner};
		$o{json} = $bodies{ $route->{path} } // {}
			if $route->{method} =~ /^(?:POST|PUT|PATCH)$/;
	}
	return $panel->request($route->{method}, $path, %o);
}

sub masked
{
	my ($r, $path) = @_;
	my $text = $r->{content};

	$text =~ s/\b[0-9a-f]{32}\b/REQUEST/g;
	$text =~ s/\Q$_\E/ID/g for grep { length > 8 } split m{/}, $path;
	return "$r->{status} $text";
}

# Words of the first tenant that are in a text.
sub leaked
{
	my ($text, @words) = @_;

	return grep { index($text, $_) >= 0 } @words;
}

sub check_platform
{
	my ($panel, $route, $tenant, $who) = @_;
	my ($path, $none) = map { $route->{path} =~ s/:id/$_/r
		=~ s/:host/demo.test/r } $tenant, $missing;
	my $r = call($panel, $route, $path, $who);
	my $is = masked($r, $path);

	is($r->{status}, 403, "$route->{method} $route->{path} is refused");
	is($is, masked(call($panel, $route, $none, $who), $none),
		'as for a missing one');
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, agent => 1,
		set => { approve_refund_over => 1 });
	my $mine = $panel->ready->{tenantId};
	make_mine($panel);
	my $who = make_other($panel);
	isnt($who->{csrf}, undef, "$db: another tenant's owner is on the pages");

	my (%ids, @words);
	for my $table (sort { $a cmp $b } keys %{ { reverse %tables } }) {
		my @ids = ids_of($panel, $table, $mine);
		cmp_ok(scalar @ids, '>', 0, "there are rows in $table");
		$ids{$table} = $ids[0];
		push @words, @ids;
	}
	push @words, 'pi_mine', 'pi_odd', 'pi_refused', 'mine-alone.example',
		'Xanthippe', 'client@example.com', $panel->ready->{adminEmail},
		'Demo Hosting', 'Desk of mine', 'Tax of mine', $mine;
	my $before = state_of($panel, $mine);
	my (undef, $text) = $panel->run(qw(routes --json));
	my @routes = @{ $json->decode($text) };
	cmp_ok(scalar @routes, '>', 80, 'the routes are known');

	# ---- rows by their id ----
	my ($tried, $found) = (0, 0);
	my $admin = $panel->admin_token;
	for my $route (@routes) {
		my $name = "$route->{method} $route->{path}";
		next if $route->{path} !~ /:/ || $public{ $route->{path} };
		next if $route->{path} =~ $platform;
		my $path = path_of($route, \%ids);
		if (!defined $path) {
			fail("$name: add what its parameter names to this test");
			next;
		}
		my $none = path_of($route, \%ids, $missing);
		my $r = call($panel, $route, $path, $who);
		my $is = masked($r, $path);
		my $other = masked(call($panel, $route, $none, $who), $none);
		my $is_built = $route->{name} !~ /^soon /;
		my @bad;
		push @bad, "answers $r->{status}" if $is_built
			? $r->{status} != 404 : $r->{status} !~ /^(?:200|404|501)$/;
		push @bad, "differs from a missing one: $is\n$other"
			if $is ne $other;
		push @bad, map { "tells $_" } leaked($r->{content}, @words);
		is(join('; ', @bad), '', "$name finds nothing");
		$tried++ if $is_built;

		# That it finds what is one's own keeps this honest.
		next unless $is_built && $route->{method} eq 'GET'
			&& $route->{auth} =~ /^(?:session|api)$/
			&& $route->{path} =~ m{^/api/};
		is($panel->get($path, token => $admin)->{status}, 200,
			"and finds one's own");
		$found++;
	}
	cmp_ok($tried, '>', 30, 'many routes were tried');
	cmp_ok($found, '>', 15, 'and found what is theirs');
	is(state_of($panel, $mine), $before, 'nothing of the first has changed');

	# ---- lists and pages ----
	for my $route (@routes) {
		next if $route->{method} ne 'GET' || $route->{path} =~ /:/;
		my $path = path_of($route, \%ids);
		my $r = call($panel, $route, $path, $who);
		my @bad = map { "tells $_" } leaked($r->{content}, @words);
		push @bad, "answers $r->{status}" if $r->{status} >= 500
			&& $r->{status} != 501;
		is(join('; ', @bad), '', "GET $route->{path} tells nothing");
	}
	for my $list (qw(orders customers servers intake-refusals)) {
		my $r = $panel->get("/api/admin/$list", token => $who->{owner},
			host => 'b.test');
		is($r->{json}{total}, $list eq 'intake-refusals' ? 0 : 1,
			"$list holds one's own rows");
	}
	for my $case (['customerId', 'orders', 'customers'],
		['serverId', 'provisioning/tasks', 'servers'],
		['q', 'customers', undef]) {
		my ($filter, $list, $table) = @$case;
		my $value = $table ? $ids{$table} : 'Xanthippe';
		is($panel->get("/api/admin/$list?$filter=$value",
			token => $who->{owner}, host => 'b.test')->{json}{total},
			0, "$list by the other's $filter is empty");
	}

	# ---- companies; last, since one's own log names what one asked for ----
	check_platform($panel, $_, $mine, $who)
		for grep { $_->{path} =~ $platform } @routes;

	# ---- credentials at the other door ----
	is($panel->get('/api/admin/orders', token => $admin, host => 'b.test')
		->{status}, 403, 'a person\'s token is refused on the other host');
	is($panel->get('/dashboard', cookie => $who->{cookie})->{status}, 303,
		'a session leads nowhere on the other host');
	is($panel->post('/api/auth/login', json => { email => 'boss@b.test',
		password => 'other-password-of-b' })->{status}, 401,
		'nor does the password');

	# ---- the application role's own SQL ----
	if ($db eq 'postgres') {
		my @tables = map { $_->[0] } rows($panel, q{SELECT table_name
			FROM information_schema.columns
			WHERE column_name = 'tenant_id'
			AND table_schema = current_schema()
			ORDER BY table_name}, 'demo');
		cmp_ok(scalar @tables, '>', 20, 'there are many tables');
		my $of = sub {
			my ($tenant) = @_;
			my $sql = join ' UNION ALL ', map {
				"SELECT '$_', count(*) FROM $_
				WHERE tenant_id = '$mine'" } @tables;
			my ($status, $text) = $panel->run('sql', '--read-only',
				$tenant ? ('--tenant', $tenant) : (), $sql);
			return { map { split /\t/ } split /\n/, $text };
		};
		my ($own, $others, $none) = ($of->('demo'), $of->('other'),
			$of->());
		cmp_ok(scalar(grep { $_ } values %$own), '>', 15,
			'one\'s own rows are seen');
		delete @$_{@open} for $others, $none;
		is(join(' ', grep { $others->{$_} ne '0' } sort keys %$others),
			'', 'in another tenant\'s scope none of them');
		is(join(' ', grep { $none->{$_} ne '0' } sort keys %$none),
			'', 'nor without a scope');
	}
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	$panel->stop;
}
done_testing();
