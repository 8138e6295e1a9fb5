#!/usr/bin/perl
# openapi.t - the document has every call of the API, and nothing else.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $mpanel = "$ENV{MPANEL_BUILD}/mpanel";
my $doc_path = '/api/openapi.json';

sub output
{
	my (@argv) = @_;

	open my $out, '-|', @argv or die "$argv[0]: $!";
	my $text = do { local $/; <$out> };
	close $out or die "@argv: $?";
	return $text;
}

# "GET /api/x/{id}" of each operation of a document.
sub calls_of
{
	my ($doc) = @_;

	return sort map {
		my $path = $_;
		map { uc . " $path" } keys %{ $doc->{paths}{$path} };
	} keys %{ $doc->{paths} };
}

sub operations
{
	my ($doc) = @_;

	return map { values %$_ } values %{ $doc->{paths} };
}

# The same of a route.
sub call_of
{
	my ($route) = @_;

	return "$route->{method} " . ($route->{path} =~ s/:(\w+)/{$1}/gr
		=~ s/\*$/{rest}/r);
}

# Every $ref below a value.
sub refs
{
	my ($value) = @_;

	return map { refs($_) } @$value if ref $value eq 'ARRAY';
	return unless ref $value eq 'HASH';
	return map { $_ eq '$ref' && !ref $value->{$_} ? $value->{$_}
		: refs($value->{$_}) } keys %$value;
}

