#!/usr/bin/perl
# metrics.t - figures, health and logs as those who watch a panel need them.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need(scalar(grep { -x "$_/promtool" } split /:/, $ENV{PATH}),
	'promtool is not installed');

# {name and labels} => value
sub scrape
{
	my ($panel) = @_;
	my $text = $panel->get('/api/metrics')->{content};

	return { map { /^([^#].*) (\S+)$/ ? ($1 => $2) : () } split /\n/, $text };
}

# Sum of what a name counted, over its labels.
sub sum
{
	my ($figures, $pattern) = @_;
	my $sum = 0;

	$sum += $figures->{$_} for grep { /^$pattern/ } keys %$figures;
	return $sum;
}

# Anybody may ask for each route there is, and each is counted by its name.
sub check_all_routes
{
	my ($panel) = @_;
	my (undef, $text) = $panel->run(qw(routes --json));
	my @routes = @{ JSON::PP::decode_json($text) };

	for my $route (grep { $_->{name} ne 'metrics' } @routes) {
		(my $path = $route->{path}) =~ s/[:*]\w*/x/g;
		$panel->ask($route->{method}, $path);
	}
	my $r = $panel->get('/api/metrics');
	my %seen = map { $_ => 1 } $r->{content} =~
		/^mpanel_http_requests_total\{route="([^"]+)"/mg;
	my %named = map { $_->{name} => 1 } @routes;
	is($r->{status}, 200, 'when each route has been asked for, they come');
	is_deeply([grep { !$seen{$_} } sort keys %named], [], 'with each name');
	cmp_ok(length $r->{content}, '<', 512 * 1024, 'and are not too many');
	return;
}

sub workers
{
	my ($panel) = @_;
	my $master = $panel->ready->{pids}{master};

	return split ' ', slurp("/proc/$master/task/$master/children");
}

# What is wrong with the lines of a log: JSON objects with each member once, a
# time, a level and an event, and nothing secret.
sub bad_lines
{
	my ($file, @secrets) = @_;
	my @bad;

	for my $line (split /\n/, slurp($file)) {
		my $o = eval { JSON::PP->new->utf8->decode($line) };
		my %seen;
		my @why = grep { $seen{$_}++ } $line =~ /[{,]"(\w+)":/g;
		push @why, 'no object' if ref $o ne 'HASH';
		push @why, 'no time' if ref $o && ($o->{time} // '') !~
			/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|\+00:00)$/;
		push @why, 'no level' if ref $o && ($o->{level} // '') !~
			/^(?:debug|info|warn|error)$/;
		push @why, 'no event' if ref $o && !length($o->{event} // '');
		push @why, 'a secret'
			if grep { index($line, $_) >= 0 } @secrets;
		push @bad, "@why: $line" if @why;
	}
	return @bad;
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => 3, agent => 1);
	my $ready = $panel->ready;

	# ---- figures ----
	at_once(6, sub { $panel->intake(small_order($_[0]))->{status} },
		map { "pi_metric_$_" } 1 .. 12);
	at_once(6, sub { $panel->intake(small_order('pi_metric_1'))->{status} },
		1 .. 6);
	$panel->intake(odd_order('pi_odd'));
	$panel->intake(small_order('pi_none', customerEmail => 'x'));
	my $admin = $panel->admin_token;
	$panel->post('/api/auth/login', json => { email => $ready->{adminEmail},
		password => 'Wrong-password-1' });
	ok(wait_for(60, sub {
		scrape($panel)->{mpanel_tasks_succeeded_total} == 12;
	}), "$db: the figures count what the agent did")
		or diag($panel->log_text);
	for (1 .. 4) {
		my $is = scrape($panel);
		is_deeply([@$is{map { "mpanel_${_}_total" } qw(intakes_placed
			intakes_replayed intakes_review intakes_refused
			login_failures tasks_claimed tasks_failed)}],
			[12, 6, 1, 1, 1, 12, 0],
			'any worker tells what all of them have counted');
	}
	my $before = scrape($panel);
	is(sum($before, 'mpanel_http_requests_total\{route="intake.place"'), 20,
		'requests are counted by their routes');
	is($before->{'mpanel_http_request_duration_seconds_count'
		. '{route="intake.place"}'}, 20, 'and timed');
	check_all_routes($panel) if $db eq 'sqlite';
	my $judge = oracle('ops/metrics.sh');
	my $said = `bash '$judge' '$ready->{url}/api/metrics' mpanel_http_requests_total mpanel_worker_resident_memory_bytes 2>&1`;
	is($?, 0, 'promtool and the oracle find nothing wrong') or diag($said);

	# ---- a worker is killed ----
	kill KILL => (workers($panel))[0];
	ok(wait_for(10, sub {
		sum(scrape($panel), 'mpanel_worker_restarts_total.*crashed') == 1;
	}), 'a worker that was killed is counted');
	my $after = scrape($panel);
	is_deeply([grep { /_total/ && $after->{$_} < $before->{$_} }
		keys %$before], [], 'and no counter has gone down');

	# ---- who may read ----
	my $far = $panel->get('/api/metrics', token => $ready->{intakeToken});
	is($far->{status}, 200, 'whoever is on this machine may read them');

	# ---- health ----
	my $health = $panel->get('/api/health');
	is($health->{status}, 200, 'the panel is healthy');
	is_deeply([sort keys %{ $health->{json} }],
		[qw(checks features service status timestamp version)],
		'and says so with the agreed members');
	if ($db eq 'postgres') {
		my $file = $panel->state_dir . '/pg/data/postmaster.pid';
		my ($pid) = split /\n/, slurp($file);
		kill KILL => $pid;
		my $ill = wait_for(10, sub {
			my $r = $panel->get('/api/health');
			return $r->{status} == 503 && $r;
		});
		ok($ill, 'without its database it is not');
		isnt($ill && $ill->{json}{checks}{database}, 'ok', 'and says why');
		ok(wait_for(30, sub {
			$panel->get('/api/health')->{status} == 200;
		}), 'when the database is back it is');
		is($panel->intake(small_order('pi_back'))->{status}, 201,
			'and takes orders');
	}

	# ---- logs ----
	my $jwt = $admin;
	ok(defined $panel->stop, 'it stops');
	my @secrets = (@$ready{qw(adminPassword intakeToken workerToken)}, $jwt,
		'Wrong-password-1', 'mpl_',
		map { s/\s+\z//r } slurp($panel->state_dir . '/seed/key'));
	my %lines;
	for my $name (qw(access agent master work)) {
		my $file = $panel->state_dir . "/log/$name.log";
		is(join("\n", bad_lines($file, @secrets)), '',
			"$name.log is lines of JSON that tell no secret");
		$lines{$name} = () = slurp($file) =~ /\n/g;
	}
	cmp_ok($lines{$_}, '>', 10, "$_.log is not empty")
		for qw(access agent master);
	my ($line) = grep { /"route":"intake.place"/ } split /\n/,
		slurp($panel->state_dir . '/log/master.log');
	my $o = JSON::PP::decode_json($line);
	like($o->{request}, qr/^[0-9a-f]{32}$/, 'a request has its id');
	like(slurp($panel->state_dir . '/log/access.log'),
		qr/"request":"$o->{request}"/, 'which nginx writes too');
	is($o->{tenant}, $ready->{tenantId}, 'and its tenant');
}
done_testing();
