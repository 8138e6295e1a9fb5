#!/usr/bin/perl
# short.t - every answer is right while reads and writes come up short.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A whole panel, its `mpanel work`, its agent and the command line run with
# t/fault/short.c before the C library: half of their reads and writes of files,
# pipes and connections take or give a part only, often of a few bytes.  Nothing
# is asked again: the first answer must be right.  In the end the same panel
# without it shows the same data.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Preload;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need(is_compiled('t/fault/short.so'), 'short.so is not built');

use constant ORDERS => 6;
my $seed = int($ENV{MPANEL_SEED} // rand 2**31);
diag("MPANEL_SEED=$seed");

# As in short.c.
my @roles = qw(serve work agent other);
my @calls = ('from files', 'to files', 'from others', 'to others');

my $dir = scratch();

# The real programs behind the library, with counts in a file.
sub behind
{
	my ($counts) = @_;

	put_file($counts, 0666, pack('q', -1) . "\0" x 4088);
	return preloaded('t/fault/short.so', MPANEL_SHORT => $seed,
		MPANEL_SHORT_FILE => $counts);
}

# role => call => how many were cut short
sub counts
{
	my ($file) = @_;
	my (undef, @n) = unpack 'Q*', slurp($file);
	my %cut;

	for my $role (@roles) {
		for my $call (@calls) {
			my ($calls, $cut) = splice @n, 0, 2;
			$cut{$role}{$call} = $cut;
		}
	}
	return \%cut;
}

# ---- what is read ----

my @lists = map { "/api/admin/$_?limit=100" } qw(orders customers websites
	subscriptions invoices payments domains provisioning/tasks);

# Path => content.  Lists are the same until somebody does something.
sub all_lists
{
	my ($panel) = @_;
	my $token = $panel->admin_token;

	return { map { $_ => $panel->get($_, token => $token)->{content} }
		@lists };
}

# What is wrong with the pages that name all orders.
sub wrong_pages
{
	my ($panel, $known, @intents) = @_;
	my @wrong;

	for my $path ('/orders', '/admin/customers', '/websites',
		'/orders?format=csv') {
		my $r = $panel->get($path, %$known);
		my ($length) = $r->{headers}{'content-length'};
		my $names = grep { $r->{content} =~ /\Q$_\E/ }
			map { (my $label = lc $_) =~ s/[^a-z0-9]+/-/g; $label }
			@intents;
		push @wrong, "$path: $r->{status}" if $r->{status} != 200;
		push @wrong, "$path: half of it" if $path !~ /csv/
			&& $r->{content} !~ m{</html>\s*\z};
		push @wrong, "$path: $names names" if $names != @intents;
	}
	return @wrong;
}

# ---- what is done ----

# Each order twice, some at once: [status, status, is the same order].
sub place
{
	my ($panel, @intents) = @_;

	return at_once(3, sub {
		my ($intent) = @_;
		my @r = map { $panel->intake(small_order($intent)) } 1, 2;

		return [(map { $_->{status} } @r),
			$r[0]{json}{orderId} eq $r[1]{json}{orderId} ? 1 : 0];
	}, @intents);
}

sub completed
{
	my ($panel) = @_;

	return (rows($panel, "SELECT count(*) FROM orders
		WHERE status = 'completed'"))[0][0];
}

# The page of a site as its visitors see it.
sub visit
{
	my ($panel, $intent) = @_;
	my $domain = small_order($intent)->{primaryDomain};
	my ($port) = $panel->ready->{node}{httpUrl} =~ /:(\d+)/;

	return raw_http($port, "GET / HTTP/1.0\r\nHost: $domain\r\n\r\n")
		=~ m{^HTTP/1\.1 200 .*\Q$domain\E}s;
}

# Each notes itself for Guardian, and the next one has that note: until two
# are equally long.
sub settle_notes
{
	my ($panel, $at, @now) = @_;
	my $size = -1;

	for (1 .. 9) {
		my $file = "$at.settle$_";
		$panel->run(@now, 'backup', $file);
		return if -s $file == $size;
		$size = -s $file;
	}
	die 'backups never settle';
}

# A copy by the same program without the library, at the same moment.
sub check_backup
{
	my ($panel, $db) = @_;
	my $ready = $panel->ready;
	my $at = $panel->state_dir . '/data/copy';
	my @still = @{ $ready->{pids} }{qw(work agent)};
	my @now = ('--now', '2030-01-01T00:00:00Z');

	kill STOP => @still;
	settle_notes($panel, $at, @now);
	is(($panel->run(@now, 'backup', "$at.short"))[0], 0,
		"$db: a backup is made");
	system "'$ENV{MPANEL_INST}/bin/mpanel' --config '$ready->{config}' "
		. "@now backup '$at.whole' >'$dir/out' 2>&1";
	ok(slurp("$at.short") eq slurp("$at.whole"),
		"$db: the same bytes as ever");
	kill CONT => @still;
	is(($panel->run('restore', "$at.short"))[0], 0,
		"$db: and can be put back");
}

for my $db (engines()) {
	my $mark = "pi_short_${db}_$$";
	my @intents = map { "${mark}_$_" } 1 .. ORDERS;
	my $counts = "$dir/$db.counts";
	my $panel = do {
		local $ENV{MPANEL_INST} = behind($counts);
		start_instance(db => $db, agent => 1, workers => 2);
	};

	is_deeply([place($panel, @intents)], [([201, 200, 1])
		x ORDERS], "$db: each order is taken at once, and known then");
	my $long = $panel->intake({ customerName => 'n' x 200_000 });
	is(is_problem($long, 422), '', "$db: a long body is read whole");
	ok(wait_for(60, sub { sleep 0.3; completed($panel) == ORDERS }),
		"$db: each is carried out") or diag($panel->log_text);
	is(scalar(grep { visit($panel, $_) } @intents), ORDERS,
		"$db: each site answers");
	my %known = $panel->sign_in;
	my @wrong = map { wrong_pages($panel, { cookie => $known{cookie} },
		@intents) } 1 .. 5;
	is_deeply(\@wrong, [], "$db: every page is whole and right");
	my @lists = map { all_lists($panel) } 1 .. 3;
	is_deeply($lists[$_], $lists[0], "$db: a list is the same each time")
		for 1, 2;
	check_backup($panel, $db);
	is((rows($panel, 'SELECT count(*) FROM orders'))[0][0], ORDERS,
		"$db: each order is there once");
	is(doctor_says($panel), '', "$db: the doctor finds nothing wrong");
	ok(defined $panel->stop, "$db: it stops in time");

	# ---- it was so ----
	my $cut = counts($counts);
	for my $role (@roles) {
		my %n = %{ $cut->{$role} };
		my $sum = 0;

		$sum += $_ for values %n;
		diag("$db: $role: " . join ', ', map { "$n{$_} $_" } @calls);
		cmp_ok($sum, '>', 30,
			"$db: calls of $role came up short");
	}
	$panel->launch(60);
	is_deeply(all_lists($panel), $lists[0],
		"$db: without that the lists are the same");
	$panel->stop;
}
done_testing();
