#!/usr/bin/perl
# matrix.t - every route, whoever asks: let in or turned away as its row says,
# and no form or call from elsewhere changes a row.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Routes come from `mpanel routes --json`; what they declare is written down in
# t/e2e/matrix.tsv, so that a permission cannot be weakened in passing: run
# with MPANEL_WRITE=1 to write it anew, and read the difference.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IPC::Open2;
use JSON::PP ();
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $json = JSON::PP->new->utf8->canonical;
my $word = 'rusty anvil picnic';
my $missing = '019f0000-0000-7000-8000-000000000000';
my $written = "$FindBin::Bin/matrix.tsv";
my ($panel, $db);

# What ends the caller's own session, or does something to all there is: who is
# let in does not try these here.
my %acts = map { $_ => 1 } (
	'POST /logout', 'POST /api/auth/logout', 'DELETE /api/auth/sessions',
	'POST /account/sessions/others',
);

sub mpanel_with
{
	my ($input, @args) = @_;
	my $pid = open2(my $from, my $to, $panel->ready->{bin}{mpanel},
		'--config', $panel->ready->{config}, @args);

	print $to $input;
	close $to;
	my $out = do { local $/; <$from> };
	waitpid $pid, 0;
	die "mpanel @args: $out" if $?;
	return $out;
}

# ---- who asks ----

