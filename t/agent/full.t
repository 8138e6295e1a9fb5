#!/usr/bin/perl
# full.t - a node whose disk is full at any of its writes.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# t/fault/short.c before the agent's C library counts its writes to files: the
# nth still writes a half, the later ones find no room.  A task that meets this
# fails and says so, or is done; when there is room the same task again makes
# the site as if nothing had been.
use strict;
use warnings;
use File::Copy ();
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use FakePanel;
use MPanel::Test;
use Test::More;

my $built = ($ENV{MPANEL_BUILD} // source_dir() . '/build')
	. '/t/fault/short.so';
need(-e $built, 'short.so is not built');

use constant NODES => 10;

my $dir = scratch();
File::Copy::copy($built, "$dir/short.so") or die "copy: $!";
chmod 0755, "$dir/short.so";

# How many more writes of the nth node succeed; -1: all.
sub room
{
	my ($n, $writes) = @_;

	open my $fh, '+<', "$dir/$n/room" or die "room: $!";
	syswrite $fh, pack 'q', $writes;
	close $fh;
}

sub room_left { return (unpack 'q', slurp("$dir/$_[0]/room"))[0] }

sub site
{
	return { domain => $_[0], siteId => FakePanel::uuid(), php => \0 };
}

# ---- as many nodes as there may be writes ----

my @nodes = map {
	mkdir "$dir/$_" or die "mkdir: $!";
	FakePanel::put("$dir/$_/room", pack('q', -1) . "\0" x 4088);
	chmod 0666, "$dir/$_/room";
	my $panel = FakePanel->new("$dir/$_");
	$panel->{wrap} = ['/usr/bin/env', "LD_PRELOAD=$dir/short.so",
		"MPANEL_SHORT_FILE=$dir/$_/room"];
	$panel->launch_agent(heartbeat_seconds => 3600,
		metrics_seconds => 3600, housekeep_seconds => 86400);
	$panel;
} 0 .. NODES - 1;
$_->await_agent for @nodes;

# One task each; their outcomes.
sub all_run
{
	$_->task(website => create => $_->{site}) for @nodes;
	return map { $_->outcome(30) } @nodes;
}

$_->{site} = $_->{other} = site('whole.example') for @nodes;
is_deeply([map { $_->{status} } all_run()], [('success') x NODES],
	'a site is made while there is room');
my $page = $nodes[0]->page('whole.example')->{content};

$_->{site} = site('full.example') for @nodes;
room($_, $_) for 0 .. NODES - 1;
my @first = all_run();
my @left = map { room_left($_) } 0 .. NODES - 1;
room($_, -1) for 0 .. NODES - 1;
my @then = all_run();
(my $want = $page) =~ s/whole\.example/full.example/g;
for my $n (0 .. NODES - 1) {
	my ($node, $r) = ($nodes[$n], $first[$n]);
	my $root = $node->{root};

	ok($left[$n] ? $r->{status} eq 'success'
		: $r->{status} eq 'success' || $r->{errorMessage},
		"room for $n writes: $r->{status}, "
		. ($r->{errorMessage} // "and $left[$n] were left"));
	is($then[$n]{status}, 'success', "room for $n writes: then it is done")
		or diag($then[$n]{errorMessage}, "\n", slurp($node->{log}));
	is($node->page('full.example')->{content}, $want,
		"room for $n writes: with the right page");
	is($node->page('whole.example')->{content}, $page,
		"room for $n writes: the other site is as it was");
	is_deeply([map { s{^\Q$root\E/}{}r }
		grep { /\.tmp$/ || /\.(?:conf|json|html)$/ && !-s }
		glob "$root/{nginx,nginx/sites,sites/*,sites/*/www,state}/{*,.*}"],
		[], "room for $n writes: nothing half made stays");
}
is($first[0]{status}, 'failed', 'without any room the task fails');
cmp_ok($left[-1], '>', 0, 'and ' . NODES . ' writes are more than enough');
done_testing();
