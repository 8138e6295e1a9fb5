#!/usr/bin/perl
# exec.t - which programs the agent runs, how, and who speaks to the network.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# strace watches an agent that carries out every verb of the panel's and the
# nightly work.  The programs must be those that its settings name, which is the
# whole list: a path is absolute, no shell is among them, the environment is the
# fixed one, and only the puller has sockets of the internet.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use FakePanel;
use MPanel::Test;
use Test::More;

need(scalar(grep { -x "$_/strace" } split(/:/, $ENV{PATH})),
	'strace is missing');

my $dir = scratch();
my $trace = "$dir/trace";
my $panel = FakePanel->new($dir);
$panel->{wrap} = ['strace', '-f', '-qq', '-v', '-s', 300, '-o', $trace, '-e',
	'trace=execve,execveat,socket,socketpair,connect'];

# The settings that are paths of programs; those of system users are for
# installed nodes.
my %program = map { /^\| `(\w+)` \| path \| `(\/\S+)` .* program/ ? ($1 => $2) : () }
	split /\n/, qx{'${\ FakePanel::binary() }' settings};
my %here = map { $program{$_} => 1 } qw(nginx php_fpm);
is(join(' ', sort keys %program), 'nginx php_fpm useradd userdel',
	'the settings name four programs');

$panel->agent(housekeep_seconds => 1, heartbeat_seconds => 1, backup_hour => 0);
my $id = FakePanel::uuid();
my $site = { domain => 'shop.example', siteId => $id, php => \1 };
my $backup = { domain => 'shop.example', siteId => $id, retentionDays => 30 };
for my $row ([website => create => $site], [website => suspend => $site],
	[website => unsuspend => $site], [backup => create => $backup],
	[backup => remove => $backup], [website => remove => $site]) {
	my $done = $panel->run(@$row);

	is($done->{status}, 'success', "$row->[0] $row->[1] is carried out")
		or diag($done->{errorMessage});
}
# A backup by the hour, not by order.
$panel->run(website => create => $site);
$panel->run(backup => create => $backup);
# Told to stop, strace would only let go of it.
my $agent = slurp("/proc/$panel->{agent}/task/$panel->{agent}/children");
kill TERM => split ' ', $agent;
ok(defined $panel->stop_agent(10), 'it stops');

# ---- what strace has seen ----
my (%ran, @odd, %ours, %inet);
my $first = 1;
for my $line (split /\n/, slurp($trace)) {
	my ($pid, $call, $rest) = $line =~ /^(\d+) +(\w+)\((.*)$/ or next;

	$ours{$pid} //= 1;
	if ($call =~ /^execve/) {
		next if $first && !($first = 0);	# the agent itself
		my ($path, $argv, $env) = $rest =~
			/^"([^"]*)", \[(.*?)\], \[(.*?)\]/ or next;
		$ran{$path}++;
		# PHP-FPM runs itself anew when it reloads.
		next if !$ours{$pid};
		$ours{$pid} = 0;
		push @odd, "$path in another environment: $env"
			if $env ne '"LC_ALL=C.UTF-8", "TZ=UTC"';
		push @odd, "$path $argv" if $argv !~ m{^"/} || $argv =~ /"-c"/
			&& $argv =~ m{"[^"]*/(?:ba|da|)sh"};
		push @odd, "$call $path" if $call ne 'execve';
	} elsif ($rest =~ /^AF_INET/ && $ours{$pid}) {
		$inet{$pid} = 1;
	}
}
is(join(' ', sort keys %ran), join(' ', sort keys %here),
	'what it runs is the list, all of it and nothing else');
is(join("\n", @odd), '', 'by absolute path, without a shell, in its own '
	. 'environment');
is(scalar keys %inet, 1, 'one process speaks to the network');
my ($puller) = keys %inet;
is($ours{ $puller // 0 }, 1, 'and that one runs nothing');
done_testing();
