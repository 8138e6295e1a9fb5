#!/usr/bin/perl
# isolation.t - one tenant neither sees nor reaches anything of another.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Who tries what at whose is in t/lib/MPanel/Isolation.pm; t/mutants/ shows that
# it notices the loss of a predicate.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Isolation;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

# Read before the tenant is known, without row-level security: nothing secret
# is in them (t/store/rls.c holds them to that).
my @open = qw(api_tokens queue sessions tenant_hosts);

# What must not change when somebody else calls.
sub state_of
{
	my ($panel, $tenant) = @_;

	return join "\n", map { join "\t", @$_ } map {
		rows($panel, "SELECT id, status, version FROM $_
			WHERE tenant_id = '$tenant' ORDER BY id", 'demo')
	} qw(orders subscriptions websites provisioning_tasks invoices payments);
}

sub check_platform
{
	my ($scene, $route) = @_;
	my ($path, $none) = map { $route->{path} =~ s/:id/$_/r
		=~ s/:host/demo.test/r } $scene->{mine},
		$MPanel::Isolation::missing;
	my $r = $scene->call($route, $path);
	my $is = MPanel::Isolation::masked($r, $path);

	is($r->{status}, 403, "$route->{method} $route->{path} is refused");
	is($is, MPanel::Isolation::masked($scene->call($route, $none), $none),
		'as for a missing one');
}

# That it finds what is one's own keeps this honest.
sub finds_own
{
	my ($scene, $route, $admin) = @_;

	return 0 unless MPanel::Isolation::is_built($route)
		&& $route->{method} eq 'GET'
		&& $route->{auth} =~ /^(?:session|api)$/
		&& $route->{path} =~ m{^/api/};
	my $r = $scene->{panel}->get($scene->path_of($route), token => $admin);

	return is($r->{status}, 200, "and finds one's own")
		|| diag("$route->{path}: $r->{content}");
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, agent => 1,
		set => { approve_refund_over => 1 });
	my $scene = MPanel::Isolation->new($panel);
	my $mine = $scene->{mine};
	isnt($scene->{page}{csrf}, undef,
		"$db: another tenant's owner is on the pages");
	cmp_ok($scene->{rows}{$_}, '>', 0, "there are rows in $_")
		for MPanel::Isolation::tables();
	my $before = state_of($panel, $mine);
	my @routes = @{ $scene->{routes} };
	cmp_ok(scalar @routes, '>', 80, 'the routes are known');

	# ---- rows by their id ----
	my ($tried, $found) = (0, 0);
	my $admin = $panel->admin_token;
	for my $probe ($scene->by_id) {
		is($probe->{wrong}->(), '', "$probe->{name} finds nothing");
		$tried++ if MPanel::Isolation::is_built($probe->{route});
		$found++ if finds_own($scene, $probe->{route}, $admin);
	}
	cmp_ok($tried, '>', 30, 'many routes were tried');
	cmp_ok($found, '>', 15, 'and found what is theirs');
	is(state_of($panel, $mine), $before, 'nothing of the first has changed');

	# ---- lists and pages ----
	ok(indexed($_), 'words of rows are in the index')
		for $panel, $scene->{other};
	is($_->{wrong}->(), '', "$_->{name} tells nothing") for $scene->lists;
	my %own = (orders => 2, customers => 2, servers => 1,
		'intake-refusals' => 0);
	is($scene->total($_), $own{$_}, "$_ holds one's own rows")
		for sort keys %own;
	is($_->{wrong}->(), '', "$_->{name} finds nothing") for $scene->filters;
	is($_->{wrong}->(), '', "$_->{name}: one's own")
		for $scene->repeated, $scene->numbers, $scene->taxes;

	# ---- companies; last, since one's own log names what one asked for ----
	check_platform($scene, $_)
		for grep { $_->{path} =~ $MPanel::Isolation::platform } @routes;

	# ---- credentials at the other door ----
	is($panel->get('/api/admin/orders', token => $admin, host => 'b.test')
		->{status}, 403, 'a person\'s token is refused on the other host');
	is($panel->get('/dashboard', cookie => $scene->{page}{cookie})
		->{status}, 303, 'a session leads nowhere on the other host');
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
