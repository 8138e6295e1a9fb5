#!/usr/bin/perl
# review.t - what a hostile reader of the code tried, on both engines.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use FindBin;
use JSON::PP;
use POSIX qw(strftime);
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $json = JSON::PP->new->utf8->canonical;
my $no_id = '01890000-0000-7000-8000-000000000000';

# Queries that no page and no list may stumble over.
my @queries = ('', '?', '?limit=0', '?limit=99999999999999999999', '?cursor=x',
	'?cursor=3e00' . '61' x 37, '?sort=-', '?sort=-createdAt', '?sort=name',
	'?q=a', '?q=' . 'x' x 3000, '?q=%27%22%5C%25_', '?q=%00', '?q=%ff',
	'?q=%F0%9F%98%80', '?status=x', '?customerId=x',
	"?customerId=$no_id", '?range=x', '?range=7d', '?a=1&a=2', '?%zz=1',
	'?tab=x', '?page=-1', '?createdAt=x', '?total=x', '?version=1');

# Every safe route with odd parameters: an answer, and never a fault.
sub test_queries
{
	my ($panel, $db, $token) = @_;
	my (undef, $text) = $panel->run('routes', '--json');
	my $log = $panel->state_dir . '/log/master.log';
	my (@faults, $n);

	for my $route (@{ $json->decode($text) }) {
		next if $route->{method} ne 'GET' || $route->{path} =~ /\*$/;
		my @ids = $route->{path} =~ /:/
			? ($no_id, 'x', '%00', '%ff', '9' x 40) : ('');
		for my $id (@ids) {
			(my $path = $route->{path}) =~ s/:\w+/$id/;
			for my $query ($id eq $ids[0] ? @queries : '') {
				my $r = $panel->get("$path$query", token => $token);
				$n++;
				next if $r->{status} < 500 || $r->{status} == 501;
				push @faults, "$path$query: $r->{status}";
			}
		}
	}
	cmp_ok($n, '>', 1000, "$db: every safe route is asked");
	is(join("\n", @faults), '', "$db: none fails, whatever the parameters");
	my @errors = grep { /"level":"error"/ } split /\n/, slurp($log);
	is(join("\n", @errors), '', "$db: and none of them logs an error");
}

sub test_key
{
	my ($panel, $db) = @_;
	my %o = (token => $panel->ready->{intakeToken},
		headers => { 'idempotency-key' => 'one' });
	my $first = $panel->post(INTAKE, json => small_order('pi_key'), %o);
	my $again = $panel->post(INTAKE, json => small_order('pi_key'), %o);
	my $other = $panel->post(INTAKE, json => small_order('pi_other'), %o);

	is($first->{status}, 201, "$db: an order with a key is placed");
	is($again->{status} . $again->{content},
		$first->{status} . $first->{content},
		"$db: the same key and body give the stored answer");
	is($again->{headers}{'idempotent-replayed'}, 'true',
		"$db: and say so");
	is(is_problem($other, 409), '',
		"$db: the same key with another order is refused");
	is((rows($panel, "SELECT COUNT(*) FROM orders "
			. "WHERE payment_intent_id = 'pi_other'"))[0][0], 0,
		"$db: and places nothing");
}

# A report has its task and wants the order, a refund both: on PostgreSQL they
# must not wait for each other.
sub test_refund_beside_reports
{
	my ($panel, $db, $admin) = @_;
	my $worker = $panel->ready->{workerToken};
	my $tasks = '/api/worker/tasks';

	for my $i (1 .. 8) {
		my $order = contract_order("pi_race$i",
			customerEmail => "race$i\@example.com",
			primaryDomain => "race$i.example.com");
		my $id = $panel->post(INTAKE, json => $order,
			token => $panel->ready->{intakeToken})->{json}{orderId};
		my @calls = (["/api/admin/orders/$id/refund", {}, $admin]);
		while (my $task = $panel->post("$tasks/claim", json => {},
				token => $worker)->{json}{task}) {
			push @calls, ["$tasks/$task->{id}/complete",
				{ leaseToken => $task->{leaseToken},
					status => 'success' }, $worker];
		}
		my @got = at_once(scalar @calls, sub {
			my ($path, $body, $token) = @{ $_[0] };
			return $panel->post($path, json => $body,
				token => $token)->{status};
		}, @calls);
		is(scalar(grep { !/^(200|409)$/ } @got), 0,
			"$db: refund $i beside reports: @got");
	}
	my $log = $panel->state_dir . '/log/postgres.log';
	unlike(-r $log ? slurp($log) : '', qr/deadlock detected/,
		"$db: nobody waits for each other");
	is(doctor_says($panel), '', "$db: and the doctor finds nothing");
}

sub test_late_money
{
	my ($panel, $db, $admin) = @_;
	my $order = small_order('pi_late', items => [{ productSlug => 'starter',
		unitPrice => 0, billingPeriod => 'year' }]);
	my $id = $panel->post(INTAKE, json => $order,
		token => $panel->ready->{intakeToken})->{json}{orderId};
	my $event = $json->encode({ id => 'evt_late', data => { object => {
		id => 'pi_late' } }, type => 'payment_intent.succeeded' });
	my $at = time;
	my $sum = hmac_sha256_hex("$at.$event", 'whsec_test');

	is($panel->post("/api/admin/orders/$id/cancel", json => {},
			token => $admin)->{status}, 200,
		"$db: an order that nobody paid is cancelled");
	is($panel->post('/api/webhooks/stripe', body => $event,
			type => 'application/json', headers => {
				'stripe-signature' => "t=$at,v1=$sum" })->{status},
		200, "$db: then Stripe tells of its payment");
	$panel->run('--now', strftime('%Y-%m-%dT%H:%M:%SZ', gmtime($at + 1000)),
		'work', '--once');
	is_deeply([rows($panel, "SELECT source, status FROM intake_refusals "
			. "WHERE payment_intent_id = 'pi_late'")],
		[['webhook', 'open']], "$db: and staff see it");
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => 4,
		set => { stripe_webhook_secrets => 'whsec_test' });
	my $admin = $panel->admin_token;

	test_key($panel, $db);
	test_refund_beside_reports($panel, $db, $admin);
	test_late_money($panel, $db, $admin);
	test_queries($panel, $db, $admin);
	$panel->stop;
}
done_testing();
