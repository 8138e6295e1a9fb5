# Orders.pm - paid orders for end-to-end tests: one, many, many at once.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $order = contract_order('pi_1');
#	my $r = $panel->post(INTAKE, token => ..., body => shuffled_json($order));
#	my @got = at_once(8, sub { ... }, @jobs);
package MPanel::Orders;
use strict;
use warnings;
use Exporter 'import';
use JSON::PP;
use List::Util qw(shuffle);
use MPanel::Test;
use POSIX ();

our @EXPORT = qw(INTAKE at_once contract_order doctor_says indexed is_problem
	ledger_books odd_order rows shuffled_json small_order);

use constant INTAKE => '/api/public/orders/stripe-completed';

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

# The order of the contract: two websites and a backup, 45.82 in all.
sub contract_order
{
	my ($intent, %more) = @_;

	return {
		stripePaymentIntentId => $intent,
		customerEmail => 'client@example.com',
		customerName => 'Client Name',
		items => [
			{ productSlug => 'starter', qty => 1,
				unitPrice => '29.88', billingPeriod => 'year' },
			{ productSlug => 'wp-growth', qty => 1,
				unitPrice => '10.95', billingPeriod => 'month' },
			{ productSlug => 'daily-backups-30d', qty => 1,
				unitPrice => '4.99', billingPeriod => 'month' },
		],
		primaryDomain => 'techstartup.net',
		%more,
	};
}

# One website, 29.88, on a domain of its own.
sub small_order
{
	my ($intent, %more) = @_;
	(my $label = lc $intent) =~ s/[^a-z0-9]+/-/g;

	return {
		stripePaymentIntentId => $intent,
		customerEmail => "$label\@example.com",
		customerName => "Client of $intent",
		items => [{ productSlug => 'starter', qty => 1,
			unitPrice => '29.88', billingPeriod => 'year' }],
		primaryDomain => "$label.example.com",
		%more,
	};
}

# One of another price than the product's, which is held in review.
sub odd_order
{
	my $odd = small_order(@_);

	$odd->{items}[0]{unitPrice} = '1.00';
	return $odd;
}

# The same value with the members of its objects in a random order and a
# random amount of white space.
sub shuffled_json
{
	my ($value) = @_;
	my $gap = (' ', '', "\n", "\t ")[int rand 4];

	if (ref $value eq 'HASH') {
		return '{' . join(",$gap", map {
			$json->encode($_) . ":$gap" . shuffled_json($value->{$_})
		} shuffle keys %$value) . '}';
	}
	return '[' . join(",$gap", map { shuffled_json($_) } @$value) . ']'
		if ref $value eq 'ARRAY';
	return $json->encode($value);
}

# Hand @jobs to $width processes, the i-th job to the (i mod width)-th, and
# return what $work->($job, $worker) returned for each, in the order of @jobs.
sub at_once
{
	my ($width, $work, @jobs) = @_;
	my (@pipes, @answers);

	for my $worker (0 .. $width - 1) {
		pipe my $out, my $in or die "pipe: $!";
		my $pid = fork // die "fork: $!";
		if ($pid == 0) {
			close $out;
			srand(rand(2**31) + $worker);
			my @mine = grep { $_ % $width == $worker } 0 .. $#jobs;
			my @done = map {
				[$_, scalar $work->($jobs[$_], $worker)]
			} @mine;
			print $in $json->encode(\@done);
			close $in;
			POSIX::_exit(0);
		}
		close $in;
		push @pipes, [$pid, $out];
	}
	for my $pipe (@pipes) {
		my ($pid, $out) = @$pipe;
		my $text = do { local $/; <$out> };
		waitpid $pid, 0;
		die "a process of at_once died ($?)" if $? || $text eq '';
		$answers[$_->[0]] = $_->[1] for @{ $json->decode($text) };
	}
	return @answers;
}

# The rows of a statement as the panel's own role sees them, each a list.
sub rows
{
	my ($panel, $sql, $tenant) = @_;
	my ($status, $text) = $panel->run('sql', '--read-only', '--tenant',
		$tenant // 'demo', $sql);

	die "sql: exit $status\n" if $status;
	return map { [split /\t/, $_, -1] } split /\n/, $text;
}

# Until `mpanel work` has given every row its words, a second or two later.
sub indexed
{
	my ($panel) = @_;
	my $sql = 'SELECT (SELECT count(*) FROM search_marks)' . join '', map {
		" + (SELECT count(*) FROM $_ t WHERE NOT EXISTS (SELECT 1
		FROM search_entries e WHERE e.kind = '$_'
		AND e.tenant_id = t.tenant_id AND e.row_id = t.id))" }
		qw(customers orders invoices payments subscriptions websites
		domains);

	return wait_for(30, sub { (rows($panel, $sql))[0][0] == 0 });
}

# Debits less credits of every account that has any.
sub ledger_books
{
	my ($panel) = @_;

	return { map { $_->[0] => 0 + $_->[1] } rows($panel, q{
		SELECT a.code, SUM(CASE WHEN t.debit_account_id = a.id
			THEN t.amount_minor ELSE -t.amount_minor END)
		FROM ledger_accounts a
		JOIN ledger_transfers t ON t.tenant_id = a.tenant_id
			AND (t.debit_account_id = a.id
			OR t.credit_account_id = a.id)
		GROUP BY a.code}) };
}

# '' when the doctor finds nothing wrong, else what it says.
sub doctor_says
{
	my ($panel) = @_;
	my ($status, $text) = $panel->run('doctor');

	return '' if $status == 0 && $text =~ /^ok\t/m && $text !~ /FAILED/;
	return "exit $status\n" . join "\n", grep { !/^ok\t/ } split /\n/, $text;
}

# What is not as the contract wants it of an error with $status; '' if all is.
sub is_problem
{
	my ($r, $status) = @_;
	my $p = $r->{json};
	my $type = $r->{headers}{'content-type'} // '';
	my @wrong;

	return "$r->{status} instead of $status: $r->{content}"
		if $r->{status} != $status;
	return "no JSON object: $r->{content}" if ref $p ne 'HASH';
	push @wrong, "type $type" if $type ne 'application/problem+json';
	push @wrong, "status $p->{status}" if $p->{status} != $status;
	for my $name (qw(type title detail requestId)) {
		push @wrong, "no $name" unless length($p->{$name} // '');
	}
	push @wrong, 'no errors[]' if ref $p->{errors} ne 'ARRAY';
	push @wrong, 'no error.code' unless $p->{error}{code};
	push @wrong, 'no error.message' unless $p->{error}{message};
	push @wrong, 'no error.details' if ref $p->{error}{details} ne 'HASH';
	push @wrong, 'another X-Request-Id'
		if ($r->{headers}{'x-request-id'} // '') ne $p->{requestId};
	for my $e (@{ $p->{errors} // [] }) {
		push @wrong, 'an error without its members'
			if grep { !defined $e->{$_} } qw(field code message);
	}
	return join ', ', @wrong;
}

1;
