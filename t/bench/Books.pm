# Books.pm - customers, their invoices and the dashboard over few rows and many.
# SPDX-License-Identifier: AGPL-3.0-or-later
package Books;
use strict;
use warnings;
use Exporter 'import';
use Lists;
use MPanel::Test;
use Seed;

our @EXPORT = qw(books);

# What is asked by name: whatever people do with a list.  A cookie is sent where
# a page is asked for.
sub paths
{
	# A row that both have, and what only it has and is not all of it: a
	# whole e-mail would lead straight to its page.
	my $one = 500;
	my $only = "buyer$one\@example.co";
	my $number = sprintf 'INV-2025-%07d', $one;

	return (
		dashboard => '/dashboard',
		summary => '/api/admin/dashboard/summary',
		customers_json => '/api/admin/customers',
		customers_html => '/admin/customers',
		customers_filter => '/api/admin/customers?status=active',
		customers_email =>
			"/api/admin/customers?email=buyer$one\@example.com",
		customers_sort => '/api/admin/customers?sort=name',
		customers_search => "/api/admin/customers?q=$only",
		customers_search_all => '/api/admin/customers?q=buyer',
		invoices_json => '/api/admin/invoices',
		invoices_html => '/invoices',
		invoices_filter => '/api/admin/invoices?status=open',
		invoices_filter_html => '/invoices?status=open',
		invoices_overdue => '/invoices/overdue',
		invoices_due => '/api/admin/invoices/due',
		invoices_search_html => "/invoices?q=$number",
		invoices_search => "/api/admin/invoices?q=$number",
		invoices_search_all => '/api/admin/invoices?q=INV',
		invoices_whose => "/api/admin/invoices?q=$only",
		search => "/api/admin/search?q=$only",
		search_number => "/api/admin/search?q=$number",
		search_all => '/api/admin/search?q=buyer',
		search_html => "/search?q=$only",
	);
}

# What has gathered is added up by the clock, and words are made of rows.
sub settle
{
	my ($b, $panel) = @_;
	my ($status) = $panel->run('search', 'fill');

	die "search fill: exit $status\n" if $status;
	wait_for(300, sub { my (undef, $text) = $panel->run('sql', '--read-only',
		'--tenant', 'demo', 'SELECT COUNT(*) FROM tally_changes');
		$text =~ /^0$/m }) or die 'nobody adds up';
	pg_vacuum($panel) if database_url($panel) =~ /^postgres/;
	$b->say_it('a panel is filled');
	return;
}

sub books_on
{
	my ($b, $db, $suffix) = @_;
	my $n = $b->many;
	my @panels = map { start_instance(workers => 2, db => $db) } 1, 2;
	my %path = paths();
	my @names = sort keys %path;
	my @ask;

	books_by_sql($panels[0], 1000);
	books_by_sql($panels[1], $n);
	$b->say_it("$db: $n customers and invoices are there");
	settle($b, $_) for @panels;
	# Whose tokens would be too old by now.
	for my $panel (@panels) {
		my ($token, $cookie) = ($panel->admin_token, signed_in($panel));
		my %ask = map { $_ => $b->request($path{$_},
			$path{$_} =~ m{^/api/} ? (token => $token)
				: (cookie => $cookie)) } @names;
		push @ask, \%ask;
	}
	my $got = $b->rounds(map { my $name = $_; map { my $i = $_;
		("$name $i" => sub {
			$b->load($panels[$i]{port}, $ask[$i]{$name})
		}) } 0, 1 } @names);

	$b->row("dashboard$suffix", unit => '1/s',
		value => $b->median_of($got, 'dashboard 1'));
	$b->compare("books_$_${suffix}_1m_over_1k", $got, "$_ 1", "$_ 0",
		'the same over 1,000 rows') for @names;
	$_->stop for @panels;
	return;
}

# Of the engines that tests run on.
sub books
{
	my ($b) = @_;

	books_on($b, $_, $_ eq 'postgres' ? '_pg' : '') for engines();
	return;
}

1;
