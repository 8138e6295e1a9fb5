#!/usr/bin/perl
# backup.t - a backup of a panel at work is whole, and goes back under it.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use POSIX ();
use Test::More;

my ($panel, $dir);

sub orders
{
	my ($p) = @_;

	return (rows($p // $panel, 'SELECT count(*) FROM orders'))[0][0];
}

# Every row that staff can see of the orders, as text.
sub all_orders
{
	my ($p) = @_;

	return [map { join "\t", @$_ }
		rows($p, 'SELECT * FROM orders ORDER BY id'),
		rows($p, 'SELECT * FROM order_items ORDER BY id'),
		rows($p, 'SELECT * FROM ledger_transfers ORDER BY id')];
}

# Orders from $n programs at once while $do runs; how many were placed.
sub while_ordering
{
	my ($n, $do) = @_;
	my (@pids, $placed);

	for my $i (1 .. $n) {
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			my $good = 0;
			srand $i;
			$good += $panel->intake({})->{status} == 201
				for 1 .. 10;
			POSIX::_exit($good);
		}
		push @pids, $pid;
	}
	$do->();
	for my $pid (@pids) {
		waitpid $pid, 0;
		$placed += $? >> 8;
	}
	return $placed;
}

# A command that must fail: what it says beside its output.
sub complaint
{
	my (@args) = @_;
	my $ready = $panel->ready;
	my $log = "$dir/complaint";

	unlink $log;
	my $pid = spawn($log, $ready->{bin}{mpanel}, '--config',
		$ready->{config}, @args);
	waitpid $pid, 0;
	return $? ? slurp($log) : 'it did it';
}

sub write_file
{
	my ($name, $text) = @_;

	open my $fh, '>', "$dir/$name" or die "$name: $!";
	print $fh $text;
	close $fh;
	chmod 0644, "$dir/$name";
}

my %before = (stripePaymentIntentId => 'pi_before',
	primaryDomain => 'before.example.com');

sub test_backups
{
	is($panel->intake(\%before)->{status}, 201, 'an order before');
	my @runs;
	my $placed = while_ordering(3, sub {
		@runs = map { [$panel->run('backup', "$dir/$_")] } 1 .. 3;
	});
	is($placed, 30, 'orders are taken while backups are made');
	is_deeply([map { $_->[0] } @runs], [0, 0, 0], 'which succeed');
	like($runs[0][1], qr/verified/, 'and say so');
	is(orders(), 31, 'no order was lost');
	is_deeply([glob "$dir/*.part"], [], 'nothing half made stays');
	is((stat "$dir/1")[2] & 0777, 0600, 'a backup is for its owner only');
	mkdir "$dir/series" or die "series: $!";
	chmod 0777, "$dir/series";
	is_deeply([map { ($panel->run(qw(backup --dir), "$dir/series"))[0] }
		1 .. 3], [0, 0, 0], 'three of a series, one after the other');
	is(scalar(() = glob "$dir/series/mpanel-*"), 3, 'have a name each');
	like(complaint('backup', "$dir/1"), qr/there already/,
		'none is overwritten');
	write_file('killed.part', 'half');
	is(($panel->run('backup', "$dir/killed"))[0], 0,
		'what a killed backup left is in nobody\'s way');
}

sub test_restore
{
	is(($panel->run('backup', "$dir/last"))[0], 0, 'one more');
	is($panel->intake({ stripePaymentIntentId => 'pi_after' })->{status},
		201, 'an order after it');
	is(($panel->run('restore', "$dir/last"))[0], 0,
		'it is put back under the running panel');
	is(orders(), 31, 'what came later is gone');
	is($panel->intake(\%before)->{status}, 200,
		'what came before is known');
	is($panel->intake({ stripePaymentIntentId => 'pi_after' })->{status},
		201, 'and orders go on');
	is(doctor_says($panel), '', 'everything is sound');
}

# Anything but a whole backup is refused, and changes nothing.
sub test_refusals
{
	my $whole = slurp("$dir/last");
	my $at = int(length($whole) / 3);
	my %bad = (
		half => substr($whole, 0, length($whole) / 2),
		flipped => substr($whole, 0, $at)
			. chr(ord(substr $whole, $at, 1) ^ 4)
			. substr($whole, $at + 1),
		longer => "$whole\n", empty => '',
		text => "not a database\n" x 1000,
	);

	for my $name (sort keys %bad) {
		write_file($name, $bad{$name});
		like(complaint('restore', "$dir/$name"),
			qr/damaged, cut short, or not a backup.*data are as/s,
			"a file that is $name is refused, and why is said");
	}
	like(complaint('restore', "$dir/none"), qr/No such file/,
		'so is none at all');
	is(orders(), 32, 'the data are as they were');
}

# The house burnt down: a new one in another place.
sub test_clean
{
	my ($db) = @_;
	my $other = start_instance(db => $db, empty => 1);
	my $file = $other->state_dir . '/data/moved';

	is(($panel->run('backup', "$dir/clean"))[0], 0, 'the last backup');
	write_file('moved', slurp("$dir/clean"));
	rename "$dir/moved", $file or die "rename: $!";
	is(($other->run('restore', $file))[0], 0,
		'it is restored into a clean directory');
	is_deeply(all_orders($other), all_orders($panel),
		'with every order row by row');
	is(doctor_says($other), '', 'where everything is sound');
	is(($other->run('backup', "$file.again"))[0], 0, 'a backup of that');
	ok(slurp("$file.again") eq slurp($file), 'is the same byte by byte')
		if $db eq 'postgres';
	$other->stop;
}

for my $db (engines()) {
	subtest $db => sub {
		$panel = start_instance(db => $db);
		$dir = $panel->state_dir . '/data';
		test_backups();
		test_restore();
		test_refusals();
		test_clean($db);
		$panel->stop;
	};
}
done_testing();
