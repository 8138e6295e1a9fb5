#!/usr/bin/perl
# stripe_slow.t - a Stripe that hangs takes half of the intake pool, no more.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A whole panel with four workers for the public API, and a Stripe of our own
# that keeps its clients waiting: for an answer, or for the end of one.
use strict;
use warnings;
use FindBin;
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

use constant {
	WORKERS => 4,
	WAIT_S => 2,	# how long the panel waits for Stripe
	BOUND_S => 1.5,	# for those who need not
};

my $json = JSON::PP->new->utf8->canonical;

# ---- Stripe ----

my $stripe_dir = scratch();
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64)
	or die "listen: $!";

sub put
{
	my ($file, $text) = @_;

	open my $fh, '>', "$file.new" or die "$file: $!";
	print $fh $text;
	close $fh;
	rename "$file.new", $file or die "$file: $!";
}

# well: answers that it was paid; ill: keeps every client until it goes.
sub stripe_is { put("$stripe_dir/health", $_[0]) }

# "port.what" of those that wait now.
sub waiting
{
	return map { s{.*/}{}r } grep { !/\.new$/ } glob "$stripe_dir/[0-9]*";
}

# One client.  The request is a file while it waits.
sub serve
{
	my ($c) = @_;
	my $head = '';

	while ($head !~ /\r\n\r\n/) {
		sysread $c, $head, 65536, length $head or return;
	}
	my ($what) = $head =~ m{^\w+ \S*/([\w-]+)} or return;
	my $body = $json->encode({ id => $what, object => 'payment_intent',
		amount => 2988, amount_received => 2988, currency => 'usd',
		status => 'succeeded', livemode => JSON::PP::false });
	my $answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
		. 'Content-Length: ' . length($body)
		. "\r\nConnection: close\r\n\r\n$body";
	my $file = "$stripe_dir/" . $c->peerport . ".$what";

	if (slurp("$stripe_dir/health") eq 'well') {
		print $c $answer;
		put("$stripe_dir/asked.$what", '');
		return;
	}
	put($file, '');
	put("$stripe_dir/at-once." . waiting(), '');
	# Every other one gets its answer byte by byte.
	until (IO::Select->new($c)->can_read(0.2)) {
		next if $$ % 2;
		syswrite $c, substr $answer, 0, 1, '' or last;
	}
	unlink $file;
}

stripe_is('well');
my $stripe = fork // die "fork: $!";
if ($stripe == 0) {
	$SIG{CHLD} = 'IGNORE';
	$SIG{PIPE} = 'IGNORE';
	while (my $c = $listener->accept) {
		my $child = fork // POSIX::_exit(1);
		if ($child == 0) {
			$SIG{ALRM} = 'DEFAULT';
			alarm 30;
			$c->autoflush(1);
			eval { serve($c) };
			POSIX::_exit(0);
		}
		close $c;
	}
	POSIX::_exit(0);
}
my $stripe_url = 'http://127.0.0.1:' . $listener->sockport;
close $listener;
END { kill KILL => $stripe if $stripe }

# ---- the panel ----

# How many sockets a process has open.  (Whose a connection is the kernel tells,
# too, but beside thousands of others it takes seconds.)
sub sockets { return scalar grep { (readlink($_) // '') =~ /^socket:/ }
	glob "/proc/$_[0]/fd/*" }

sub workers
{
	my ($panel) = @_;
	my $pid = $panel->ready->{pids}{master};

	return split ' ', slurp("/proc/$pid/task/$pid/children");
}

# Intakes by processes of their own: [intent, status, state, seconds] of each
# when ask_all(...)->() is called.  No answer and 503: the same call again.
sub ask_all
{
	my ($panel, @intents) = @_;
	my @pipes;

	for my $intent (@intents) {
		pipe my $out, my $in or die "pipe: $!";
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			my ($r, $tries, $took) = ({}, 0);
			do {
				my $begun = time;
				$r = $panel->intake(small_order($intent));
				$took = time - $begun;
				sleep 0.1 if $r->{status} =~ /^(?:503|599)$/;
			} while $r->{status} =~ /^(?:503|599)$/ && $tries++ < 50;
			print $in $json->encode([$intent, $r->{status},
				$r->{json}{status}, $took]);
			close $in;
			POSIX::_exit(0);
		}
		close $in;
		push @pipes, [$pid, $out];
	}
	return sub {
		return map {
			my ($pid, $out) = @$_;
			my $text = do { local $/; <$out> };
			waitpid $pid, 0;
			$json->decode($text);
		} @pipes;
	};
}

sub now_plus
{
	return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + shift));
}

