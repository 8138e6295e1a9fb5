#!/usr/bin/perl
# backup.t - a backup of a panel at work is whole, and goes back under it.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use POSIX ();
use Test::More;

my $panel = start_instance(db => 'sqlite');
my $dir = $panel->state_dir . '/data';

sub orders
{
	my ($status, $n) = $panel->run('sql', '--read-only',
		'SELECT count(*) FROM orders');
	chomp $n;
	return $n;
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

my %before = (stripePaymentIntentId => 'pi_before',
	primaryDomain => 'before.example.com');

is($panel->intake(\%before)->{status}, 201,
	'an order before');
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
isnt(($panel->run('backup', "$dir/1"))[0], 0, 'none is overwritten');

is(($panel->run('backup', "$dir/last"))[0], 0, 'one more');
is($panel->intake({ stripePaymentIntentId => 'pi_after' })->{status}, 201,
	'an order after it');
is(($panel->run('restore', "$dir/last"))[0], 0,
	'it is put back under the running panel');
is(orders(), 31, 'what came later is gone');
is($panel->intake(\%before)->{status}, 200,
	'what came before is known');
is($panel->intake({ stripePaymentIntentId => 'pi_after' })->{status}, 201,
	'and orders go on');
is(($panel->run('doctor'))[0], 0, 'everything is sound');

# Anything but a whole backup is refused, and changes nothing.
my $whole = slurp("$dir/last");
my %bad = (
	half => substr($whole, 0, length($whole) / 2),
	hurt => substr($whole, 0, 20480) . ('X' x 64)
		. substr($whole, 20480 + 64),
	empty => '', text => "not a database\n" x 1000,
);
for my $name (sort keys %bad) {
	open my $fh, '>', "$dir/$name" or die "$name: $!";
	print $fh $bad{$name};
	close $fh;
	chmod 0644, "$dir/$name";
	isnt(($panel->run('restore', "$dir/$name"))[0], 0,
		"a file that is $name is refused");
}
isnt(($panel->run('restore', "$dir/none"))[0], 0, 'so is none at all');
is(orders(), 32, 'the data are as they were');
$panel->stop;
done_testing();
