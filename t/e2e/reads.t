#!/usr/bin/perl
# reads.t - how many rows an order and a log-in read does not grow with the
# house.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# PostgreSQL counts the rows that its scans return.  Row-level security keeps
# some conditions out of the indexes: a statement that looks well then walks all
# rows of the tenant (db/0007_email_key.pg.sql).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../bench";
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Seed;
use Test::More;

use constant {
	ORDERS => 3000, # 300 customers
	TIMES => 10,
	ROWS_MAX => 200, # of one table, each time: what was empty may be walked
};

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $panel = start_instance(db => 'postgres', workers => 2);
orders_by_sql($panel, ORDERS);
# What it reads meanwhile, for the audit log and for mails, is its own.
my $work = $panel->hold_work;

sub ask
{
	my ($sql) = @_;
	(my $root = database_url($panel)) =~ s/user=\w+/user=postgres/;

	open my $out, '-|', 'psql', '-qXAt', '-F', ' ', $root, '-c', $sql
		or die "psql: $!";
	my @lines = <$out>;
	close $out or die "psql: failed";
	chomp @lines;
	return @lines;
}

# A server process that ends hands in what it has counted.
sub hang_up
{
	ask("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
		. "WHERE usename = 'mpanel_app'");
	return;
}

# The tables of which $do reads more than it should.
sub greedy
{
	my ($do) = @_;

	hang_up();
	ask('SELECT pg_stat_reset()');
	$do->($_) for 1 .. TIMES;
	hang_up();
	return ask('SELECT relname, (seq_tup_read + COALESCE(idx_tup_fetch, 0)) '
		. '/ ' . TIMES . ' AS rows FROM pg_stat_user_tables '
		. 'WHERE seq_tup_read + COALESCE(idx_tup_fetch, 0) > '
		. ROWS_MAX * TIMES . ' ORDER BY rows DESC');
}

my $placed = 0;
my @of_order = greedy(sub {
	my ($i) = @_;
	my $r = $panel->intake(contract_order("pi_reads$i",
		customerEmail => "reads$i\@example.com",
		primaryDomain => "reads$i.example.com"));
	$placed++ if $r->{status} == 201;
});
is($placed, TIMES, TIMES . ' orders are taken');
is("@of_order", '', 'none reads more than ' . ROWS_MAX . ' rows of a table');

my $in = 0;
my @of_log_in = greedy(sub {
	my $r = $panel->post('/api/auth/login', json => {
		email => $panel->ready->{adminEmail},
		password => $panel->ready->{adminPassword} });
	$in++ if $r->{status} == 200;
});
is($in, TIMES, 'somebody signs in ' . TIMES . ' times');
is("@of_log_in", '', 'nor does that');

# A page of a customer's shows an account, and its bar names the others.
my $ann = person($panel, 'ann', 'customer');
my ($customer) = ask('SELECT id FROM customers ORDER BY id LIMIT 1');
$panel->post("/api/admin/customers/$customer/people",
	token => $panel->admin_token, json => { email => 'ann@example.com',
	rights => [qw(billing technical)] });
for my $path ('/client', '/client/services', '/client/invoices') {
	my $ok = 0;

	greedy(sub { $ok++ if $panel->get($path, cookie => $ann->{cookie})
		->{status} == 200 });
	is($ok, TIMES, "$path is read " . TIMES . ' times');
	is((ask(q{SELECT seq_scan + COALESCE(idx_scan, 0)
		FROM pg_stat_user_tables WHERE relname = 'customer_people'}))[0],
		TIMES, 'and asks once who looks after what');
}

my @walk = greedy(sub { ask('SELECT COUNT(*) FROM customers') });
like("@walk", qr/^customers 3\d\d$/, 'who walks all of them is seen');

kill CONT => $work;
$panel->stop;
done_testing();