sub timed
{
	my ($what) = @_;
	my $begun = time;
	my $r = $what->();

	return { %$r, took => time - $begun };
}

sub state_of
{
	my ($panel, $intent) = @_;

	return timed(sub { $panel->get("/api/public/orders/$intent",
		token => $panel->ready->{intakeToken}) });
}

sub checkout
{
	my ($panel) = @_;

	return timed(sub { $panel->post('/api/public/checkout', json => {
		slug => 'starter', term => 'annually',
		email => 'client@example.com',
		successUrl => 'https://shop.example.com/ok',
		cancelUrl => 'https://shop.example.com/no' }) });
}

# While as many wait as may: everybody else is served.
sub check_others
{
	my ($panel, $db, $known, $cookie, $mark) = @_;
	my @before = waiting();
	my (@late, @wrong);
	my $see = sub {
		my ($name, $want, $r) = @_;
		push @wrong, "$name: $r->{status}" if $r->{status} ne $want;
		push @late, sprintf '%s: %.1f s', $name, $r->{took}
			if $r->{took} > BOUND_S;
	};

	for my $i (1 .. 5) {
		$see->('a new order', 202, timed(sub {
			$panel->intake(small_order("${mark}_other$i")) }));
		$see->('an order again', 200, timed(sub {
			$panel->intake(small_order($known)) }));
		$see->('an order\'s state', 200, state_of($panel, $known));
		$see->('a page', 200, timed(sub {
			$panel->get('/orders', cookie => $cookie) }));
		$see->('the door', 200, timed(sub { $panel->get('/login') }));
	}
	my $no = checkout($panel);
	$see->('a checkout', 503, $no);
	is_deeply([waiting()], \@before,
		"$db: all of that while they wait who wait for Stripe");
	is_deeply(\@wrong, [], "$db: who need not wait gets the right answer");
	is_deeply(\@late, [], "$db: and gets it soon");
	ok($no->{headers}{'retry-after'},
		"$db: who would have to is told when to come again");
	is($no->{json}{code} // $no->{json}{error}{code}, 'busy',
		"$db: and why");
}

# The worker of one that waits is killed: another may wait in its place.
sub check_killed
{
	my ($panel, $db, $mark) = @_;
	my %idle = map { $_ => sockets($_) } workers($panel);
	my ($pid, @robbed);

	# nginx's connection and Stripe's.  On a busy machine one may have given
	# up before the other begins.
	wait_for(20, sub {
		push @robbed, ask_all($panel, "${mark}_robbed" . @robbed);
		sleep 0.2;
		return unless waiting() == WORKERS / 2;
		($pid) = grep { sockets($_) >= $idle{$_} + 2 } keys %idle;
		return $pid;
	});
	ok($pid, "$db: a worker waits for Stripe");
	my %before = map { $_ => 1 } waiting();
	my @next;
	kill KILL => $pid if $pid;
	# Beside the other one, which still waits; who comes before the dead
	# one's place is swept is not let in.
	ok(wait_for(WAIT_S, sub {
		push @next, ask_all($panel, "${mark}_next" . @next);
		sleep 0.2;
		my @now = waiting();
		return @now == WORKERS / 2 && grep { !$before{$_} } @now;
	}), "$db: when it is killed its place is free again");
	return map { $_->() } @robbed, @next;
}

