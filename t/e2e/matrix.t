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
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $missing = '019f0000-0000-7000-8000-000000000000';
my $written = "$FindBin::Bin/matrix.tsv";
my ($panel, $db);

# What ends the caller's own session, or does something to all there is: who is
# let in does not try these here.
my %acts = map { $_ => 1 } (
	'POST /logout', 'POST /api/auth/logout', 'DELETE /api/auth/sessions',
	'POST /account/sessions/others',
);

# ---- forms and calls from elsewhere ----

# What each row of the house says, but for what a refusal and the clock note.
sub all_rows
{
	my @tables = map { $_->[0] } rows($panel, $db eq 'sqlite'
		? "SELECT name FROM sqlite_master WHERE type = 'table'
			AND name NOT LIKE 'sqlite%' ORDER BY name"
		: "SELECT table_name FROM information_schema.tables
			WHERE table_schema = current_schema()
			ORDER BY table_name", 'demo');
	my %rows;

	for my $table (grep { !/^(?:audit_|queue|server_metrics|schema_)/
		&& !/^(?:clock_runs|work_processes|search_walks|\w+_checks)$/ }
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

# A lease that runs out would change its row by itself.
sub end_leases
{
	my $at = '/api/admin/provisioning/tasks';

	for my $task (map { $_->[0] } rows($panel, "SELECT id
			FROM provisioning_tasks WHERE tenant_id =
			'@{[$panel->ready->{tenantId}]}'
			AND status = 'in_progress'", 'demo')) {
		is($panel->post("$at/$task/cancel", json => {},
			token => $panel->admin_token)->{status}, 200,
			'a task that nobody reports is cancelled');
	}
}

sub check_foreign
{
	my ($me, $other, @routes) = @_;
	end_leases();
	my $before = all_rows();
	my ($tried, @bad) = (0);

	for my $route (@routes) {
		my $path = path_with($route, $missing);
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

# ---- what pages offer and tell ----

# All pages about a row, lists, and what is said to who is refused, but for the
# page of examples.
sub check_pages
{
	my ($who, @routes) = @_;
	my ($seen, @bad) = (0);
	my ($refused) = grep { $_->{path} eq '/tenants' } @routes;

	for my $page ([$refused, '/tenants'],
		grep { $_->[0]{path} ne '/styleguide' }
		pages_of($panel, $who, @routes)) {
		my ($route, $path) = @$page;
		my $r = call_as($panel, $route, $path // next, $who);
		next if $r->{status} !~ /^(?:200|403)$/;
		$seen++;
		push @bad, map { "$path $_" } wrong_offers($who, $r, @routes);
	}
	is(join("\n", @bad), '', "$who->{name} is offered nothing else, "
		. "on $seen pages");
}

# Who may look at the dashboard has its figures, but nothing of the rows behind
# them; nor does the search find any.
sub check_narrow
{
	my ($who) = @_;

	for my $word ('', qw(pi_matrix Client techstartup ORD- srv1)) {
		my $path = $word eq '' ? '/dashboard' : "/search?q=$word";
		my $r = $panel->get($path, cookie => $who->{cookie});
		is($r->{status}, 200, "$who->{name} is let in to $path");
		is(join(' ', grep { $_ ne $word && index($r->{content}, $_) >= 0 }
			qw(pi_matrix ORD-2 INV- srv1 starter client@example),
			'Client Name', 'techstartup.net'), '',
			'which tells nothing else that they may not read');
	}
}

# ---- what was declared ----

sub check_declared
{
	my @is = declared(@_);

	if ($ENV{MPANEL_WRITE}) {
		open my $fh, '>', $written or die "$written: $!";
		print $fh map { "$_\n" } @is;
		close $fh;
	}
	my ($new, $gone) = undeclared(\@is, [split /\n/, slurp($written)]);
	is_deeply($new, [], 'every route is declared as matrix.tsv says');
	is_deeply($gone, [], 'and none is gone');
}

for my $engine (engines()) {
	$db = $engine;
	$panel = start_instance(db => $engine, set => {
		metrics_loopback => 'no', rate_login_account => 1000,
		rate_login_address => 10_000 });
	some_rows($panel);
	my @routes = routes($panel);

	check_declared(@routes) if $engine eq (engines())[0];
	cmp_ok(scalar @routes, '>', 200, "$engine: the routes are known");
	my @who = everybody($panel);
	my %counts;
	for my $who (@who) {
		my @bad;
		for my $route (@routes) {
			my $call = "$route->{method} $route->{path}";
			my $in = is_let_in($route, $who);
			next if $in && $acts{$call};
			next if $route->{csrf} eq 'door';
			my $r = call_as($panel, $route,
				path_with($route, $missing), $who);
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

	my @made = made_roles($panel);
	check_pages($_, @routes) for @made, grep { !@{ $_->{host} }
		&& ($_->{perms}{'dashboard:read'}
		|| $_->{perms}{'portal:use'}) } @who;
	check_narrow(grep { $_->{name} eq 'narrow' } @made);

	my %by = map { $_->{name} => $_ } @who;
	check_foreign($by{owner}, $by{admin}, grep { $_->{method} ne 'GET'
		&& $_->{auth} =~ /^(?:session|api)$/ } @routes);
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
