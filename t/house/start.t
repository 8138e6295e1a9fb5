#!/usr/bin/perl
# start.t - ./start: what it writes, owns, repairs and leaves behind.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use HTTP::Tiny;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;
use Time::HiRes qw(time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

# pid => [parent, process group, uid] of all processes.
sub processes
{
	my %all;

	for my $dir (glob '/proc/[0-9]*') {
		my ($pid) = $dir =~ /(\d+)/;
		my $uid = (stat $dir)[4];
		open my $fh, '<', "$dir/stat" or next;
		my $stat = <$fh> // next;
		$stat =~ s/.*\) //;
		my (undef, $parent, $group) = split / /, $stat;
		$all{$pid} = [$parent, $group, $uid];
	}
	return \%all;
}

# All descendants of a process.
sub below
{
	my ($all, $top) = @_;
	my @found = grep { $all->{$_}[0] == $top } keys %$all;

	return map { ($_, below($all, $_)) } @found;
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => 1, agent => 1);
	my $r = $panel->ready;
	my $dir = $panel->state_dir;

	# ---- ready.json ----
	is_deeply([sort keys %$r], [sort qw(url adminEmail adminPassword
		tenantId intakeToken workerToken serverId db node pids bin
		config)], "$db: ready.json has exactly its members");
	is_deeply([grep { !defined $r->{$_} } keys %$r], [],
		'all of them are known');
	is((stat "$dir/ready.json")[2] & 07777, 0600, 'it is private');
	is($r->{db}, $db, 'it names the engine');
	is($r->{node}{root}, "$dir/node", 'and the node\'s directory');
	is($panel->get('/api/health')->{status}, 200, 'the panel is healthy');
	ok($panel->admin_token, 'its log-in works');
	my $site = HTTP::Tiny->new(timeout => 5)->get($r->{node}{httpUrl});
	isnt($site->{status}, 599, 'the node answers');

	# ---- processes ----
	my $all = processes();
	my @below = below($all, $panel->pid);
	is_deeply([grep { $all->{$_}[0] != $panel->pid }
		values %{ $r->{pids} }], [], 'the parts are its children');
	my @away = grep { $all->{$_}[1] != $all->{$panel->pid}[1] } @below;
	# PostgreSQL's own children make sessions; its postmaster does not.
	@away = grep { $all->{$all->{$_}[0]}[0] == $panel->pid
		&& slurp("/proc/$_/cmdline") !~ /^postgres/ } @away;
	is_deeply(\@away, [], 'none left the process group');
	my @parts = map { ($_, below($all, $_)) } values %{ $r->{pids} };
	is_deeply([grep { $all->{$_}[2] == 0 } @parts], [],
		'none of them is root\'s') if $> == 0;
	unlike(join(' ', map { slurp("/proc/$_/cmdline") } @below),
		qr/\Q$r->{adminPassword}\E|\Q$r->{intakeToken}\E/,
		'no secret in the list of processes');

	# ---- a second one here, another one beside ----
	my $other = spawn("$dir.second", source_dir() . '/start', '--state',
		$dir, '--port', free_port());
	waitpid $other, 0;
	isnt($?, 0, 'a second start on the same directory is refused');
	like(slurp("$dir.second"), qr/another .* at work/, 'and says why');
	my $beside = start_instance(empty => 1, workers => 1);
	is_deeply([grep { defined $beside->ready->{$_} } qw(adminEmail
		adminPassword tenantId intakeToken workerToken serverId)], [],
		'an empty one beside it knows no one');
	is($beside->get('/api/health')->{status}, 200, 'and is healthy');
	is($panel->get('/api/health')->{status}, 200, 'both are');
	ok(defined $beside->stop, 'it stops');

	# ---- nobody behind nginx: its own 503 is described too ----
	kill STOP => $panel->pid;
	kill KILL => $r->{pids}{master};
	ok(wait_for(5, sub {
		$panel->get('/api/health')->{status} == 503 }),
		'without its master the panel says that it cannot serve');
	kill CONT => $panel->pid;
	$r = wait_for(10, sub {
		my $now = eval { JSON::PP::decode_json(
			slurp("$dir/ready.json")) } // return 0;
		return $now->{pids}{master}
			&& $now->{pids}{master} != $r->{pids}{master} && $now;
	});
	ok($r, 'and gets a new one') or BAIL_OUT('no master');

	# ---- repair ----
	for my $part (qw(nginx work agent master)) {
		my $pid = $r->{pids}{$part};
		kill KILL => $pid;
		my $new = wait_for(10, sub {
			my $now = eval { JSON::PP::decode_json(
				slurp("$dir/ready.json")) } // {};
			my $is = $now->{pids}{$part};
			return $is && $is != $pid && kill(0 => $is) && $is;
		});
		ok($new, "$part is killed, started again and its pid told");
	}
	ok(wait_for(10, sub { $panel->get('/api/health')->{status} == 200 }),
		'after all that the panel is healthy');

	# ---- stop and go on ----
	@below = below(processes(), $panel->pid);
	my $took = $panel->stop;
	ok(defined $took && $took < 5, 'TERM stops it within 5 s')
		or diag($took // 'killed');
	ok(wait_for(10, sub { !grep { kill 0 => $_ } @below }),
		'and nothing is left behind');
	ok(!-e "$dir/ready.json", 'nor ready.json');
	my $begun = time;
	$panel->launch(30);
	ok(time - $begun < 10, 'a second start takes seconds')
		or diag(time - $begun);
	is_deeply([map { $panel->ready->{$_} } qw(tenantId adminPassword
		intakeToken serverId)], [map { $r->{$_} } qw(tenantId
		adminPassword intakeToken serverId)], 'and goes on as before');
	$panel->stop;
}

# ---- killed without a chance to clean up ----
my $panel = start_instance(workers => 1);
my @below = below(processes(), $panel->pid);
kill KILL => $panel->pid;
ok(wait_for(6, sub { !grep { kill 0 => $_ } @below }),
	'when ./start itself is killed, its parts end too')
	or diag(join ' ', grep { kill 0 => $_ } @below);
stop_process($panel->pid);

# ---- calls that make no sense ----
for my $bad (['--port', 'x'], ['--port', '70000'], ['--db', 'mysql'],
	['--workers', '0'], ['--colour']) {
	my $pid = spawn("$ENV{TMPDIR}/bad", source_dir() . '/start', @$bad);
	waitpid $pid, 0;
	isnt($?, 0, "refused: @$bad");
}
done_testing();
