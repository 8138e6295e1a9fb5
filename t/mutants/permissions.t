#!/usr/bin/perl
# permissions.t - a route that is declared weaker is noticed, and so is each
# check of a permission that is passed by.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	MPANEL_PERMISSIONS=all	`make mutants`: a panel is built in which every
#		check can be passed by (MPanel::Lets), and each of them is: some
#		page that staff of some role see must change, or an end-to-end
#		test fail; what nobody can notice is named in permissions.tsv.
#		Or a pattern: only those that match it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::ByHand;
use MPanel::FirstTenant;
use MPanel::Isolation;
use MPanel::Lets;
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Probe;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

use constant ROWS => 12; # of a table, whose pages are looked at

my $which = $ENV{MPANEL_PERMISSIONS} // '';
my $only = $which eq 'all' ? qr/./ : qr/$which/;

my @declared = split /\n/, slurp(source_dir() . '/t/e2e/matrix.tsv');

# ---- rows ----

# Each other value of a row's cells that decide who is let in.
sub weaker
{
	my ($line, $permissions) = @_;
	my ($method, $path, $auth, $perm, $csrf, $pool) = split /\t/, $line;
	my @cells = ((map { [$auth, $_, $csrf] } @$permissions),
		(map { [$_, $perm, $csrf] } qw(none tenant session api token
		server)), [$auth, $perm, 'none']);

	return grep { $_ ne $line } map { my ($a, $p, $c) = @$_;
		join "\t", $method, $path, $a, $p, $c, $pool } @cells;
}

sub test_rows
{
	my %perms = map { (split /\t/)[3] => 1 } @declared;
	my ($tried, @missed) = (0);

	for my $i (0 .. $#declared) {
		my @is = @declared;
		for my $line (weaker($declared[$i], [sort keys %perms])) {
			$is[$i] = $line;
			$tried++;
			my ($new, $gone) = undeclared(\@is, \@declared);
			push @missed, $line unless @$new && @$gone;
		}
	}
	is_deeply(\@missed, [], "$tried rows that say something else are noticed");
	cmp_ok($tried, '>', 30 * @declared, 'which are all there are');
}

test_rows();
is_deeply([MPanel::Lets::lost()], [],
	'each condition that refuses is where it is looked for');

# ---- checks ----

my ($panel, $lets);

# End-to-end tests of who may do what.
my @tests = map { "t/e2e/$_.t" } qw(matrix roles approvals people factors
	isolation openapi portal services tickets desk new_order notes jobs);

sub test_probe
{
	my ($test) = @_;

	return { name => $test, wrong => sub {
		local $ENV{MPANEL_TEST_ENGINES} = 'sqlite';
		local $ENV{MPANEL_INST} = $lets->{inst};
		local $ENV{MPANEL_TEST_TIMEOUT} = 300;
		system(source_dir() . "/$test >/dev/null 2>&1") ? 'fails' : '' } };
}

# What a page says to somebody, without what is new each time.
sub page_probe
{
	my ($who, $route, $path) = @_;
	my $was;

	return { name => "$who->{name} at $path", wrong => sub {
		my $is = MPanel::Isolation::masked(call_as($panel, $route,
			$path, $who), $route->{path});
		$was //= $is;
		return $was eq $is ? ''
			: MPanel::Isolation::difference($was, $is) } };
}

my @more;