# A mpanel work that has all of them to ask about, one after the other.
sub check_work
{
	my ($panel, $db) = @_;
	my $ready = $panel->ready;
	my $pid = spawn($panel->state_dir . '.work', $ready->{bin}{mpanel},
		'--config', $ready->{config}, '--now', now_plus(60), 'work');

	ok(wait_for(10, sub { waiting() }), "$db: mpanel work waits, too");
	ok(defined stop_process($pid, WAIT_S + BOUND_S),
		"$db: and stops after the order in hand");
}

for my $db (engines()) {
	my $mark = "pi_slow_${db}_$$";
	my $known = "${mark}_known";

	stripe_is('well');
	my $panel = start_instance(db => $db, workers => WORKERS, set => {
		stripe_secret_key => 'sk_test_of_a_test',
		stripe_api_base => $stripe_url,
		stripe_timeout_ms => WAIT_S * 1000 });
	my %user = $panel->sign_in;
	is($panel->intake(small_order($known))->{status}, 201,
		"$db: an order while Stripe is well");

	# ---- it hangs; nobody else asks it ----
	my $work = $panel->hold_work;
	stripe_is('ill');
	unlink glob "$stripe_dir/at-once.*";
	my @first = map { "${mark}_$_" } 1 .. 2 * WORKERS;
	my $answers = ask_all($panel, @first);
	ok(wait_for(10, sub { waiting() == WORKERS / 2 }),
		"$db: half of the pool waits for Stripe");
	check_others($panel, $db, $known, $user{cookie}, $mark);
	my @got = $answers->();
	is_deeply([sort map { "$_->[1] $_->[2]" } @got],
		[('202 verifying') x @first],
		"$db: every order is kept, to be verified");
	cmp_ok((sort { $a <=> $b } map { $_->[3] } @got)[-1], '<',
		2 * WAIT_S + BOUND_S, "$db: nobody waits for longer than it may");
	my ($most) = sort { $b <=> $a } map { /(\d+)$/ }
		glob "$stripe_dir/at-once.*";
	is($most, WORKERS / 2,
		"$db: never more than half of the pool at once");
	push @got, check_killed($panel, $db, $mark);
	my $lone = checkout($panel);
	is($lone->{status}, 503, "$db: a checkout without an answer is none");
	cmp_ok($lone->{took}, '<', WAIT_S + BOUND_S, "$db: and is not for ever");
	check_work($panel, $db);

	# ---- it is well again ----
	stripe_is('well');
	kill CONT => $work;
	my @orders = ($known, (map { $_->[0] } @got),
		map { "${mark}_other$_" } 1 .. 5);
	ok(wait_for(30, sub {
		$panel->run('--now', now_plus(300), 'work', '--once');
		my ($open) = rows($panel, "SELECT count(*) FROM orders
			WHERE status IN ('verifying', 'review')");
		return $open->[0] == 0;
	}), "$db: when Stripe is well each is verified");
	my @there = map { $_->[0] } rows($panel,
		'SELECT payment_intent_id FROM orders');
	is_deeply([sort @there], [sort @orders],
		"$db: each order is there once, and no other");
	is_deeply([map { @$_ } rows($panel, 'SELECT
		(SELECT count(*) FROM invoices), (SELECT count(*) FROM payments),
		(SELECT count(*) FROM provisioning_tasks)')], [(scalar @orders) x 3],
		"$db: with one invoice, payment and task");
	is(scalar(grep { -e "$stripe_dir/asked.$_" } @orders), scalar @orders,
		"$db: and Stripe has been asked about each");
	is_deeply([map { $panel->intake(small_order($_))->{status} }
		@orders], [200, (202) x $#orders],
		"$db: the calls again get their first answers");
	is(doctor_says($panel), '', "$db: the doctor finds nothing wrong");
	ok(defined $panel->stop, "$db: it stops in time");
}
done_testing();
