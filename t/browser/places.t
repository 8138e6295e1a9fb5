#!/usr/bin/perl
# places.t - servers as staff make and change them, and an order that waits for
# a place on one; with scripts, then without.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Judge;
use MPanel::Browser;
use MPanel::Orders;
use MPanel::Test;
use Story;
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');
need(Judge::is_here(), 'java or npm is missing');

my ($panel, $b, $story);

sub servers
{
	$story->see('places-servers', '/servers');
	like($b->text('main'), qr/db-core.*dns-core.*mail-core.*srv1/s,
		'the nodes of the demo are there');
	$b->follow('New server');
	$story->look('places-server-new');
	$b->fill('#f-name', 'Web 2');
	$b->fill('#f-fqdn', 'web-2.example.com');
	$b->fill('#f-weight', '0');
	$b->press('Make the server');
	$story->look('places-server-wrong', status => 422);
	like($b->text('main'), qr/from 1 to 100/, 'a weight has its range');
	$b->fill('#f-name', 'web-2');
	$b->fill('#f-weight', '20');
	$b->fill('#f-group', 'web-eu');
	$b->fill('#f-capacitySites', '0');
	$b->fill('#f-tags', 'nvme, new');
	$b->press('Make the server');
	$story->flash_is(qr/The server is there/, 'a server by hand');
	$story->look('places-server-made');
	like($b->text('main'), qr/web-eu.*0 of 0 taken.*20.*nvme, new/s,
		'which says how it is chosen');
	like($b->text('main'), qr/--server \S+ --enroll/,
		'and how its agent comes to it');
	$story->see('places-servers-group', '/servers?group=web-eu');
	like($b->text('main'), qr/web-2/, 'a group is a filter');
	unlike($b->text('main'), qr/srv1/, 'and shows nothing else');
}

# What the page of a product says about where it goes.
sub group
{
	my $product = $panel->get('/api/admin/products?q=starter',
		token => $panel->admin_token)->{json}{items}[0]{id};

	$b->go("/products/$product/edit");
	$b->fill('#f-serverGroup', 'web-us');
	$b->press('Save changes');
	$story->look('places-product-wrong', status => 422);
	like($b->text('main'), qr/No server is in the group web-us/,
		'a group that no server is in is refused');
	$b->fill('#f-serverGroup', 'web-eu');
	$b->press('Save changes');
	$story->flash_is(qr/changes are saved/, 'one that is there is taken');
}

sub waits
{
	my $order = $panel->intake(small_order('pi_waits',
		primaryDomain => 'waits.example'))->{json};

	is($order->{status}, 'processing', 'an order without a place is placed');
	$story->see('places-provisioning', '/provisioning');
	like($b->text('main'), qr/One website waits for a place on a server/,
		'the overview says that it waits');
	$story->see('places-order', "/orders/$order->{orderId}");
	like($b->text('main'), qr/the web servers in group web-eu have no places/,
		'and so does the order');
	$b->go('/provisioning/tasks?status=pending');
	$story->look('places-tasks');
	$b->follow('waits.example');
	$story->look('places-task-waits');
	like($b->text('main'), qr/It waits for a place.*starts by itself/s,
		'and its task');
	return $b->at;
}

sub goes_on
{
	my ($task) = @_;

	$b->go('/servers?group=web-eu');
	$b->follow('web-2');
	$b->follow('Edit');
	$story->look('places-server-edit');
	$b->fill('#f-capacitySites', '50');
	$b->press('Save changes');
	$story->flash_is(qr/changes are saved/, 'there is room');
	ok(wait_for(30, sub {
		$b->go($task);
		$b->text('main') =~ /Why this server/;
	}), 'it goes on by itself');
	$story->look('places-task-placed');
	like($b->text('main'),
		qr/0 of 50 places taken, the only server with room in group web-eu/,
		'and says why this server');
	$b->go('/servers?group=web-eu');
	$b->follow('web-2');
	$story->ask('Remove…', 'places-server-remove');
	$b->press('Remove the server');
	$story->look('places-server-kept');
	like($b->text('main'), qr/web-2 was not removed. It has 1 website/,
		'a server with a website is not removed');
}

my ($db) = engines();
for my $js (1, 0) {
	$panel = start_instance(db => $db);
	$b = MPanel::Browser->start(url => $panel->url, js => $js);
	my $judge = Judge->new(browser => $b, panel => $panel,
		judges => $js);
	$story = Story->new(browser => $b, panel => $panel,
		look => sub { $judge->look(@_) });
	note("$db, scripts " . ($js ? 'on' : 'off'));
	$b->go('/login');
	$story->enter($panel->ready->{adminEmail},
		$panel->ready->{adminPassword});
	servers();
	group();
	goes_on(waits());
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
