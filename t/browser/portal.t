#!/usr/bin/perl
# portal.t - what a customer sees from the first log-in on, and what axe and vnu
# say of it; with scripts, then without.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Judge;
use MPanel::Browser;
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Story;
use POSIX qw(strftime);
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');
need(Judge::is_here(), 'java or npm is missing');

my ($panel, $b, $story, @account);

# Two accounts of one person; the first is set up by the agent.
sub make_scene
{
	my $admin = $panel->admin_token;
	my $call = sub { $panel->post("/api/admin/$_[0]", token => $admin,
		json => $_[1])->{json} };

	person($panel, 'ann', 'customer');
	@account = map { $panel->intake(small_order("pi_$_", customerName =>
		"O'Brien & Söhne <$_>"))->{json}{customerId} } qw(one two);
	$call->("customers/$_/people", { email => 'ann@example.com',
		rights => [qw(billing technical support)] }) for @account;
	my $draft = $call->('invoices', { customerId => $account[0],
		items => [{ description => 'Advice', unitPrice => 50 }] });
	$call->("invoices/$draft->{id}/issue", {});
	$story->wait_until(pi_one => 'completed');
	use_some();
}

# As its agent would tell it: most of the storage of the plan.
sub use_some
{
	my ($site) = (rows($panel, q{SELECT id FROM websites
		WHERE domain = 'pi-one.example.com'}, 'demo'))[0][0];
	my @days = map { { siteId => $site, diskBytes => 7_200_000_000
			+ $_ * 50_000_000, files => 1284,
		sentBytes => 200_000_000 * (1 + ($_ * 7) % 5),
		day => strftime('%Y-%m-%d', gmtime(time - (29 - $_) * 86400)) } }
		0 .. 29;

	$panel->post('/api/agent/heartbeat', json => { usage => \@days },
		token => $panel->ready->{workerToken});
}

sub home
{
	$b->go('/login');
	$story->enter('ann@example.com', 'rusty anvil picnic');
	is($b->at, '/client', 'a customer comes to the portal');
	$story->look('client-home');
	is($b->text('h1'), 'Hello', 'and is greeted');
	like($b->text('.due'), qr/\$50\.00.*1 invoice/s, 'what is due is said');
	like($b->text('.svc'), qr/pi-one\.example\.com.*Active/s,
		'and what runs');
	like($b->text('.svc'), qr/Storage.*8\.7 of 10 GB.*Traffic/s,
		'with what it uses');
}

sub services
{
	$b->follow('Services');
	$story->look('client-services');
	$b->follow('pi-one.example.com');
	$story->look('client-service');
	like($b->text('main'), qr/Up and running\./, 'a service says how it is');
	ok($b->has('a[href*="pi-one.example.com"]'), 'and leads to the site');
	like($b->text('main'), qr/Traffic by day.*Storage by day/s,
		'and what it used by day');
	plan();
	ending();
	$story->see('client-attach', $b->at . '/domain');
	$b->fill('#f-domain', 'shop.example.com');
	$b->press('Attach domain');
	$story->look('client-attach-own', status => 409);
	is($b->value('#f-domain'), 'shop.example.com', 'what was typed is kept');
	$b->follow('Domains');
	$story->look('client-domains');
	$b->follow('pi-one.example.com');
	$story->look('client-domain');
}

# Another plan is asked for, and that is taken back.
sub plan
{
	my $at = $b->at;

	$b->follow('Change plan');
	$story->look('client-plans');
	$story->ask('Choose Premium', 'client-plan');
	like($b->text('.ask'), qr/You pay nothing now\./,
		'what is charged when is said before');
	$b->press('Ask for Premium');
	$story->flash_is(qr/^We have your wish/, 'a plan is asked for');
	$story->look('client-plans-waiting');
	$b->press('Take it back');
	$story->flash_is(qr/^The plan stays as it is/, 'and taken back');
	is($b->at, $at, 'which leads back to the service');
}

# It is cancelled, and kept after all.
sub ending
{
	$story->ask('Cancel…', 'client-cancel');
	like($b->text('.ask'), qr/It works until the end of .*You can keep it/s,
		'the question says until when it works');
	$b->choose('#f-reason', 'moving');
	$b->fill('#f-note', 'Far away');
	$b->press($b->text('button.sure'));
	$story->flash_is(qr/^pi-one\.example\.com is cancelled/,
		'a service is cancelled');
	like($b->text('main'), qr/Ends on .*You can keep it until then\./s,
		'its page says until when');
	$story->look('client-service-ending');
	$b->press('Keep it');
	$story->flash_is(qr/^pi-one\.example\.com goes on/, 'and it is kept');
}

sub invoices
{
	$b->follow('Invoices');
	$story->look('client-invoices');
	$b->follow('Open');
	is(scalar($b->find('tbody tr')), 1, 'what is open is found');
	$b->follow($b->text('tbody a'));
	like($b->text('main'), qr/\$50\.00 is due on/, 'one says when to pay');
	$story->look('client-invoice');
}

# Somebody else looks after the invoices.
sub people
{
	$b->click('.menu summary');
	$b->follow('People');
	$story->look('client-people');
	$b->fill('#f-email', 'nobody');
	$b->press('Add');
	$story->look('client-people-none', status => 422);
	$b->click('#f-support');
	$b->press('Add');
	$story->look('client-people-wrong', status => 422);
	$b->click('#f-support');
	is($b->value('#f-email'), 'nobody', 'what was typed is kept');
	$b->fill('#f-email', 'books@example.com');
	$b->click('#f-billing');
	$b->press('Add');
	$story->flash_is(qr/^books\@example\.com looks after the account/,
		'somebody is added');
	$story->ask('Take away… books@example.com', 'client-people-remove');
	$b->press('Take away');
	$story->flash_is(qr/^books\@example\.com sees nothing/,
		'and taken away');
}

# A phone has all of the menu; the account is changed from the other one's.
sub accounts
{
	$b->go('/client');
	$b->size(375, 740);
	ok($b->has('nav a[href="/client/invoices"]'), 'a phone has the menu');
	$b->size(1280, 900);
	$b->click('.menu summary');
	$b->press("Look at O'Brien & Söhne <two>");
	$story->flash_is(qr/You look at O'Brien & Söhne <two> now\./,
		'another account is looked at');
	$story->look('client-other');
	$story->see('client-help', '/client/help');
	$story->see('client-missing', '/client/services/none', status => 404);
	$story->see('client-account', '/account');
	$b->fill('#f-firstName', 'Ann');
	$b->press('Save');
	$b->go('/client');
	is($b->text('h1'), 'Hello, Ann', 'who has a name is greeted by it');
}

# Staff see the same on the website's own page.
sub staff
{
	$b->click('.menu summary');
	$b->press('Sign out');
	$story->enter(@{ $panel->ready }{qw(adminEmail adminPassword)});
	$story->see('websites-usage', '/websites');
	$b->follow('pi-one.example.com');
	$story->look('website-usage');
	like($b->text('main'), qr/8\.7 GB.*of 10 GB, 1,284 files.*Traffic by day/s,
		'staff see what a site uses');
}

my ($db) = engines();
for my $js (1, 0) {
	$panel = start_instance(db => $db, agent => 1);
	$b = MPanel::Browser->start(url => $panel->url, js => $js);
	my $judge = Judge->new(browser => $b, panel => $panel,
		judges => $js);
	$story = Story->new(browser => $b, panel => $panel,
		look => sub { $judge->look(@_) });
	note("$db, scripts " . ($js ? 'on' : 'off'));
	make_scene();
	home();
	services();
	invoices();
	people();
	accounts();
	staff();
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
