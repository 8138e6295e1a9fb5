#!/usr/bin/perl
# enospc.t - the disk is full: nothing is acknowledged that is not there, and
# when there is room again everything goes on by itself.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A whole panel with its state, its logs and its database on a small tmpfs, in
# a mount namespace of this test's own.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use MPanel::Orders;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need($> == 0, 'only root may mount a small disk');
unless ($ENV{MPANEL_OWN_MOUNTS}) {
	need(system('unshare', '-m', 'true') == 0,
		'mounts of one\'s own are not permitted here');
	$ENV{MPANEL_OWN_MOUNTS} = 1;
	exec 'unshare', '-m', $^X, $0, @ARGV or die "unshare: $!";
}

# PostgreSQL brings 16 MB of write-ahead log, and its own 40.
my %megabytes = (sqlite => 64, postgres => 128);
my ($disk, %answered);

# Take all room but so many bytes.
sub fill
{
	my ($leave) = @_;

	open my $fh, '>>', "$disk/ballast" or die "ballast: $!";
	binmode $fh;
	1 while syswrite $fh, "\0" x 65536;
	1 while syswrite $fh, "\0" x 512;
	my $size = -s $fh;
	truncate $fh, $size - $leave if $leave && $size > $leave;
	close $fh;
}

sub make_room { unlink "$disk/ballast" or die "ballast: $!" }

# A new intake; its status.  What was acknowledged is remembered.
sub deliver
{
	my ($panel, $intent) = @_;
	my $r = $panel->post(INTAKE, token => $panel->ready->{intakeToken},
		json => small_order($intent));

	$answered{$intent} = $r->{json}{orderId} if $r->{status} =~ /^2/;
	return $r;
}

sub is_busy
{
	my ($r) = @_;

	return $r->{status} == 503 && ($r->{headers}{'retry-after'} // '')
		=~ /^[1-9]\d*$/ && is_problem($r, 503) eq '';
}

sub pid_of
{
	my ($panel, $part) = @_;

	return $panel->{ready}{pids}{$part};
}

for my $db (engines()) {
	%answered = ();
	$disk = scratch() . '/d';
	mkdir $disk or die "$disk: $!";
	need(system('mount', '-t', 'tmpfs', '-o',
		"size=$megabytes{$db}m,mode=711", 'tmpfs', $disk) == 0,
		'a tmpfs can\'t be mounted here');
	my $panel = start_instance(db => $db, state => "$disk/s", workers => 2);
	my $admin = $panel->admin_token;
	my $n = 0;
	my @kept = map { deliver($panel, "pi_before_$_")->{status} } 1 .. 3;

	is_deeply(\@kept, [201, 201, 201], "$db: orders come in while there is room");

	# ---- full ----

	# Logs grow and the housekeeper gives room back, so that an order may get in
	# at any time: what counts is that every answer is true.
	fill(1_000_000);
	my @got = map { deliver($panel, 'pi_' . ++$n) } 1 .. 40;
	ok((grep { $_->{status} == 201 } @got) > 0, 'some orders fit into the rest');
	push @got, map { fill(0); deliver($panel, 'pi_' . ++$n) } 1 .. 20;
	my @refused = grep { $_->{status} != 201 } @got;
	ok(@refused > 0, 'the others do not');
	is(scalar(grep { !is_busy($_) } @refused), 0,
		'those are answered 503 with Retry-After')
		or diag("$refused[0]{status} $refused[0]{content}");
	my @doors = map { fill(0); $panel->post('/api/auth/login', json => {
		email => $panel->ready->{adminEmail},
		password => $panel->ready->{adminPassword} }) } 1 .. 3;
	is_deeply([grep { $_->{status} != 200 && !is_busy($_) } @doors], [],
		'log-ins, which write, are told to try again');
	my $list = $panel->get('/api/admin/orders', token => $admin);
	ok($list->{status} == 200
		&& $list->{json}{total} >= scalar keys %answered,
		'lists are shown, with what was acknowledged');
	my %there = map { $_->[0] => 1 }
		rows($panel, 'SELECT payment_intent_id FROM orders');
	is_deeply([grep { !$there{$_} } sort keys %answered], [],
		'nothing that was acknowledged is lost');
	# A server that dies of it may leave a COMMIT that nobody heard of.
	is_deeply([grep { !$answered{$_} } sort keys %there], [],
		'nothing that was refused is there') if $db eq 'sqlite';

	# ---- parts die on a full disk ----

	for my $part (qw(master work)) {
		kill KILL => pid_of($panel, $part);
	}
	ok(wait_for(30, sub {
		my $r = $panel->get('/api/admin/orders', token => $admin);
		return $r->{status} == 200;
	}), 'killed on a full disk, the panel comes back') or diag($panel->log_text);
	@got = map { fill(0); deliver($panel, "pi_reborn_$_") } 1 .. 10;
	is_deeply([grep { $_->{status} != 201 && !is_busy($_) } @got], [],
		'and its answers are as true as before');

	# ---- room again ----

	make_room();
	ok(wait_for(20, sub { deliver($panel, 'pi_room')->{status} =~ /^2/ }),
		'with room again orders come in by themselves');
	ok(wait_for(20, sub {
		my $now = decode_json(slurp("$disk/s/ready.json"));
		return $now->{pids}{master} != pid_of($panel, 'master')
			&& kill 0 => $now->{pids}{master};
	}), 'and ready.json tells of the parts that run now');
	my %before = %answered;
	@got = map { deliver($panel, $_)->{status} } sort keys %before;
	is_deeply([grep { $_ != 200 } @got], [], 'acknowledged orders are replayed');
	is_deeply(\%answered, \%before, 'as the same orders');
	# The log of the database may need the housekeeper before there is room.
	@got = map { my $intent = $_; wait_for(20, sub {
		my $r = deliver($panel, $intent);
		return $r->{status} == 503 ? undef : $r;
	}) // { status => 503, content => 'still' } } map("pi_$_", 1 .. $n);
	@refused = grep { $_->{status} != 200 && $_->{status} != 201 } @got;
	is(scalar @refused, 0, 'those that were told to try again are placed')
		or diag("$refused[0]{content}\n" . $panel->log_text);
	is((rows($panel, 'SELECT count(*) FROM orders'))[0][0],
		scalar keys %answered, 'each once');
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'and the panel stops as it should');

	system('umount', '-l', $disk);
}
done_testing();
