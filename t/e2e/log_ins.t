#!/usr/bin/perl
# log_ins.t - a storm of log-ins waits at the door, and nowhere else.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# The door's only worker is stopped, so that what happens does not depend on
# how fast passwords are hashed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use MPanel::Orders;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $panel;

# A log-in that nobody has read the answer of yet.
sub knock
{
	my ($who) = @_;
	my $body = qq({"email":"$who\@example.com","password":"not the one"});
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $panel->{port}) or die "connect: $!";

	$s->autoflush(1);
	print $s "POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\n",
		"Content-Type: application/json\r\nConnection: close\r\n",
		'Content-Length: ', length $body, "\r\n\r\n$body";
	return $s;
}

sub log_of { return slurp($panel->state_dir . "/log/$_[0].log") }

sub said
{
	my ($log, $what) = @_;
	my $n = () = log_of($log) =~ /$what/g;

	return $n;
}

sub failed_log_ins
{
	return scalar rows($panel, "SELECT id FROM audit_logs "
		. "WHERE action = 'login.failed'");
}

for my $engine (engines()) {
	$panel = start_instance(db => $engine,
		set => { drain_timeout_s => 120 });
	my $token = $panel->admin_token;
	my ($door) = log_of('master') =~ /"process":"door","pid":(\d+)/;

	ok($door, "$engine: a password is checked at the door")
		or BAIL_OUT('no door');
	kill STOP => $door;

	my @waiting = map { knock("waits$_") } 1 .. 30;
	my $list = $panel->get('/api/admin/orders', token => $token);
	is($list->{status}, 200, "$engine: lists are answered while it waits");
	is($panel->get('/login')->{status}, 200,
		"$engine: and so is the page where one signs in");
	is($panel->intake(small_order('pi_storm'))->{status}, 201,
		"$engine: and paid orders are taken");

	# Hang up, and wait until nginx has noticed.
	my @gone = map { knock("goes$_") } 1 .. 20;
	sleep 0.2;
	close $_ for @gone;
	ok(wait_for(20, sub { said('access', '"status":499') == 20 }),
		"$engine: some lose patience");

	# A roll reaches the door although its queue is not empty.
	kill HUP => $panel->ready->{pids}{master};
	kill CONT => $door;
	my @answers = map { local $/; scalar(<$_>) =~ m{^HTTP/1.1 (\d+)} }
		@waiting;
	is_deeply(\@answers, [(401) x 30],
		"$engine: who waits is answered, also by its successor");
	my ($served) = wait_for(60, sub {
		log_of('master') =~ /"worker":$door,"signal":0,"served":(\d+)/
			and "0$1" });
	ok(defined $served && $served < 30,
		"$engine: the door is replaced before its queue is empty")
		or diag("it had served " . ($served // 'for ever'));
	is(said('master', '"worker_(killed|crashed)"'), 0,
		"$engine: and nobody is killed");

	is($panel->admin_token =~ /^[\w-]+\.[\w-]+\.[\w-]+\z/, 1, "$engine: one can sign in");
	is(failed_log_ins(), 30,
		"$engine: no password is hashed for who has gone");
	$panel->stop;
}

# Who goes on without pause is answered slowly, and the door is not held.
for my $engine (engines()) {
	$panel = start_instance(db => $engine, set => {
		rate_login_account => 3, workers_door => 1 });
	my $try = sub {
		my $from = time;
		my $r = $panel->post('/api/auth/login', json => {
			email => 'slow@example.com', password => 'not the one' });
		return ($r->{status}, time - $from);
	};
	$try->() for 1 .. 3;
	my ($status, $took) = $try->();
	is($status, 429, "$engine: the fourth try in a row is refused");
	cmp_ok($took, '>', 0.5, "$engine: and slowly");
	my $from = time;
	my @waiting = map { knock('slow') } 1 .. 20;
	my @answers = map { local $/; scalar(<$_>) =~ m{^HTTP/1.1 (\d+)} }
		@waiting;
	is_deeply(\@answers, [(429) x 20], "$engine: as are others");
	cmp_ok(time - $from, '<', 10,
		"$engine: all at once, by one worker that waits for none");
	$panel->stop;
}
done_testing();
