#!/usr/bin/perl
# enroll.t - the command line: enroll, refusals, version.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use FakePanel;
use MPanel::Test;
use POSIX ();
use Test::More;

my $dir = scratch();
my $panel = FakePanel->new($dir);
my $config = "$dir/enrolled.conf";

# [exit status, output] of the program.
sub run_agent
{
	my ($stdin, @args) = @_;

	FakePanel::put("$dir/stdin", $stdin);
	my $pid = open(my $out, '-|') // die "fork: $!";
	if ($pid == 0) {
		open STDIN, '<', "$dir/stdin";
		open STDERR, '>&', \*STDOUT;
		{ no warnings; exec { FakePanel::binary() }
			FakePanel::binary(), @args; }
		POSIX::_exit(127);
	}
	my $text = do { local $/; <$out> };
	close $out;
	return ($? >> 8, $text // '');
}

FakePanel::put($config, "# mine\npoll_seconds = 7\ntoken = old\n");
my ($status, $said) = run_agent('', '--config', $config, 'enroll',
	$panel->url . '/', 'wrong');
isnt($status, 0, 'a wrong token is refused');
like($said, qr/refuses the token/, 'and it says so');
like(slurp($config), qr/token = old/, 'nothing is written');

($status, $said) = run_agent('', '--config', $config, 'enroll',
	$panel->url . '/', 'once');
is($status, 0, 'a token is exchanged') or diag($said);
my $text = slurp($config);
is($text, "# mine\npoll_seconds = 7\npanel_url = " . $panel->url
	. "\ntoken = mpk_own\n", 'the file has the node\'s own, and the rest');
is((stat $config)[2] & 07777, 0600, 'for nobody else');
unlike($said, qr/mpk_own/, 'the token is not shown');
($status) = run_agent("once\n", '--config', "$dir/new.conf", 'enrol',
	$panel->url, '-');
is($status, 0, 'a token may come on standard input');
like(slurp("$dir/new.conf"), qr/mpk_own/, 'and the file be new');
my ($call) = $panel->requests(qr/enroll$/);
is_deeply([sort keys %{ $call->{body} }], [qw(hostname token)],
	'the panel is told the host name');

my @refused = (
	[[], qr/usage/], [['frobnicate'], qr/usage/], [['--nosuch'], qr/usage/],
	[['--http-port', '99999', 'run'], qr/usage/],
	[['enroll', 'http://127.0.0.1:1', 'x'], qr/--config/],
	[['--config', "$dir/x.conf", 'enroll', 'ftp://x', 'x'], qr/address/],
	[['--config', "$dir/x.conf", 'enroll', 'http://127.0.0.1:1', 'x'],
		qr/does not answer/],
	[['run'], qr/panel_url/],
	[['--config', "$dir/nosuch.conf", 'run'], qr/nosuch/],
	[['--config', $config, '--root', "$dir/a{b}", 'run'], qr/a root may/],
	[['restore', "$dir/nosuch", "$dir/x"], qr/cannot open/],
);
for my $i (0 .. $#refused) {
	my ($args, $why) = @{ $refused[$i] };
	($status, $said) = run_agent('', @$args);
	isnt($status, 0, "case $i: @$args is refused");
	like($said, $why, "case $i: with a reason");
}
FakePanel::put("$dir/bad.conf", "panel_url = http://127.0.0.1:1\n"
	. "token = x\nhttp_listen = localhost\n");
($status, $said) = run_agent('', '--config', "$dir/bad.conf", '--root',
	"$dir/r", 'run');
like($said, qr/no ADDRESS:PORT/, 'an address must be one');
($status, $said) = run_agent('', 'version');
is($status, 0, 'version');
like($said, qr/^mpanel-agent \d/, 'says it');
($status, $said) = run_agent('', 'settings', '--markdown');
like($said, qr/poll_seconds/, 'the settings have a reference');
done_testing();