# What no route and no id leads to alone.
sub find_more
{
	my @notes = rows($panel, "SELECT '/admin/customers/' || customer_id ||
		'/notes/' || id FROM customer_notes", $panel->slug);
	my @customers = map { "/admin/customers/$_" }
		ids_of($panel, 'customers');

	@more = ((map { "/search?q=$_" } qw(pi_matrix Client techstartup
		techstartup.net ORD- node1 orders New)),
		'/client/help/new?subject=x', '/api-docs/orders',
		(map { $_->[0] } @notes), map { my $customer = $_;
			map { "$customer?tab=$_" } qw(invoices payments domains
			websites tickets notes activity) } @customers);
}

sub pages_for
{
	my ($who, @routes) = @_;

	return ((grep { $_->[1] !~ m{^/audit} }
		pages_of_rows($panel, $who, ROWS, @routes)),
		map { [{ method => 'GET', path => $_ =~ s/\?.*//r }, $_] }
		@more);
}

# What it says, but for who it is said to.
sub said
{
	my ($who, $route, $path) = @_;

	return MPanel::Isolation::masked(call_as($panel, $route, $path, $who),
		$route->{path}) =~ s/class="av"[^>]*>\KL\w|lacks-[\w-]+/WHO/gr;
}

# Who lacks one thing: only where that is to be seen.
sub page_probes
{
	my ($all, $lackers, @who) = @_;
	my @routes = routes($panel);
	my %all = map { $_->[1] => said($all, @$_) } pages_for($all, @routes);

	return ((map { my $who = $_; map { page_probe($who, @$_) }
		pages_for($who, @routes) } @who),
		map { my $who = $_; map { page_probe($who, @$_) }
		grep { $all{ $_->[1] } ne said($who, @$_) }
		pages_for($who, @routes) } @$lackers);
}

# Compiled tests of what gives and decides, from the same source.
my @units = ((map { "t/identity/$_.t" } qw(account api_token approval gate role
	role_made user)), map { "t/support/$_.t" } qw(tickets sweep));

sub unit_probe
{
	my ($test) = @_;

	return { name => $test, wrong => sub {
		local %ENV = (%ENV, $lets->environment,
			MPANEL_TEST_ENGINES => 'sqlite',
			MPANEL_SRC => $lets->{dir});
		system("timeout 120 $lets->{dir}/build/$test >/dev/null 2>&1")
			? 'fails' : '' } };
}

sub named
{
	return map { my ($why, $check) = split /\t/, $_, 2; ($check => $why) }
		grep { !/^#/ } split /\n/, slurp("$FindBin::Bin/permissions.tsv");
}

sub start_panel
{
	$lets = MPanel::Lets->new;
	$lets->{inst} = $lets->programs(@units);
	local $ENV{MPANEL_INST} = $lets->{inst};
	$panel = start_instance(db => 'sqlite', agent => 1, set => {
		task_max_attempts => 1,
		rate_login_account => 1000, rate_login_address => 10_000 });
	make_mine($panel);
	$panel->stop;
	$panel->{agent} = 0;
	$panel->launch(60);
	some_rows($panel);
	$panel->hold_work;
	stay_awake($panel);
}

# Somebody who is neither of staff nor a customer.
sub bare
{
	return holder($panel, 'Bare', 'orders:read');
}

# People of the first customer with a right each.
sub look_after
{
	my ($customer) = MPanel::FirstTenant::ids_of($panel, 'customers');

	return map { my $right = $_;
		my $who = person($panel, "of-$right", 'customer');
		my $r = $panel->post("/api/admin/customers/$customer/people",
			token => $panel->admin_token, json => {
			email => "of-$right\@example.com", rights => [$right] });
		BAIL_OUT("people: $r->{content}") if $r->{status} !~ /^20/;
		$who } qw(billing technical support);
}

sub test_checks
{
	my %named = named();
	my ($all, @lackers) = lackers($panel);
	my @who = (made_roles($panel), bare(), look_after(), map {
		person($panel, $_, $_) } qw(customer support editor admin));

	leave_states($panel);
	# whose absence is told
	by_hand($panel, 'DELETE FROM tax_rules');
	find_more();
	my @probes = page_probes($all, \@lackers, @who);

	first_run($lets, $_) for @probes, @probes;
	@probes = grep { is(first_run($lets, $_), '', $_->{name}) } @probes;
	my @tests = ((map { unit_probe($_) } @units),
		map { test_probe($_) } @tests);
	is(first_run($lets, $_), '', "$_->{name} passes") for @tests;
	my @missed;
	for my $check (grep { /$only/ } $lets->names) {
		my $how = noticed($lets, \&alone, $check, @probes, @tests);
		note("$check\t" . ($how // 'is not noticed'));
		push @missed, $check unless defined $how;
	}
	is(join("\n", grep { !$named{$_} } @missed), '',
		'each check that is passed by is noticed');
	my %missed = map { $_ => 1 } @missed;
	is_deeply([grep { !$missed{$_} && /$only/ } sort keys %named], [],
		'and nothing is named that is');
	cmp_ok(scalar($lets->names), '>', 60, 'there are many');
}

if ($which ne '') {
	start_panel();
	test_checks();
	kill CONT => $panel->ready->{pids}{work};
	$panel->stop;
}
done_testing();
