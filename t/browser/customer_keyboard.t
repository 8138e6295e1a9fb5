#!/usr/bin/perl
# customer_keyboard.t - a customer who has never been here pays, gets help,
# downloads a backup and changes the password, by keyboard alone: what is
# pressed and typed is the record.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# With a real agent, whose backup it is; a judge looks at its pages.
use strict;
use warnings;
use utf8;
use Digest::SHA 'sha256_hex';
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Judge;
use Keyboard;
use MPanel::Browser;
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Stripe;
use MPanel::Test;
use StripePage;
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');
need(Judge::is_here(), 'java or npm is missing');
mock_stripe();

my $ANN = 'ann@example.com';
my ($OLD, $NEW) = ('rusty anvil picnic', 'velvet turbine sandwich');
my $stripe = StripePage->new;
my ($panel, $b, $k, $judge, $account, $invoice, $n);

# ---- the scene: a site, its backup, an open invoice ----

sub stripe_knows
{
	my ($session, %more) = @_;

	stripe_says("GET /v1/checkout/sessions/$session->{id}", 200,
		{ %$session, %more });
}

# The session that is opened next, and paid while the browser is there.
sub open_session
{
	my $back = $panel->url . "/client/invoices/$invoice->{id}";
	my $id = "cs_${$}_" . ++$n;
	my %session = (id => $id, object => 'checkout.session',
		status => 'open', payment_status => 'unpaid',
		url => $stripe->address($back, $id), currency => 'usd',
		amount_total => 1722, livemode => JSON::PP::false);

	stripe_says('POST /v1/checkout/sessions', 200, \%session, 1);
	stripe_knows(\%session, status => 'complete', url => undef,
		payment_status => 'paid', payment_intent => "pi_$id");
}

sub make_scene
{
	my $call = sub { $panel->post("/api/admin/$_[0]",
		token => $panel->admin_token, json => $_[1] // {})->{json} };
	my $order = small_order('pi_one', primaryDomain => 'ann.example');

	push @{ $order->{items} }, { productSlug => 'daily-backups-30d',
		qty => 1, unitPrice => '4.99', billingPeriod => 'month' };
	stripe_says('GET /v1/payment_intents/pi_one', 200, { id => 'pi_one',
		object => 'payment_intent', amount => 3487,
		amount_received => 3487, currency => 'usd',
		status => 'succeeded', livemode => JSON::PP::false });
	person($panel, 'ann', 'customer');
	$account = $panel->intake($order)->{json}{customerId};
	$call->("customers/$account/people", { email => $ANN,
		rights => [qw(billing technical support)] });
	$invoice = $call->('invoices', { customerId => $account,
		items => [{ description => 'Advice', unitPrice => '17.22' }] });
	$invoice = $call->("invoices/$invoice->{id}/issue");
	ok(wait_for(60, sub { rows($panel, 'SELECT 1 FROM backups') }),
		'a backup is made') or diag($panel->log_text);
}

# ---- what the stranger does ----

sub past_menu
{
	$k->tab_to('Skip to content');
	$k->press('Enter');
}

sub comes_in
{
	my ($password) = @_;

	$b->go('/login');
	$k->tab_to('E-mail') unless $k->here =~ /^E-mail/;
	$k->type($ANN);
	$k->tab_to('Password');
	$k->type($password);
	$k->enter;
	is($b->at, '/client', 'signed in');
}

sub pays
{
	$k->tab_to('Pay now');
	$k->enter;
	open_session();
	past_menu();
	$k->tab_to('Pay $17.22');
	$k->press('Enter');
	ok(wait_for(20, sub { ($b->text('h1') // '') eq 'Pay here' }),
		'the invoice leads to Stripe');
	$k->tab_to('Pay');
	$k->enter;
	like($b->text('main'), qr/Paid\. A receipt is on its way/, 'it is paid');
	is((rows($panel, "SELECT status FROM invoices
		WHERE id = '$invoice->{id}'", 'demo'))[0][0], 'paid', 'for real');
}

sub asks
{
	$k->tab_to('Help');
	$k->enter;
	past_menu();
	$k->tab_to('Ask us');
	$k->enter;
	past_menu();
	$k->tab_to('Subject');
	$k->type('Where do I put my files?');
	$k->enter;
	past_menu();
	$k->tab_to('What happened?');
	$k->type('I have a folder with pages.');
	$k->tab_to('Send');
	$k->enter;
	like($b->text('h1'), qr/Where do I put my files\?/,
		'the question is sent');
}

sub downloads
{
	$k->tab_to('Services');
	$k->enter;
	past_menu();
	$k->tab_to('ann.example');
	$k->enter;
	past_menu();
	$k->tab_to('Backups');
	$k->enter;
	$judge->look('client-backups');
	past_menu();
	$k->tab_to('Fetch the latest');
	$k->enter;
	wait_for(30, sub { (rows($panel,
		'SELECT status FROM archive_fetches'))[0][0] eq 'ready' });
	$judge->look('client-backups-fetching');
	if ($b->has('main a.btn:not(.pri)')) {
		$k->tab_to('Skip to content');
		$k->press('Enter');
		$k->tab_to('Look again');
		$k->enter;
	}
	$judge->look('client-backups-ready');
	$b->downloads_to(my $dir = scratch());
	past_menu();
	$k->tab_to('Download');
	$k->press('Enter');
	ok(wait_for(20, sub { my @got = glob "$dir/*.tar.gz"; @got }),
		'a file comes');
	is(sha256_hex(slurp((glob "$dir/*")[0])), (rows($panel,
		'SELECT sha256 FROM backups ORDER BY id DESC'))[0][0],
		'which is the backup');
}

sub changes_password
{
	$k->tab_to('Skip to content');
	$k->tab_to('Account');
	$k->press('Enter');
	$k->tab_to('Sign-in & security');
	$k->enter;
	past_menu();
	$k->tab_to('Your password now');
	$k->type($OLD);
	$k->tab_to('New password');
	$k->type($NEW);
	$k->enter;
	like($b->text('.flash') // '', qr/password/i, 'the password is changed');
}

sub restore_is_asked
{
	$b->follow('Services');
	$b->follow('ann.example');
	$b->follow('Backups');
	$b->go($b->script('return document.querySelector("[data-ask]").href'));
	$judge->look('client-restore');
	$b->go('/client/services');
}

my ($db) = engines();
for my $js (1, 0) {
	$panel = start_instance(db => $db, agent => 1, set => {
		stripe_settings(), stripe_timeout_ms => 8000 });
	$b = MPanel::Browser->start(url => $panel->url, js => $js);
	$k = Keyboard->new($b);
	$judge = Judge->new(browser => $b, panel => $panel, judges => $js);
	note("$db, scripts " . ($js ? 'on' : 'off'));
	make_scene();
	comes_in($OLD);
	pays();
	asks();
	downloads();
	changes_password();
	$k->took(120, 'pay, get help, download a backup, change the password');
	$b->press('Sign out');
	comes_in($NEW);
	restore_is_asked();
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