# A person: a token for calls, a cookie for pages.
sub person
{
	my ($name, $role, $tenant, $host) = @_;
	my $email = "$name\@example.com";
	my @host = $host ? (host => $host) : ();

	mpanel_with($word, qw(user add --password-stdin), '--tenant',
		$tenant // 'demo', '--email', $email, '--role', $role);
	my $r = $panel->post('/api/auth/login', @host,
		json => { email => $email, password => $word });
	return { name => $name, kind => 'person', host => \@host,
		token => $r->{json}{accessToken},
		perms => { map { $_ => 1 } @{ $r->{json}{user}{permissions} } },
		$panel->sign_in(email => $email, password => $word, @host) };
}

sub program
{
	my ($name, $kind, $tenant, @args) = @_;
	my ($token) = mpanel_with('', qw(token add --tenant), $tenant, @args)
		=~ /(mpk_\S+)/;
	my %o = @args;

	return { name => $name, kind => $kind, token => $token, host => [],
		perms => { map { $_ => 1 } split /,/, $o{'--scope'} } };
}

sub everybody
{
	my $server = $panel->ready->{serverId};

	mpanel_with('', qw(tenant add --slug other --name Other --host b.test));
	mpanel_with('', qw(tenant add --slug hq --name HQ --platform
		--host hq.test));
	return (
		{ name => 'anonymous', kind => 'nobody', perms => {},
			host => [] },
		person('customer', 'customer'),
		person('customer2', 'customer'),
		person('support', 'support'),
		person('editor', 'editor'),
		person('admin', 'admin'),
		person('owner', 'super_admin'),
		person('boss', 'super_admin', 'other', 'b.test'),
		person('chief', 'super_admin', 'hq', 'hq.test'),
		program('worker', 'server', 'demo', '--scope', 'tasks:work',
			'--server', $server),
		program('reader', 'program', 'demo', '--scope', 'orders:read'),
		program('intake', 'program', 'demo', '--scope',
			'orders:intake'),
	);
}

# ---- what the row says ----

# Who is who for a route's row.
sub is_let_in
{
	my ($route, $who) = @_;
	my ($auth, $perm) = @$route{qw(auth permission)};
	my $kinds = {
		session => ['person'], api => ['person', 'program'],
		token => ['program', 'server'], server => ['server'],
	}->{$auth} or return 1;

	return 0 unless grep { $_ eq $who->{kind} } @$kinds;
	return $perm eq 'signed-in' || $who->{perms}{$perm};
}

sub is_api { return $_[0]{path} =~ m{^/(?:api/|graphql|webhooks/|\.well-known)} }

# Status codes that say so.
sub wanted
{
	my ($route, $who) = @_;

	if (is_let_in($route, $who)) {
		return qr/^(?!401|403|5(?!01))/;
	}
	return qr/^401$/ if $who->{kind} eq 'nobody' && is_api($route);
	# pages know cookies only, and a program has none
	return qr/^303$/ if !is_api($route) && $who->{kind} ne 'person';
	return qr/^403$/;
}

sub path_of
{
	my ($route, $value) = @_;

	return join '/', map { /^:/ ? $value : $_ eq '*' ? 'x' : $_ }
		split m{/}, $route->{path}, -1;
}

sub call
{
	my ($route, $path, $who) = @_;
	my %o = @{ $who->{host} };
	my $writes = $route->{method} ne 'GET';

	if (is_api($route)) {
		$o{token} = $who->{token} if $who->{token};
		$o{json} = {} if $route->{method} =~ /^(?:POST|PUT|PATCH)$/;
	} else {
		$o{cookie} = $who->{cookie} if $who->{cookie};
		@o{qw(type body)} = ('application/x-www-form-urlencoded',
			'csrf=' . ($who->{csrf} // '')) if $writes;
		$o{headers}{origin} = $panel->url
			=~ s/127\.0\.0\.1/$o{host} || '127.0.0.1'/re if $writes;
	}
	return $panel->request($route->{method}, $path, %o);
}

# ---- forms and calls from elsewhere ----

# What each row of the house says, but for what a refusal notes.
sub all_rows
{
	my @tables = map { $_->[0] } rows($panel, $db eq 'sqlite'
		? "SELECT name FROM sqlite_master WHERE type = 'table'
			AND name NOT LIKE 'sqlite%' ORDER BY name"
		: "SELECT table_name FROM information_schema.tables
			WHERE table_schema = current_schema()
			ORDER BY table_name", 'demo');
	my %rows;

	for my $table (grep { !/^(?:audit_|queue|server_metrics|schema_)/ }
		@tables) {
		my @all = rows($panel, "SELECT * FROM $table", 'demo');
		# when they were seen is no change
		$rows{$table} = $table =~ /^(?:sessions|api_tokens|servers)$/
			? scalar @all : join "\n", sort map { join "\t",
				map { $_ // '' } @$_ } @all;
	}
	return \%rows;
}

# Every way to send it that is not one's own form or program: name => call.
sub foreign_ways
{
	my ($route, $path, $me, $other) = @_;
	my $form = 'application/x-www-form-urlencoded';
	my $url = $panel->url;
	my %base = (cookie => $me->{cookie});
	my @ways;

	if (is_api($route)) {
		my %json = (%base, $route->{method} eq 'DELETE' ? ()
			: (json => {}));
		@ways = (
			['without a token', %json, headers => { origin => $url }],
			['without token and origin', %json],
			['of another session', %json, headers => {
				origin => $url, 'x-csrf-token' => $other->{csrf} }],
			['from another site', %json, headers => {
				origin => 'http://evil.test',
				'x-csrf-token' => $me->{csrf} }],
			['from a site that says cross-site', %json, headers => {
				'sec-fetch-site' => 'cross-site',
				'x-csrf-token' => $me->{csrf} }],
		);
		push @ways, ['as text/plain', %base, type => 'text/plain',
			body => '{}', headers => { origin => $url }]
			if $route->{method} ne 'DELETE';
	} else {
		my $mine = "csrf=$me->{csrf}";
		@ways = (
			['without a token', %base, type => $form, body => '',
				headers => { origin => $url }],
			['of another session', %base, type => $form,
				body => "csrf=$other->{csrf}",
				headers => { origin => $url }],
			['of nobody', %base, type => $form, body => 'csrf=x',
				headers => { origin => $url }],
			['from another site', %base, type => $form,
				body => $mine,
				headers => { origin => 'http://evil.test' }],
			['from a frame without origin', %base, type => $form,
				body => $mine, headers => { origin => 'null' }],
			['from a site that says cross-site', %base,
				type => $form, body => $mine, headers => {
				'sec-fetch-site' => 'cross-site' }],
			['as JSON', %base, type => 'text/plain',
				body => $mine, headers => { origin => $url }],
		);
	}
	return map { my ($name, %o) = @$_; [$name, sub {
		$panel->request($route->{method}, $path, %o) }] } @ways;
}

sub check_foreign
{
	my ($me, $other, @routes) = @_;
	my $before = all_rows();
	my ($tried, @bad) = (0);

	for my $route (@routes) {
		my $path = path_of($route, $missing);
		for my $way (foreign_ways($route, $path, $me, $other)) {
			my ($name, $send) = @$way;
			my $r = $send->();
			$tried++;
			push @bad, "$route->{method} $route->{path} $name: "
				. "$r->{status}" if $r->{status} !~ /^(?:403|415)$/;
		}
	}
	is_deeply(\@bad, [], "$tried calls and forms from elsewhere are refused");
	cmp_ok($tried, '>', 300, 'and they were many');
	my $after = all_rows();
	is_deeply([grep { $before->{$_} ne $after->{$_} } sort keys %$before],
		[], 'not a row has changed');
}

# ---- what was declared ----

sub check_declared
{
	my (@routes) = @_;
	my $text = join '', map { join("\t", @$_{qw(method path auth)},
		$_->{permission} // '-', $_->{csrf}, $_->{pool}) . "\n" }
		sort { "$a->{path} $a->{method}" cmp "$b->{path} $b->{method}" }
		@routes;

	if ($ENV{MPANEL_WRITE}) {
		open my $fh, '>', $written or die "$written: $!";
		print $fh $text;
		close $fh;
	}
	my %is = map { $_ => 1 } split /\n/, $text;
	my %was = map { $_ => 1 } split /\n/, slurp($written);
	is_deeply([grep { !$was{$_} } sort keys %is], [],
		'every route is declared as matrix.tsv says');
	is_deeply([grep { !$is{$_} } sort keys %was], [], 'and none is gone');
}

for my $engine (engines()) {
	$db = $engine;
	$panel = start_instance(db => $engine, set => {
		metrics_loopback => 'no', rate_login_account => 1000, rate_login_address => 10_000 });
	$panel->intake(small_order('pi_matrix'));
	my (undef, $text) = $panel->run(qw(routes --json));
	my @all = @{ $json->decode($text) };
	my @routes = grep { $_->{name} !~ /^soon / } @all;

	check_declared(@routes) if $engine eq (engines())[0];
	cmp_ok(scalar @routes, '>', 200, "$engine: the routes are known");
	my @who = everybody();
	my %counts;
	for my $who (@who) {
		my @bad;
		for my $route (@routes) {
			my $call = "$route->{method} $route->{path}";
			my $in = is_let_in($route, $who);
			next if $in && $acts{$call};
			next if $route->{csrf} eq 'door';
			my $r = call($route, path_of($route, $missing), $who);
			$counts{$in ? 'let in' : 'turned away'}++;
			push @bad, "$call: $r->{status}"
				if $r->{status} !~ wanted($route, $who);
			push @bad, "$call: $r->{status} for a missing one"
				if $in && $route->{path} =~ /:id/
				&& $r->{status} =~ /^[23]/;
		}
		is(join("\n", @bad), '', "$who->{name} gets what the rows say");
	}
	note(join ', ', map { "$_ $counts{$_}" } sort keys %counts);
	cmp_ok($counts{$_}, '>', 500, "$_ often") for sort keys %counts;

	my %by = map { $_->{name} => $_ } @who;
	check_foreign($by{owner}, $by{admin}, grep { $_->{method} ne 'GET'
		&& $_->{auth} =~ /^(?:session|api)$/ } @routes);
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
