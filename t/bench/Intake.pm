# Intake.pm - the groups about writing: paid orders come, tasks are claimed.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# The order is the contract's, two websites and a backup, 45.82 in all; each
# has a client, a domain and a payment of its own.
package Intake;
use strict;
use warnings;
use Exporter 'import';
use JSON::PP ();
use MPanel::ByHand;
use MPanel::Orders;
use MPanel::Test;
use Rivals;
use Seed;

our @EXPORT = qw(intake intake_pg order_request);
our @EXPORT_OK = qw(make_room place);

my $raw = 'the raw transaction program';
my $mark = '@' x 12;

# Thousands of orders a second go to one server, which takes no more than it
# is said to.
sub make_room { my ($panel) = @_; by_hand($panel,
	'UPDATE servers SET capacity_sites = 1000000'); return }

sub order_request
{
	my ($b, $token) = @_;

	return $b->request(INTAKE, token => $token,
		json => contract_order("pi_$mark",
			customerEmail => "c$mark\@example.com",
			primaryDomain => "d$mark.example.com"));
}

# Those that find no room, or are reviewed for another reason, write less.
sub place
{
	my ($b, $panel, $order, %o) = @_;
	my $got = $b->load($panel->{port}, $order, %o,
		expect => '"status":"processing"');

	die "$got->{expected} of $got->{requests} orders are being processed\n"
		if $got->{expected} < $got->{requests};
	return $got;
}

# The same rows by as many processes, straight into the same database.
sub raw_order
{
	my ($b, $panel, @more) = @_;
	my $seconds = int($b->seconds(2) + 0.5) || 1;

	return Bench::json_of(as_user('mpanel', $b->tool('raw_order'), '--db',
		database_url($panel), '--seconds', $seconds, '--items', 3,
		'--seed', 1 + int rand 2**30, @more));
}

# Durable writes to the file system that the database is on.
sub disk
{
	my ($b, $panel) = @_;

	return Bench::json_of($b->tool('disk'), "$panel->{state}/disk.test",
		$b->seconds(0.7));
}

sub intake
{
	my ($b) = @_;
	my $panel = start_instance(workers => 2, welcome => 1);
	my $ready = $panel->ready;
	make_room($panel);
	my $order = order_request($b, $ready->{intakeToken});
	my $claim = $b->request('/api/worker/tasks/claim',
		token => $ready->{workerToken},
		json => { types => ['website'], leaseSeconds => 900 });

	place($b, $panel, $order, seconds => 1) unless $b->is_quick;
	my $got = $b->rounds(
		intake => sub { place($b, $panel, $order,
			seconds => $b->seconds(2)) },
		raw => sub { raw_order($b, $panel, '--processes', 2) },
		disk => sub { disk($b, $panel) },
		claim => sub { $b->load($panel->{port}, $claim,
			connections => 4, expect => '"task":{"') });
	$b->compare('intake', $got, 'intake', 'raw', $raw);
	$b->row('intake_p99_over_p50', unit => 'x', better => 'lower',
		value => Bench::median(map { $_->{p99_us} / $_->{p50_us} }
			@{ $got->{intake} }));
	$b->row('intake_p999_ms', unit => 'ms', better => 'lower',
		value => $b->median_of($got, 'intake', 'p999_us') / 1000);
	$b->row('raw_p999_ms', unit => 'ms', better => 'lower',
		value => $b->median_of($got, 'raw', 'p999_us') / 1000);
	$b->row('disk_fsync_p99_ms', unit => 'ms', better => 'lower',
		value => $b->median_of($got, 'disk', 'p99_us') / 1000);
	my @empty = grep { $_->{expected} < $_->{requests} } @{ $got->{claim} };
	$b->say_it(@empty . ' rounds of claims ran out of tasks') if @empty;
	$b->row('claim', value => $b->median_of($got, 'claim'), unit => '1/s');
	$panel->stop;
	return;
}

# ---- PostgreSQL ----

# More tenants that sell the same: their requests.
sub tenants
{
	my ($b, $panel, $n) = @_;

	return map {
		my $slug = "bench$_";
		my ($status) = $panel->run('tenant', 'add', '--slug', $slug,
			'--name', "Bench $_", '--host', "$slug.test");
		($status) = $panel->run('seed', '--tenant', $slug) unless $status;
		my (undef, $token) = $panel->run('token', 'add', '--tenant',
			$slug, '--scope', 'orders:intake', '--json');
		die "tenant $slug: $status" if $status;
		order_request($b, JSON::PP::decode_json($token)->{token});
	} 1 .. $n;
}

sub intake_pg
{
	my ($b) = @_;
	my $workers = $b->is_quick ? 2 : 12;
	my $panel = start_instance(db => 'postgres', workers => $workers,
		welcome => 1,
		set => { workers_ui => 1, workers_worker => 1 });
	my $one = order_request($b, $panel->ready->{intakeToken});
	my @eight = ($one, tenants($b, $panel, 7));
	make_room($panel);
	my %o = (connections => 3 * $workers, seconds => $b->seconds(2));

	place($b, $panel, \@eight, %o, seconds => 1)
		unless $b->is_quick;
	pg_analyze($panel);
	my $got = $b->rounds(
		one => sub { place($b, $panel, $one, %o) },
		raw => sub { raw_order($b, $panel, '--processes', $workers) },
		eight => sub { place($b, $panel, \@eight, %o) },
		raw_eight => sub { raw_order($b, $panel, '--processes', $workers,
			'--tenants', 8, '--no-counter') });
	$b->compare('intake_pg12', $got, 'one', 'raw', $raw);
	$b->compare('intake_pg12_tenants', $got, 'eight', 'raw_eight',
		"$raw without counter, 8 tenants");
	$b->row('intake_pg12_p99_over_p50', unit => 'x', better => 'lower',
		value => Bench::median(map { $_->{p99_us} / $_->{p50_us} }
			@{ $got->{one} }));
	$panel->stop;
	return;
}

1;
