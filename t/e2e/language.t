#!/usr/bin/perl
# language.t - people read pages in their language, by their clock; programs
# read what they always read.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, %me);

sub choose
{
	my (%what) = @_;
	my $r = $panel->request(PATCH => '/api/auth/me',
		token => $panel->admin_token, json => \%what);

	is($r->{status}, 200, join ', ', map { "$_ $what{$_}" } sort keys %what)
		or diag($r->{content});
}

sub page
{
	my $r = $panel->get($_[0], cookie => $me{cookie});

	utf8::decode($r->{content});
	return $r->{content};
}

# Fills in and sends the form at a path.
sub send_form
{
	my ($path, $to, %fields) = @_;
	my $form = $panel->get($path, cookie => $me{cookie})->{content};
	my %hidden = $form =~ /name="(csrf|key|version)" value="([^"]*)"/g;
	my %all = (%hidden, %fields);
	my $r = $panel->post($to, cookie => $me{cookie},
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $panel->url },
		body => join '&', map {
			"$_=" . ($all{$_} =~ s/([^\w.-])/sprintf '%%%02x', ord $1/ger)
		} sort keys %all);

	utf8::decode($r->{content});
	return $r;
}

# What was wrong with a call.
sub wrong_with
{
	my ($path, $body) = @_;
	my $r = $panel->request(POST => $path, token => $panel->admin_token,
		json => $body);

	return join ' ', $r->{status},
		map { "$_->{field}: $_->{message}" } @{ $r->{json}{errors} };
}

# What a person got wrong is said in their language, on pages alone.
sub tell_mistakes
{
	my ($engine) = @_;
	my $r = send_form('/admin/customers/new', '/admin/customers/new',
		name => '', email => 'nowhere');

	is($r->{status}, 422, "$engine: a form with mistakes comes back");
	like($r->{content}, qr/Das muss angegeben werden\./,
		'a German reads what is missing');
	like($r->{content}, qr/Das ist keine E-Mail-Adresse/,
		'and what is wrong, beside its field');
	unlike($r->{content}, qr/This is (?:required|no e-mail)/,
		'and nothing of it in English');
	like(wrong_with('/api/admin/customers',
		{ name => 'N', email => 'nowhere' }),
		qr/^422 email: This is no e-mail address\./,
		'a program of theirs reads English');
	$r = send_form('/orders/new', '/orders/new', who => 'a@example.com',
		rows => 1, code1 => 'starter', period1 => 'month', qty1 => 5000,
		payment => 'free');
	like($r->{content}, qr/Eine Menge liegt zwischen 1 und 1000\./,
		'values stand where they belong');

	my ($done) = map { $_->[0] } rows($panel, 'SELECT id FROM orders '
		. "WHERE status <> 'review' AND payment_intent_id = 'pi_words'",
		'demo');
	$r = $panel->get("/orders/$done/accept", cookie => $me{cookie});
	utf8::decode($r->{content});
	is($r->{status}, 409, 'what is over is not accepted');
	like($r->{content}, qr/ist nicht mehr in Prüfung, sondern \w+ ?\w+\./,
		'and a German is told so, with the state in German');
	unlike($r->{content}, qr/processing|completed/, 'not as programs are');

	# what is kept is for all who read it
	$r = $panel->intake(contract_order('pi_held', items => [
		{ productSlug => 'starter', qty => 1, unitPrice => '1.00',
			billingPeriod => 'year' }],
		primaryDomain => 'held.example.com'));
	is($r->{json}{status}, 'review', 'an order is held');
	my $id = $r->{json}{orderId};
	$r = send_form("/orders/$id/correct", "/orders/$id/correct",
		code1 => 'wp-growth', period1 => 'month', qty1 => 2,
		domain1 => 'held.example.com');
	is($r->{status}, 303, 'a German corrects it');
	my @kept = map { $_->[0] } rows($panel, 'SELECT p.message FROM '
		. 'order_problems p JOIN orders o ON o.id = p.order_id '
		. 'WHERE p.resolved_at IS NULL', 'demo');
	cmp_ok(scalar @kept, '>', 0, 'and it is still held');
	is(scalar(grep { !/^(?:The |wp-growth can be)/ } @kept), 0,
		'for reasons that are kept in English') or diag("@kept");
	my $order = page("/orders/$id");
	like($order, qr/Wird geprüft: .*Das Geld ist sicher\./s,
		'the order says in German why it waits');
	unlike($order, qr/Nothing has been|Held for|Item \d/,
		'and not in English');
	my $board = page('/dashboard');
	like($board, qr/Guten|Gute Nacht/, 'the dashboard greets in German');
	like($board, qr/bezahlte Bestellung.*wird geprüft/s,
		'and says so what needs somebody');
	$r = send_form("/orders/$id/cancel", "/orders/$id/cancel",
		reason => 'x' x 2000);
	like($r->{content}, qr/Ein Grund hat höchstens \d+ Zeichen/,
		'a question answered wrongly asks again, in German');
}

