# Service.pm - the groups about lasting: memory, and what goes on while others
# storm.
# SPDX-License-Identifier: AGPL-3.0-or-later
package Service;
use strict;
use warnings;
use Exporter 'import';
use Intake qw(make_room order_request place);
use List::Util qw(max sum);
use Lists;
use MPanel::Test;
use Seed;
use Time::HiRes qw(sleep);

our @EXPORT = qw(flood memory);

# ---- memory ----

sub workers
{
	my ($panel) = @_;
	my $master = $panel->ready->{pids}{master};

	return split ' ', slurp("/proc/$master/task/$master/children");
}

# The proportional share of one process, in KiB.
sub pss
{
	my ($pid) = @_;

	return slurp("/proc/$pid/smaps_rollup") =~ /^Pss:\s+(\d+)/m ? $1
		: die "process $pid: no Pss";
}

# Of a line through the points (x, y).
sub slope
{
	my @points = @_;
	my ($x, $y) = map { my $i = $_;
		sum(map { $_->[$i] } @points) / @points } 0, 1;
	my $below = sum map { ($_->[0] - $x) ** 2 } @points;

	return $below ? sum(map { ($_->[0] - $x) * ($_->[1] - $y) } @points)
		/ $below : 0;
}

# One worker for pages and one for the public API, so that each answers all of
# the requests: pages, lists, one order, what fails.
sub memory
{
	my ($b) = @_;
	my $part = $b->is_quick ? 100 : 20_000;
	my $panel = start_instance(workers => 1,
		set => { worker_max_requests => 10_000_000 });
	orders_by_sql($panel, 1000);
	my $cookie = signed_in($panel);
	my $token = $panel->admin_token;
	my $id = $panel->get('/api/admin/orders', token => $token)
		->{json}{items}[0]{id};
	my @asks = ((map { $b->request($_, cookie => $cookie) } '/orders',
		'/dashboard', "/orders/$id", '/admin/customers', '/nowhere'),
		map { $b->request($_, token => $token) } '/api/admin/orders',
		"/api/admin/orders/$id", '/api/health');
	my @public = ($b->request('/api/public/plans'));
	my (@points, @largest);

	if (!eval { pss((workers($panel))[0]); 1 }) {
		$b->say_it("memory of workers is root's to see: left out");
		$panel->stop;
		return;
	}
	my @before = workers($panel);
	for my $n (1 .. 5) {
		$b->load($panel->{port}, \@asks, requests => $part,
			seconds => 120, warm => 0, any => 1);
		$b->load($panel->{port}, \@public, requests => $part,
			seconds => 120, warm => 0);
		@largest = map { pss($_) } workers($panel);
		push @points, [$n * $part / 100_000, max @largest];
		$b->say_it($n * $part . ' requests: ' . join(' ', @largest)
			. ' KiB');
	}
	die "workers were replaced meanwhile\n"
		if "@before" ne join ' ', workers($panel);
	$b->row('pss_worker_mb', unit => 'MB', better => 'lower',
		value => max(@largest) / 1024);
	shift @points; # the first is the warm-up
	$b->row('pss_slope_kb_per_100k', unit => 'KiB', better => 'lower',
, value => slope(@points));
	$panel->stop;
	return;
}

# ---- a storm of log-ins ----

# 200 clients that try one address after the other, for $seconds.
sub log_ins
{
	my ($b, $panel, $seconds) = @_;
	my $mark = '@' x 12;
	my $file = $b->request('/api/auth/login', json => {
		email => "u$mark\@example.com", password => 'not the one' });

	open my $out, '-|', $b->tool('load'), '--port', $panel->{port},
		'--connections', 200, '--seconds', $seconds,
		'--seed', $b->next_seed, $file or die "load: $!";
	return $out;
}

# The most memory that a worker, the door's included, has ever had, in KiB.
sub peak
{
	my ($panel) = @_;

	return max(map { slurp("/proc/$_/status") =~ /^VmHWM:\s+(\d+)/m
		? $1 : 0 } workers($panel));
}

sub flood
{
	my ($b) = @_;
	my $panel = start_instance(workers => 2);
	orders_by_sql($panel, 1000);
	my $list = $b->request('/api/admin/orders',
		token => $panel->admin_token);
	my $page = $b->request('/orders', cookie => signed_in($panel));
	my $order = order_request($b, $panel->ready->{intakeToken});
	my $seconds = $b->seconds(2);
	my %o = (connections => 4, seconds => $seconds);
	my @tries;
	my $stormed = sub {
		my ($do) = @_;
		my $storm = log_ins($b, $panel, $seconds + 1);

		sleep 0.3;
		my $r = $do->();
		push @tries, JSON::PP::decode_json(do { local $/; <$storm> });
		close $storm;
		return $r;
	};

	my %do = (list => sub { $b->load($panel->{port}, $list, %o, any => 1) },
		page => sub { $b->load($panel->{port}, $page, %o, any => 1) },
		intake => sub { place($b, $panel, $order, %o) });

	make_room($panel);
	my $got = $b->rounds(map { my $what = $_; ($what => $do{$what},
		"$what in storm" => sub { $stormed->($do{$what}) }) }
		qw(list page intake));
	for my $what (qw(list page intake)) {
		$b->row("${what}_p99_login_flood_ms", unit => 'ms',
			better => 'lower',
			value => $b->median_of($got, "$what in storm", 'p99_us')
				/ 1000,
			ratio => $b->ratio($got, "$what in storm", $what,
				'p99_us'),
			against => 'the same without the log-ins');
	}
	$b->row('login_flood_peak_worker_mb', unit => 'MB', better => 'lower',
		value => peak($panel) / 1024);
	$b->row('login_flood_answers', unit => '1/s',
		value => Bench::median(map { $_->{rate} } @tries));
	my %status;
	for my $t (@tries) {
		$status{$_} += $t->{status}{$_} for keys %{ $t->{status} };
	}
	$b->say_it('log-ins: ' . join ', ', map { "$_: $status{$_}" }
		sort keys %status);
	$panel->stop;
	return;
}

1;