sub leads_somewhere
{
	my ($doc, $ref) = @_;

	for my $step (split m{/}, $ref =~ s{^#/}{}r) {
		$doc = $doc->{$step} // return 0;
	}
	return 1;
}

my $text = output($mpanel, 'openapi');
my $doc = decode_json($text);
my @routes = grep { $_->{path} =~ m{^/(?:api|webhooks|\.well-known)/} }
	@{ decode_json(output($mpanel, 'routes', '--json')) };
my %route = map { call_of($_) => $_ } @routes;

subtest 'the document' => sub {
	my %seen;

	is($doc->{openapi}, '3.1.0', 'is OpenAPI 3.1');
	cmp_ok(scalar @routes, '>', 300, 'there are calls: ' . @routes);
	is_deeply([calls_of($doc)], [sort keys %route],
		'every call is in it, and nothing else');
	is_deeply([grep { $seen{ $_->{operationId} }++ } operations($doc)], [],
		'each has a name of its own');
	is_deeply([grep { !leads_somewhere($doc, $_) } refs($doc)], [],
		'every reference leads somewhere');
	is_deeply([grep { !$_->{summary} } operations($doc)], [],
		'each says what it is');
};

subtest 'an operation' => sub {
	my (@unlike, @open, @lost);

	for my $call (calls_of($doc)) {
		my ($method, $path) = split / /, $call;
		my $does = $doc->{paths}{$path}{lc $method};
		my $needs = $route{$call}{permission};
		my @named = sort map { $_->{name} } grep {
			($_->{in} // '') eq 'path' } @{ $does->{parameters} };

		push @unlike, $call
			if ($does->{'x-permission'} // '') ne ($needs // '');
		push @open, $call if !!@{ $does->{security} } != !!$needs;
		push @lost, $call unless "@named"
			eq join ' ', sort $path =~ /\{(\w+)\}/g;
	}
	is_deeply(\@unlike, [], 'names the permission of its route');
	is_deeply(\@open, [], 'asks for credentials where its route does');
	is_deeply(\@lost, [], 'has the parameters of its path');

	my $list = $doc->{paths}{'/api/admin/orders'}{get};
	my %query = map { $_->{name} => $_->{schema} } @{ $list->{parameters} };
	is_deeply([sort grep { /^(?:status|sort|limit|cursor|q|total)$/ }
		keys %query], [qw(cursor limit q sort status)],
		'a list has its filters, and only those');
	is_deeply([grep { /total|metadata/ } @{ $query{sort}{enum} }],
		[qw(total -total)], 'and sorts by what it sorts by');
	is($doc->{paths}{'/api/kubernetes'}{get}{responses}{200}, undef,
		'what is not built promises nothing');
	ok($doc->{paths}{'/api/kubernetes'}{get}{responses}{501}, 'but 501');
	my $add = $doc->{paths}{'/api/admin/tax-rules'}{post};
	is($add->{requestBody}{content}{'application/json'}{schema}{'$ref'},
		'#/components/schemas/tax-rules.new',
		'a described noun says what it takes');
	ok((grep { ($_->{'$ref'} // '') =~ /idempotencyKey/ }
		@{ $add->{parameters} }), 'a change may have a key');
};

# What who is signed in may do, by the routes and by GET /api/auth/permissions.
sub allowed
{
	my ($permissions) = @_;
	my %has = map { $_ => 1 } @$permissions, 'signed-in';

	return sort grep { !$route{$_}{permission}
		|| ($has{ $route{$_}{permission} }
			&& $route{$_}{auth} =~ /^(?:session|api)$/) }
		keys %route;
}

sub token_of
{
	my ($panel, $role) = @_;
	my $email = "$role\@example.com";
	my $password = 'a plain long secret of tests';
	my $file = scratch() . '/password';

	open my $fh, '>', $file or die "$file: $!";
	print $fh $password;
	close $fh;
	my $ready = $panel->ready;
	system("'$ready->{bin}{mpanel}' --config '$ready->{config}' user add"
		. " --tenant demo --email $email --role $role"
		. " --password-stdin <'$file' >/dev/null") == 0
		or die "user add: $?";
	my $r = $panel->post('/api/auth/login', json => {
		email => $email, password => $password });
	die "log-in: $r->{status} $r->{content}" unless $r->{status} == 200;
	return $r->{json}{accessToken};
}

sub look
{
	my ($panel, $db) = @_;
	my $r = $panel->get($doc_path);

	is($r->{status}, 200, 'anyone may read it');
	is("$r->{content}\n", $text, 'as `mpanel openapi` prints it');
	like($r->{headers}{etag}, qr/^"[0-9a-f]{64}"$/, 'under a name');
	my $same = $panel->get($doc_path,
		headers => { 'if-none-match' => $r->{headers}{etag} });
	is($same->{status} . ($same->{content} // ''), '304',
		'and who has it is not sent it again');

	is($panel->get("$doc_path?mine=1")->{status}, 401,
		'what may I? is asked by somebody');
	is($panel->get("$doc_path?mine=2")->{status}, 422, 'mine is 1');
	is($panel->get("$doc_path?yours=1")->{status}, 400,
		'another parameter is refused');
	my %etag;
	for my $role (qw(admin support customer)) {
		my $token = token_of($panel, $role);
		my $mine = $panel->get("$doc_path?mine=1", token => $token);
		my $has = $panel->get('/api/auth/permissions',
			token => $token)->{json}{permissions};

		is_deeply([calls_of($mine->{json})], [allowed($has)],
			"$role sees just what $role may do");
		unlike($mine->{headers}{'cache-control'}, qr/public/,
			'which no cache keeps for others');
		$etag{ $mine->{headers}{etag} }++;
		for my $path (qw(/api/admin/orders /api/admin/audit-logs
			/api/admin/tenants)) {
			my $there = $mine->{json}{paths}{$path};
			my $got = $panel->get($path, token => $token);

			is($got->{status}, $there ? 200 : 403,
				"$role: $path is as it says");
		}
	}
	is(keys %etag, 3, 'each set of rights has a document of its own');
	my $node = $panel->get("$doc_path?mine=1",
		token => $panel->ready->{workerToken});
	ok($node->{json}{paths}{'/api/worker/tasks/claim'},
		"a server's token sees its own calls");
	is($node->{json}{paths}{'/api/auth/me'}, undef, 'and no person\'s');
	look_strict($panel);
}

# Whose role needs a second factor, which they do not have yet.
sub look_strict
{
	my ($panel) = @_;

	$panel->post('/api/admin/roles', token => $panel->admin_token,
		json => { name => 'strict', permissions => ['orders:read'],
		needsFactor => JSON::PP::true });
	my $token = token_of($panel, 'strict');
	my $paths = $panel->get("$doc_path?mine=1", token => $token)
		->{json}{paths};

	for my $path (qw(/api/admin/orders /api/auth/log-ins)) {
		is($panel->get($path, token => $token)->{status}, 403,
			"$path: a second factor is to be set up before");
		is($paths->{$path}, undef, 'nor is it told of');
	}
	ok($paths->{'/api/2fa/status'}, 'but what leads to one');
}

# The pages for people: every call is on one of them.
sub read_pages
{
	my ($panel) = @_;
	my %who = $panel->sign_in;
	my $index = $panel->get('/api-docs', cookie => $who{cookie});
	my %href = map { $_ => 1 } $index->{content}
		=~ m{"(/api-docs/[^"#]+)}g;
	my %shown;

	is($index->{status}, 200, 'staff may read about it');
	for my $href (sort keys %href) {
		my $page = $panel->get($href, cookie => $who{cookie});

		$shown{"$1 $2"}++ while $page->{content}
			=~ m{<h2[^>]*><code>(\w+) ([^<]+)</code>}g;
	}
	is_deeply([sort keys %shown], [sort keys %route],
		'every call is on a page, and nothing else');
	my $page = $panel->get('/api-docs/orders', cookie => $who{cookie});
	like($page->{content}, qr{orders/\{id\}/refund.*?payments:refund
		.*?<code>reason</code></th><td[^>]*>text\b.*?optional}sx,
		'with its permission and what it takes');
	like($page->{content}, qr{<code>items\[\]\.product</code>},
		'and what it answers');
	is($panel->get('/api-docs/nothing', cookie => $who{cookie})->{status},
		404, 'a noun that has no calls is not found');
	is($panel->get('/api-docs')->{status}, 303,
		'who is not signed in is led to the door');
	is($panel->get('/api-docs', token => token_of($panel, 'client'))
		->{status}, 403, 'customers have no such page');
}

for my $db (engines()) {
	my $panel = start_instance(db => $db);

	subtest $db => sub { look($panel, $db) };
	subtest "$db: pages" => sub { read_pages($panel) };
	$panel->stop;
}
done_testing();
