# Seed.pm - a thousand or a million orders, written by SQL.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Orders, their items and their customers: what lists show; or customers with
# what they were billed: what the dashboard shows.  Not what an intake
# makes (no invoice, no payment): `mpanel doctor` would say so.
package Seed;
use strict;
use warnings;
use Exporter 'import';
use MPanel::Test;
use Rivals;

our @EXPORT = qw(books_by_sql database_url invoices_by_sql orders_by_sql
	pg_analyze pg_vacuum tickets_by_sql);

sub setting
{
	my ($panel, $name) = @_;
	my ($value) = slurp($panel->ready->{config}) =~ /^$name = (.*)$/m;

	return $value;
}

sub database_url { return setting($_[0], 'database') }

# What differs between the engines: an id of version 7 from a number of
# milliseconds and a serial number, text of a number, numbers from 1.
my %words = (
	sqlite => {
		id => sub { my ($ms, $i) = @_; return
			"printf('%08x-%04x-7%03x-8%03x-%012x', ($ms) / 65536, "
			. "($ms) % 65536, ($i) % 4096, 0, $i)" },
		text => sub { "printf('$_[0]', $_[1])" },
		one_of => sub { my ($i, @w) = @_; "CASE ($i) % " . @w
			. join('', map { " WHEN $_ THEN '$w[$_]'" } 0 .. $#w)
			. ' END' },
	},
	postgres => {
		id => sub { my ($ms, $i) = @_; return
			"(lpad(to_hex(($ms) / 65536), 8, '0') || '-' || "
			. "lpad(to_hex(($ms) % 65536), 4, '0') || '-7' || "
			. "lpad(to_hex(($i) % 4096), 3, '0') || '-8000-' || "
			. "lpad(to_hex($i), 12, '0'))::uuid" },
		text => sub { my ($form, $i) = @_;
			my ($head, $zeros, $tail) =
				$form =~ /^(.*)%(?:0(\d+))?d(.*)$/ or die $form;
			my $digits = $zeros ? "lpad(($i)::text, $zeros, '0')"
				: "($i)::text";
			return "'$head' || $digits || '$tail'" },
	},
);
$words{postgres}{one_of} = $words{sqlite}{one_of};

sub script
{
	my ($w, $tenant, $n) = @_;
	my $customers = $n > 10 ? int($n / 10) : 1;
	my $then = int(time) - 2 * 86400; # the newest; not today
	my $ms = sub { "(${then}000 - ($n - $_[0]) * 1000)" };
	my $numbers = sub { "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) "
		. "UNION ALL SELECT i + 1 FROM n WHERE i < $_[0])" };
	my $customer = $w->{id}->("${then}000", "1000000000 + i % $customers + 1");
	my $state = $w->{one_of}->('i', ('completed') x 17, 'processing',
		'refunded', 'cancelled');
	my $when = "$then - ($n - i)";
	my $code = $w->{one_of}->('i + p', qw(starter wp-growth
		daily-backups-30d));

	my $name = sub { $w->{one_of}->($_[0], 'Starter', 'WP Growth',
		'Daily backups, 30 days') };

	return join ";\n", 'BEGIN',
		'INSERT INTO customers (tenant_id, id, name, email, currency, '
		. 'created_at, updated_at) ' . $numbers->($customers)
		. " SELECT '$tenant', "
		. $w->{id}->("${then}000", '1000000000 + i') . ', '
		. $w->{text}->('Client %d', 'i') . ', '
		. $w->{text}->('client%d@example.com', 'i')
		. ", 'USD', $then, $then FROM n",
		'INSERT INTO orders (tenant_id, id, number, status, customer_id, '
		. 'payment_intent_id, currency, total_minor, primary_domain, '
		. 'request, completed_at, version, created_at, updated_at, '
		. 'products) '
		. $numbers->($n) . " SELECT '$tenant', "
		. $w->{id}->($ms->('i'), 'i') . ', '
		. $w->{text}->('ORD-2025-%06d', 'i') . ", $state, $customer, "
		. $w->{text}->('pi_seed_%012d', 'i') . ", 'USD', "
		. "1000 + i % 9000, " . $w->{text}->('shop%d.example.com', 'i')
		. ", '{}', $when + 60, 2, $when, $when + 60, "
		. $name->('i + 1') . " || ' + ' || " . $name->('i + 2')
		. ' FROM n',
		'INSERT INTO order_items (tenant_id, id, order_id, position, '
		. 'product_code, product_id, quantity, period, '
		. 'unit_price_minor, created_at, updated_at) '
		. $numbers->($n) . ', q(p) AS (SELECT 1 UNION ALL SELECT 2) '
		. "SELECT '$tenant', "
		. $w->{id}->($ms->('i'), '2000000000 + 2 * i + p')
		. ', ' . $w->{id}->($ms->('i'), 'i') . ", p, $code, "
		. "(SELECT id FROM products WHERE tenant_id = '$tenant' "
		. "AND code = $code), 1, 'month', 1000, $when, $when "
		. 'FROM n, q',
		'COMMIT', '';
}

# As many customers, each with an invoice, its payment and a subscription: what
# the dashboard sums up.
sub books_script
{
	my ($w, $tenant, $n) = @_;
	my $then = int(time) - 3600;
	my $numbers = "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) "
		. "UNION ALL SELECT i + 1 FROM n WHERE i < $n)";
	# spread over two years
	my $when = "($then - ($n - i) * CAST(63072000 AS BIGINT) / $n)";
	my $id = sub { $w->{id}->("$when * 1000", "$_[0]000000000 + i") };
	my $state = $w->{one_of}->('i', ('paid') x 9, 'open');

	return join ";\n", 'BEGIN',
		'INSERT INTO customers (tenant_id, id, name, email, currency, '
		. "created_at, updated_at) $numbers SELECT '$tenant', "
		. $id->(3) . ', ' . $w->{text}->('Buyer %d', 'i') . ', '
		. $w->{text}->('buyer%d@example.com', 'i')
		. ", 'USD', $when, $when FROM n",
		'INSERT INTO invoices (tenant_id, id, number, customer_id, '
		. 'status, currency, subtotal_minor, total_minor, '
		. 'amount_paid_minor, due_date, issued_at, created_at, '
		. "updated_at) $numbers SELECT '$tenant', " . $id->(4) . ', '
		. $w->{text}->('INV-2025-%07d', 'i') . ', ' . $id->(3)
		. ", $state, 'USD', 2988, 2988, "
		. "CASE WHEN $state = 'paid' THEN 2988 ELSE 0 END, "
		. "'2030-01-01', $when, $when, $when FROM n",
		'INSERT INTO payments (tenant_id, id, invoice_id, customer_id, '
		. 'amount_minor, currency, method, transaction_id, status, '
		. "created_at, updated_at) $numbers SELECT '$tenant', "
		. $id->(5) . ', ' . $id->(4) . ', ' . $id->(3)
		. ", 2988, 'USD', 'stripe', " . $w->{text}->('pi_b%d', 'i')
		. ", 'succeeded', $when, $when FROM n WHERE i % 10 <> 9",
		'INSERT INTO subscriptions (tenant_id, id, customer_id, '
		. 'product_id, domain, status, period, price_minor, currency, '
		. 'anchor_day, current_period_start, current_period_end, '
		. "created_at, updated_at) $numbers SELECT '$tenant', "
		. $id->(6) . ', ' . $id->(3) . ', (SELECT id FROM products '
		. "WHERE tenant_id = '$tenant' AND code = 'starter'), "
		. $w->{text}->('b%d.example.com', 'i')
		. ", 'active', 'year', 2988, 'USD', 1, '2026-01-01', "
		. "'2027-01-01', $when, $when FROM n",
		'COMMIT', '';
}

# A tenth as many customers, and tickets of theirs, of which four fifths are
# closed and half of the rest is nobody's; each says something, and twenty have
# a word of their own.
sub tickets_script
{
	my ($w, $tenant, $n) = @_;
	my $customers = $n > 10 ? int($n / 10) : 1;
	my $then = int(time) - 3600;
	my $numbers = sub { "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) "
		. "UNION ALL SELECT i + 1 FROM n WHERE i < $_[0])" };
	my $when = "($then - ($n - i))";
	my $id = sub { $w->{id}->("$when * 1000", "$_[0]000000000 + i") };
	my $customer = $w->{id}->("${then}000", "1000000000 + i % $customers + 1");
	my $state = $w->{one_of}->('i', ('closed') x 8, 'open', 'waiting');
	my $subject = "CASE WHEN i <= 20 THEN 'Nameservers' ELSE "
		. $w->{one_of}->('i / 10', 'The site is slow',
		'Where is the backup', 'An invoice', 'A new domain') . ' END';
	my $mine = "(SELECT id FROM users WHERE tenant_id = '$tenant' "
		. "AND role = 'super_admin' ORDER BY id LIMIT 1)";

	return join ";\n", 'BEGIN',
		'INSERT INTO customers (tenant_id, id, name, email, currency, '
		. 'created_at, updated_at) ' . $numbers->($customers)
		. " SELECT '$tenant', "
		. $w->{id}->("${then}000", '1000000000 + i') . ', '
		. $w->{text}->('Client %d', 'i') . ', '
		. $w->{text}->('client%d@example.com', 'i')
		. ", 'USD', $then, $then FROM n",
		'INSERT INTO tickets (tenant_id, id, number, customer_id, '
		. 'contact_email, subject, priority, status, assignee_id, '
		. 'mail_key, last_message_at, last_customer_at, closed_at, '
		. 'closings, created_at, updated_at) ' . $numbers->($n)
		. " SELECT '$tenant', " . $id->(5) . ', '
		. $w->{text}->('TKT-2025-%06d', 'i') . ", $customer, "
		. $w->{text}->('client%d@example.com', 'i') . ", $subject, "
		. $w->{one_of}->('i / 3', ('normal') x 8, 'high', 'urgent')
		. ", $state, CASE WHEN i / 10 % 2 = 0 THEN $mine END, "
		. $w->{text}->('key%d', 'i') . ", $when, $when, "
		. "CASE WHEN $state = 'closed' THEN $when END, "
		. "CASE WHEN $state = 'closed' THEN 1 ELSE 0 END, "
		. "$when, $when FROM n",
		'INSERT INTO ticket_messages (tenant_id, id, ticket_id, author, '
		. 'text, via, created_at, updated_at) ' . $numbers->($n)
		. " SELECT '$tenant', " . $id->(6) . ', ' . $id->(5)
		. ", 'customer', 'What is it?', 'web', $when, $when FROM n",
		'COMMIT', '';
}

# Statements by PostgreSQL's superuser.
sub by_root
{
	my ($panel, @sql) = @_;
	(my $root = database_url($panel)) =~ s/user=\w+/user=postgres/;

	open my $in, '|-', 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', $root
		or die "psql: $!";
	print $in map { "$_\n" } @sql;
	close $in or die "psql: failed";
	return;
}

# What its autovacuum does within a minute, and ours has no time to wait for:
# statements that were planned for empty tables are planned again.
sub pg_analyze { return by_root($_[0], 'ANALYZE;') }
sub pg_vacuum { return by_root($_[0], 'VACUUM ANALYZE;') }

# Stops the panel, writes, starts it again.
sub by_script
{
	my ($panel, $script, $n) = @_;
	my $url = database_url($panel);
	my $tenant = $panel->ready->{tenantId};
	my ($file) = $url =~ /^sqlite:(.*)/;

	unless ($file) {
		by_root($panel, $script->($words{postgres}, $tenant, $n));
		return pg_analyze($panel);
	}
	$panel->stop;
	my @argv = as_user('mpanel', "$ENV{MPANEL_BUILD}/t/bench/lite", $file);
	open my $in, '|-', @argv or die "$argv[0]: $!";
	print $in $script->($words{sqlite}, $tenant, $n);
	close $in or die "@argv: failed";
	$panel->launch(60);
	return;
}

sub orders_by_sql { return by_script($_[0], \&script, $_[1]) }
sub tickets_by_sql { return by_script($_[0], \&tickets_script, $_[1]) }
sub books_by_sql { return by_script($_[0], \&books_script, $_[1]) }

# One for each order, which it shares its id and the end of its number with.
sub invoices_by_sql
{
	return by_script($_[0], sub {
		"INSERT INTO invoices (tenant_id, id, number, customer_id,
		order_id, status, currency, subtotal_minor, total_minor,
		amount_paid_minor, issued_at, paid_at, created_at, updated_at)
		SELECT tenant_id, id, replace(number, 'ORD', 'INV'), customer_id,
		id, 'paid', currency, total_minor, total_minor, total_minor,
		created_at, created_at, created_at, created_at FROM orders;\n" });
}

1;
