#!/usr/bin/perl
# keyboard.t - daily work from the dashboard, by keyboard alone: a site is found
# by its domain and suspended, an invoice is marked paid.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Keyboard;
use MPanel::Browser;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');

my ($db) = engines();
my $panel = start_instance(db => $db);
my $admin = $panel->admin_token;

sub api
{
	my ($method, $path, $json) = @_;
	my $r = $panel->request($method, "/api/admin/$path", token => $admin,
		$json ? (json => $json) : ());

	like($r->{status}, qr/^20[01]$/, "$method $path") or diag($r->{content});
	return $r->{json};
}

$panel->intake(contract_order('pi_known', customerName => 'Ada Okonkwo',
	customerEmail => 'ada@example.com', primaryDomain => 'okonkwo.test'));
while (my $task = $panel->worker('tasks/claim')->{json}{task}) {
	$panel->worker("tasks/$task->{id}/complete", {
		status => 'success', leaseToken => $task->{leaseToken} });
}
my $customer = api(GET => 'customers?email=ada@example.com')->{items}[0];
my $invoice = api(POST => 'invoices', { customerId => $customer->{id},
	items => [{ description => 'Advice', quantity => 1, unitPrice => 80 }] });
$invoice = api(POST => "invoices/$invoice->{id}/issue", {});
ok(wait_for(30, sub { @{ api(GET =>
	"search?q=$invoice->{number}")->{items} } }), 'the search knows it');

my $b = MPanel::Browser->start(url => $panel->url, js => 1);
my $k = Keyboard->new($b);

# Ask for it, and take the first that is found.
sub find
{
	my ($words, $first) = @_;

	$k->chord('k');
	$k->type($words);
	ok(wait_for(10, sub { ($b->text('#pal') // '') =~ /^\W*\w[^\n]*\n\Q$first\E/ }),
		"'$words' finds '$first' first") or diag($b->text('#pal'));
}

$k->sign_in($panel->ready);
find('okonkwo.test', 'okonkwo.test');
$k->enter;
find('suspend', 'Suspend…');
$k->press('Enter');
ok(wait_for(10, sub { $b->has('dialog[open] .ask') }), 'it is asked');
$k->enter;
like($b->text('main'), qr/okonkwo\.test is (?:being )?suspended/,
	'and suspended');
$k->took(8, 'a customer\'s site is found by its domain and suspended');

$k->sign_in($panel->ready);
find($invoice->{number}, $invoice->{number});
$k->enter;
like($b->at, qr{^/invoices/}, 'the invoice');
$k->press('Enter');
ok(wait_for(10, sub { $b->has('dialog[open] .ask') }), 'has it been paid?');
$k->enter;
is(api(GET => "invoices/$invoice->{id}")->{status}, 'paid', 'is paid');
$k->took(6, 'an invoice is marked paid');
$b->stop;
ok(defined $panel->stop, 'it stops');
done_testing();