for my $engine (engines()) {
	$panel = start_instance(db => $engine,
		set => { approve_refund_over => 1 });
	%me = $panel->sign_in(email => $panel->ready->{adminEmail},
		password => $panel->ready->{adminPassword});
	$panel->intake(contract_order('pi_words',
		customerName => 'Active <Orders>'));

	my $english = page('/orders');
	like($english, qr/<html lang="en"/, "$engine: pages are English");
	like($english, qr/<h1>Orders</, 'with their headline');

	choose(language => 'de');
	my $german = page('/orders');
	like($german, qr/<html lang="de"/, 'who chooses German');
	like($german, qr/Bestellungen/, 'reads the menu in German');
	like($german, qr/aria-label="[^"]*[äöü]/, 'and what is read aloud');
	like($german, qr/Active &lt;Orders&gt;/, 'names stay as they are');
	like($german, qr/45,82\x{a0}\$/, 'money is written as there');
	my $list = page('/subscriptions');
	like($list, qr/Abonnements.*Spalten/s, 'described lists speak, too');
	like($list, qr/(?:29\. Dez\.|Wartend|Ausstehend)/,
		'with days and states');
	my $r = $panel->get('/nowhere', cookie => $me{cookie});
	utf8::decode($r->{content});
	like($r->{content}, qr/<html lang="de"/, 'and so does a refusal');

	my $api = $panel->get('/api/admin/orders', token => $panel->admin_token);
	is($api->{json}{items}[0]{total}, 45.82, 'programs read what they did');
	like($api->{json}{items}[0]{createdAt}, qr/Z\z/, 'by UTC');

	# what the palette asks is for the person
	ok(indexed($panel), 'the search knows the customer');
	my %found = (cookie => { cookie => $me{cookie} },
		token => { token => $panel->admin_token });
	for my $by (sort keys %found) {
		my $items = $panel->get('/api/admin/search?q='
			. ($by eq 'cookie' ? 'bestell' : 'order'),
			%{ $found{$by} })->{json}{items};
		my $said = join '|', map { "$_->{group}: $_->{title}" } @$items;
		like($said, $by eq 'cookie' ? qr/Gehe zu: Bestellungen/
			: qr/Go to: Orders/, "the palette's answer by $by");
		$items = $panel->get('/api/admin/search?q=active',
			%{ $found{$by} })->{json}{items};
		my ($who) = grep { $_->{type} eq 'customers' } @$items;
		is("$who->{status} $who->{statusText}", $by eq 'cookie'
			? 'active Aktiv' : 'active Active', 'and a state');
	}

	# one asks, another reads
	my ($asked) = $panel->get('/api/admin/orders',
		token => $panel->admin_token)->{json}{items}[0]{id};
	is(send_form("/orders/$asked/refund", "/orders/$asked/refund",
		reason => 'x')->{status}, 303,
		'a refund waits for a second person');
	my ($title) = map { $_->[0] } rows($panel,
		'SELECT title FROM approvals', 'demo');
	like($title, qr/^Refund \$45\.82 of order/, 'it is kept in English');
	like(page('/approvals'), qr/\$45\.82 zu Bestellung \S+ erstatten/,
		'and read in German');

	tell_mistakes($engine);

	# by whose clock
	my $at = $api->{json}{items}[0]{createdAt};
	my ($h, $m) = $at =~ /T(\d\d):(\d\d)/;
	choose(language => 'en', timeZone => 'Asia/Kathmandu');
	my $minutes = ($h * 60 + $m + 345) % 1440;
	my $there = sprintf '%02d:%02d', int($minutes / 60), $minutes % 60;
	my $id = $api->{json}{items}[0]{id};
	like(page("/orders/$id"), qr/\Q$there\E/,
		"$at is $there in Kathmandu");
	like(page("/orders/$id"), qr/datetime="\Q$at\E"/,
		'and for programs what it was');
	choose(timeZone => 'UTC', dateFormat => 'iso');
	like(page('/subscriptions'), qr/>\d{4}-\d\d-\d\d</, 'ISO dates');
	choose(dateFormat => 'month');
	like(page('/subscriptions'), qr/>[A-Z][a-z]{2} \d+/, 'months first');
	choose(dateFormat => 'day');

	# who has not chosen, and who is not signed in
	choose(language => '');
	like(page('/orders'), qr/lang="en"/, 'nobody\'s choice is the company\'s');
	$r = $panel->get('/api/admin/settings/brand',
		token => $panel->admin_token);
	$r = $panel->request(PATCH => '/api/admin/settings/brand',
		token => $panel->admin_token, json => { language => 'de',
			version => $r->{json}{version} });
	is($r->{status}, 200, 'which speaks German now');
	like(page('/orders'), qr/lang="de"/, 'and so do its pages');
	like($panel->get('/login')->{content}, qr/lang="de".*Anmelden/s,
		'also where one signs in');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
