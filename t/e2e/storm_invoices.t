#!/usr/bin/perl
# storm_invoices.t - orders on invoice are placed, paid, paid from credit and
# cancelled while the processes that do it are killed.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Staff's program does what it should: each call has an Idempotency-Key, and no
# answer or 503 means the same call again.  Each customer pays their first order
# with a little too much; that credit pays the second, and every third of those
# is cancelled, whose credit comes back.
# MPANEL_STORM=20000 makes a longer storm (make storm).
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use List::Util qw(shuffle);
use MPanel::Dropper;
use MPanel::Killer;
use MPanel::Orders;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $is_long = ($ENV{MPANEL_STORM} // 200) > 200;
my $customers = $is_long ? 300 : 60;
my $clients = 8;
my $patience = 120;	# seconds, for one call
my $seed = int($ENV{MPANEL_SEED} // time);
my $json = JSON::PP->new->utf8->canonical;
srand $seed;
diag("MPANEL_SEED=$seed, $customers customers");

my %every = (worker => $is_long ? [0.1, 0.1, 0.3] : [0.05, 0.05, 0.15],
	part => [1, 6, 10]);
my %every_on = (sqlite => {}, postgres => { postgres => [0.5, 6, 12] });

# Minor units: a starter, and a backup that the first payment is over by.
my ($site, $backup) = (2988, 499);

# ---- a program ----

# Status and what was answered, however often it takes.
sub post
{
	my ($proxy, $token, $key, $path, $body) = @_;
	my $text = $json->encode($body);
	my $call = "POST $path HTTP/1.1\r\nhost: 127.0.0.1\r\n" .
		"content-type: application/json\r\nconnection: close\r\n" .
		"authorization: Bearer $token\r\nidempotency-key: $key\r\n" .
		'content-length: ' . length($text) . "\r\n\r\n$text";
	my $end = time + $patience;

	for (;;) {
		my $answer = $proxy->call($call);
		my ($status) = $answer =~ m{^HTTP/1.1 (\d+)};
		$status //= 0;
		return ($status, $answer =~ /\r\n\r\n(\{.*)/s
			? $json->decode($1) : {})
			if $status != 0 && $status != 503 || time > $end;
		sleep 0.01 + rand 0.05;
	}
}

sub order
{
	my ($who, @item) = @_;

	return { customer => { email => "$who\@example.com", name => $who },
		payment => 'invoice', items => [{ productSlug => $item[0],
			billingPeriod => $item[1],
			domain => "$who.example.com" }] };
}

# All that one customer does; the statuses of the answers.
sub live
{
	my ($proxy, $token, $n) = @_;
	my $who = "storm-$n";
	my @got;
	my $do = sub {
		my ($deed, $path, $body) = @_;
		my ($status, $said) = post($proxy, $token, "$who-$deed",
			"/api/admin/$path", $body);

		push @got, $status;
		return $said;
	};
	my $first = $do->(first => 'orders', order($who, qw(starter year)));
	$do->(pay => "invoices/$first->{invoice}{id}/mark-paid",
		{ amount => sprintf('%.2f', ($site + $backup) / 100),
		reference => "statement $n" });
	my $second = $do->(second => 'orders',
		order($who, qw(daily-backups-30d month)));
	$do->(credit => "invoices/$second->{invoice}{id}/pay", {});
	$do->(cancel => "orders/$second->{id}/cancel", {}) if $n % 3 == 0;
	return "@got";
}

# ---- what there must be ----

sub count
{
	my ($panel, $what) = @_;

	return 0 + (rows($panel, "SELECT count(*) FROM $what"))[0][0];
}

sub check
{
	my ($panel) = @_;
	my $back = int($customers / 3);

	is(count($panel, $_->[0]), $_->[1], $_->[2]) for
		['customers', $customers, 'each customer is there once'],
		['orders', 2 * $customers, 'with two orders'],
		['invoices', 2 * $customers, 'each with its invoice'],
		[q{invoices WHERE status = 'paid'}, 2 * $customers, 'paid'],
		['payments', $customers, 'one payment'],
		['subscriptions', 2 * $customers, 'and two subscriptions'],
		[q{orders WHERE status = 'cancelled'}, $back,
			'a third of the second orders is cancelled'],
		[q{ledger_entries WHERE kind = 'credit_used'}, $customers,
			'credit was used once each'],
		[q{ledger_entries WHERE kind = 'credit_returned'}, $back,
			'and came back once of each that was cancelled'];
	is_deeply(ledger_books($panel), {
		1020 => $customers * ($site + $backup), 1200 => 0, 2100 => 0,
		2110 => -$back * $backup, 4900 => $back * $backup,
		4000 => -$customers * ($site + $backup),
	}, 'the books say the same, to the cent');
}

# ---- the storm ----

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => 4, patience => 60);
	my $token = $panel->admin_token;
	my $begun = time;
	my @got;
	my $proxy = MPanel::Dropper->start(to => $panel->{port},
		share => 0.05);
	my $killer = MPanel::Killer->start($panel, %every,
		%{ $every_on{$db} });
	# On a fast machine all is done before enough died: then once more.
	do {
		push @got, at_once($clients, sub {
			live($proxy, $token, $_[0]) },
			shuffle 1 .. $customers, 1 .. $customers);
	} until ($killer->killed->{worker} // 0) >= 4
		|| time - $begun > $patience;
	my $killed = $killer->stop;
	$proxy->stop;
	diag("$db: killed " . join ', ', map { "$_ $killed->{$_}" }
		sort keys %$killed);

	cmp_ok($killed->{worker} // 0, '>=', 4, "$db: workers were killed");
	is_deeply([grep { !/^201 200 201 200(?: 200)?$/ } @got], [],
		'every call succeeded in the end');
	ok(wait_for(30, sub { $panel->get('/api/health')->{status} == 200 }),
		'the panel is healthy after the storm');
	check($panel);
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
