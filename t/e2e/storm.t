#!/usr/bin/perl
# storm.t - orders come in while the processes that take them are killed.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Clients do what clients do: no answer or 503 means the same call again.  A
# proxy before nginx loses some answers after commit; workers, the master,
# `mpanel work`, the agent and PostgreSQL are killed.  In the end everything is
# there once, and every sum is what the orders' prices say.
# MPANEL_STORM=20000 makes a long storm (make storm).
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../bench";
use List::Util qw(shuffle sum0);
use MPanel::Dropper;
use MPanel::Killer;
use MPanel::Orders;
use MPanel::Test;
use Seed;
use Test::More;
use Time::HiRes qw(sleep time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $intakes = $ENV{MPANEL_STORM} // 200;
my $is_long = $intakes > 200;
my $deliveries = 3;
my $clients = 8;
my $patience = 120;	# seconds, for one delivery
my $seed = int($ENV{MPANEL_SEED} // time);
srand $seed;
diag("MPANEL_SEED=$seed, $intakes intakes");

# How often who dies, in seconds.
my %every = (worker => $is_long ? [0.1, 0.1, 0.3] : [0.05, 0.05, 0.15],
	part => [1, 6, 10]);
my %every_on = (
	sqlite => {},
	postgres => { postgres => [0.5, 6, 12] },
);

# ---- what is ordered ----

# Product, period, minor units; the catalogue of `mpanel seed`.
my @baskets = map { [map { [split ' '] } @$_] } (
	['starter year 2988'],
	['premium year 5988'],
	['wp-growth month 1095', 'daily-backups-30d month 499'],
	['student year 988', 'daily-backups-30d month 499'],
);

sub basket { return @{ $baskets[$_[0] % @baskets] } }

sub order
{
	my ($number) = @_;

	return small_order("pi_storm_$number", items => [map { {
		productSlug => $_->[0], qty => 1, billingPeriod => $_->[1],
		unitPrice => sprintf('%.2f', $_->[2] / 100)
	} } basket($number)]);
}

# ---- a client ----

sub deliver
{
	my ($proxy, $token, $number) = @_;
	my $body = shuffled_json(order($number));
	my $call = 'POST ' . INTAKE . " HTTP/1.1\r\nhost: 127.0.0.1\r\n" .
		"content-type: application/json\r\nconnection: close\r\n" .
		"authorization: Bearer $token\r\ncontent-length: " .
		length($body) . "\r\n\r\n$body";
	my $end = time + $patience;

	for (my $tries = 1; ; $tries++) {
		my $answer = $proxy->call($call);
		my ($status) = $answer =~ m{^HTTP/1.1 (\d+)};
		$status //= 0;
		if ($status != 0 && $status != 503 || time > $end) {
			my $text = $answer =~ /\r\n\r\n(.*)/s ? $1 : '';
			$text =~ s/"replayed":(?:true|false)/"replayed":0/;
			return [$status, $text, $tries];
		}
		sleep 0.01 + rand 0.05;
	}
}

# ---- what there must be ----

# Rows of each table.
sub expected_counts
{
	my $items = sum0(map { scalar basket($_) } 1 .. $intakes);

	return {
		(map { $_ => $intakes } qw(orders intakes customers invoices
			payments websites_ordered accounts welcomes)),
		(map { $_ => $items } qw(order_items subscriptions
			invoice_items provisioning_tasks)),
	};
}

sub counts
{
	my ($panel) = @_;
	my $count = sub { "SELECT '$_[0]', count(*) FROM " . ($_[1] // $_[0]) };

	return { map { @$_ } rows($panel, join ' UNION ALL ',
		$count->('websites_ordered',
			q{provisioning_tasks WHERE type = 'website'}),
		$count->('accounts', q{users WHERE role = 'customer'}),
		$count->('welcomes', q{outbox WHERE template = 'mail/welcome'}),
		map { $count->($_) } qw(orders intakes customers invoices
			payments order_items subscriptions invoice_items
			provisioning_tasks)) };
}

# Debits less credits of every account: all money is at the card processor,
# all of it was earned, nobody owes anything.
sub expected_books
{
	my $all = sum0(map { $_->[2] } map { basket($_) } 1 .. $intakes);

	return { 1010 => $all, 1200 => 0, 2100 => 0, 4000 => -$all };
}

# Orders whose own rows do not say what their basket costs.
sub wrong_orders
{
	my ($panel) = @_;
	my %price = map { ("pi_storm_$_" =>
		sum0(map { $_->[2] } basket($_))) } 1 .. $intakes;

	return grep {
		my ($intent, @sums) = @$_;
		grep { $_ != ($price{$intent} // -1) } @sums;
	} rows($panel, q{
		SELECT o.payment_intent_id, o.total_minor, i.total_minor,
			i.amount_paid_minor, p.amount_minor
		FROM orders o
		LEFT JOIN invoices i ON i.tenant_id = o.tenant_id
			AND i.order_id = o.id
		LEFT JOIN payments p ON p.tenant_id = o.tenant_id
			AND p.invoice_id = i.id});
}

# Numbers of invoices that are missing or too many, counted from 1 each year.
sub gaps
{
	my ($panel) = @_;
	my (%last, @gaps);

	for (rows($panel, 'SELECT number FROM invoices ORDER BY number')) {
		my ($year, $n) = $_->[0] =~ /^INV-(\d{4})-0*(\d+)$/;
		push @gaps, $_->[0] if $n != ++$last{$year};
	}
	return @gaps;
}

# ---- the storm ----

# As many must have died, or it was no storm.
sub is_storm
{
	my ($db, $killed) = @_;
	my $cuts = sum0(map { $killed->{$_} } grep { /^postgres/ }
		keys %$killed);

	return ($killed->{worker} // 0) >= 10 && ($db ne 'postgres'
		|| $cuts >= ($is_long ? 20 : 1));
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => 4,
		agent => $is_long ? 1 : 0, patience => 60, welcome => 1);
	# A server of the demo has room for 1000 sites.
	$panel->run('seed', '--tenant', 'demo', '--server-name', "more$_")
		for 1 .. $intakes / 1000;
	my $token = $panel->ready->{intakeToken};
	my (@jobs, @got);

	my $begun = time;
	my $proxy = MPanel::Dropper->start(to => $panel->{port},
		share => 0.03);
	my $killer = MPanel::Killer->start($panel, %every,
		%{ $every_on{$db} });
	# On a fast machine all is there before enough died: then once more.
	do {
		my @round = shuffle map { 1 .. $intakes } 1 .. $deliveries;
		push @jobs, @round;
		push @got, at_once($clients, sub {
			deliver($proxy, $token, $_[0]) }, @round);
	} until is_storm($db, $killer->killed) || time - $begun > $patience;
	my $killed = $killer->stop;
	my @notes = $proxy->stop;
	my $took = time - $begun;

	my (%statuses, %answers, %placed);
	my $retried = 0;
	for my $i (0 .. $#jobs) {
		my ($status, $text, $tries) = @{ $got[$i] };
		$statuses{$status}++;
		$answers{ $jobs[$i] }{$text}++;
		$retried += $tries - 1;
	}
	$placed{ $_->[1] }++ for grep { $_->[0] == 201 } @notes;
	my $dropped = grep { $_->[2] } @notes;
	my $dropped_new = grep { $_->[2] && $_->[0] == 201 } @notes;
	diag(sprintf '%s: %d deliveries in %.1f s, %d repeated; %d answers ' .
		'dropped, %d of them to a new order; killed %s', $db,
		scalar @jobs, $took, $retried, $dropped, $dropped_new,
		join ', ', map { "$_ $killed->{$_}" } sort keys %$killed);

	ok(is_storm($db, $killed), "$db: enough of it was killed");
	cmp_ok($dropped_new, '>', 0, 'answers were lost after commit');
	is_deeply([grep { !/^20[01]$/ } keys %statuses], [],
		'every delivery was answered with success in the end')
		or diag(join ', ', map { "$_: $statuses{$_}" } keys %statuses);
	is(scalar(grep { $_ > 1 } values %placed), 0,
		'no intent was placed twice');
	is(scalar(grep { keys %$_ != 1 } values %answers), 0,
		'all answers for an intent are equal but for `replayed`');

	ok(wait_for(30, sub { $panel->get('/api/health')->{status} == 200 }),
		'the panel is healthy after the storm');
	is((rows($panel, 'SELECT count(DISTINCT payment_intent_id) FROM orders'
		))[0][0], $intakes, 'every intent has an order');
	is_deeply(counts($panel), expected_counts(),
		'and there is all that belongs to it, once');
	is((rows($panel, q{SELECT count(*) FROM outbox
		WHERE template LIKE '%order%'}))[0][0], $intakes,
		'and one mail');
	is((rows($panel, 'SELECT count(*) FROM intake_refusals'))[0][0], 0,
		'nothing was refused');
	is_deeply([wrong_orders($panel)], [],
		'each order, invoice and payment is over its price');
	is_deeply(ledger_books($panel), expected_books(),
		'the ledger holds the sum of all prices, to the cent');
	is_deeply([gaps($panel)], [], 'invoice numbers have no gap');
	pg_analyze($panel) if $db eq 'postgres' && $is_long;
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');

	if ($is_long) {
		my ($done) = map { $_->[0] } rows($panel, q{SELECT count(*)
			FROM provisioning_tasks WHERE status = 'success'});
		diag("$db: the agent has done $done tasks meanwhile");
		cmp_ok($done, '>', 0, 'the agent went on working');
	}
	ok(defined $panel->stop, 'it stops');
}
done_testing();
