#!/usr/bin/perl
# search.t - one search for everything: the page, the call, and for whom.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

binmode Test::More->builder->$_, ':encoding(UTF-8)'
	for qw(output failure_output todo_output);

my ($panel, $admin, %page);

sub uri { my ($s) = @_; utf8::encode($s);
	return $s =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger }

sub ask
{
	my ($q, %o) = @_;

	return $panel->get('/api/admin/search?q=' . uri($q)
		. ($o{limit} ? "&limit=$o{limit}" : ''),
		token => $o{token} // $admin);
}

# "orders ORD-2026-000001, ..." of what is found.
sub found
{
	my ($q, %o) = @_;
	my $r = ask($q, %o);

	return "status $r->{status}" if $r->{status} != 200;
	return join ', ', map { "$_->{type} $_->{title}" }
		@{ $r->{json}{items} };
}

sub types
{
	my %seen = map { $_->{type} => 1 } @{ ask(@_)->{json}{items} };

	return join ' ', sort keys %seen;
}

sub page { return $panel->get('/search?q=' . uri($_[0]),
	cookie => $page{cookie}) }

sub token_for
{
	my (@scopes) = @_;
	my (undef, $out) = $panel->run(qw(token add --json --tenant demo
		--scope), join ',', @scopes);

	return JSON::PP->new->decode($out)->{token};
}

sub check_rows
{
	my $year = (gmtime)[5] + 1900;
	my $order = "ORD-$year-000001";

	$panel->intake(contract_order('pi_search_1',
		customerName => "O'Brien & Söhne <GmbH>"));
	ok(indexed($panel), 'an order is indexed');
	is(found('soehne'), "customers O'Brien & Söhne <GmbH>",
		'a customer is found without an umlaut');
	is(found('client@exam'), "customers O'Brien & Söhne <GmbH>",
		'by the beginning of an e-mail');
	is(found($order), "orders $order", 'an order by its number');
	is(found(lc $order), "orders $order", 'in small letters, too');
	is(found('pi_search_1'), "orders $order, payments pi_search_1",
		'and with its payment by the intent');
	is(types('techstart'), 'domains orders subscriptions websites',
		'all that is about a domain by its beginning');
	my ($server) = rows($panel, 'SELECT name, ip_address FROM servers
		ORDER BY id LIMIT 1');
	like(found($server->[0]), qr/servers \Q$server->[0]\E/,
		'a server by its name');
	like(found($server->[1]), qr/servers \Q$server->[0]\E/,
		'or its address');
	my $hit = ask($order)->{json}{items}[0];
	is($hit->{url}, "/orders/$hit->{id}", 'a hit says where it is');
	is($panel->get($hit->{url}, cookie => $page{cookie})->{status}, 200,
		'which is there');
	is(found($hit->{id}), "orders $order", 'an id is found');
	ok($hit->{status}, 'and how it is');
	for my $hit (@{ ask('techstart', limit => 20)->{json}{items} }) {
		is($panel->get($hit->{url}, cookie => $page{cookie})->{status},
			200, "$hit->{type} lead to a page");
	}
}

sub check_places
{
	like(found('review'), qr/^page Orders in review/, 'views are found');
	like(found('new cust'), qr/verb New customer/, 'and verbs');
	like(found('customers'), qr/page Customers/, 'and pages');
	unlike(found('kubernetes'), qr/page/, 'but none that is not built');
	for my $hit (grep { $_->{type} =~ /^(?:page|verb)$/ }
		@{ ask('', limit => 20)->{json}{items} }) {
		is($panel->get($hit->{url}, cookie => $page{cookie})->{status},
			200, "$hit->{title} is there");
	}
}

sub check_page
{
	my $year = (gmtime)[5] + 1900;
	my $r = page("ORD-$year-000001");

	is($r->{status}, 303, 'a number leads straight there');
	like($r->{headers}{location}, qr{/orders/[0-9a-f-]{36}$}, 'to its order');
	$r = page('techstart');
	is($r->{status}, 200, 'a beginning shows what there is');
	like($r->{content}, qr{Domains.*techstartup\.net}s, 'by noun');
	like(page('brien')->{content}, qr/O&#39;Brien &amp; S.*&lt;GmbH&gt;/,
		'a name is text');
	like(page('zzzz')->{content}, qr/Nothing found/, 'nothing says so');
	like(page('')->{content}, qr/Search everything/, 'no word invites');
	is(page('x' x 201)->{status}, 422, 'a very long one is refused');
	is(page($_)->{status}, 200, 'signs break nothing')
		for '"', '*', "'", '<script>', 'AND (', '%', '\\', '🦊';
	is($panel->get('/search?q=a', cookie => '')->{status}, 303,
		'who is not signed in is sent to the door');
}

sub check_many
{
	$panel->intake(small_order("pi_many_$_")) for 1 .. 12;
	ok(indexed($panel), 'many are indexed');
	my @items = grep { $_->{type} eq 'orders' }
		@{ ask('pi_many', limit => 3)->{json}{items} };
	is(scalar @items, 3, 'as many of a type as are asked for');
	my $text = page('pi_many')->{content};
	like($text, qr{<span class="ct">12</span>}, 'the page counts them');
	my ($all) = $text =~ m{href="(/orders\?q=[^"]+)"};
	my $r = $panel->get($all, cookie => $page{cookie});
	is($r->{status}, 200, 'and leads to all');
	like($r->{content}, qr/of 12/, 'which are there');
	is(found('pi_many_1', limit => 1) =~ /^orders/ ? 1 : 0, 1,
		'exactly what was typed comes first');
	my $first = ask('pi_many_1', limit => 1)->{json}{items}[0]{id};
	is((rows($panel, "SELECT payment_intent_id FROM orders
		WHERE id = '$first'"))[0][0], 'pi_many_1',
		'before longer ones that are newer');
}

# What is typed as a whole is found at once, whatever the index knows.
sub check_fresh
{
	for my $i (1 .. 5) {
		is($panel->request(POST => '/api/admin/customers',
			token => $admin, json => { name => "Fresh $i",
				email => "fresh$i\@fresh.test" })->{status},
			201, 'a customer is made');
		is(found("Fresh$i\@Fresh.test"), "customers Fresh $i",
			'and found by the whole e-mail at once');
		is(found("fresh $i"), "customers Fresh $i", 'or by name');
	}
	$panel->intake(small_order('pi_fresh_1'));
	my $id = (rows($panel, "SELECT id FROM orders
		WHERE payment_intent_id = 'pi_fresh_1'"))[0][0];
	like(found('pi_fresh_1'), qr/^orders ORD-\d+-\d+, payments pi_fresh_1$/,
		'an order by its intent, and its payment');
	like(found($id), qr/^orders ORD-/, 'or by its id');
	ok(indexed($panel), 'the index comes later');
	is(found('fresh3@fresh.test'), 'customers Fresh 3', 'and finds it once');
}

sub check_changes
{
	my $id = ask('soehne')->{json}{items}[0]{id};

	is($panel->request(PATCH => "/api/admin/customers/$id",
		token => $admin, json => { name => 'Okapi Ltd' })->{status}, 200,
		'a customer is renamed');
	ok(indexed($panel), 'which is indexed');
	is(found('soehne'), '', 'the old name finds nobody');
	is(found('okapi'), 'customers Okapi Ltd', 'the new one does');
	like($panel->get('/orders?q=okapi', cookie => $page{cookie})->{content},
		qr/ORD-\d+-000001/, 'and finds the orders in their list');
	is($panel->get('/api/admin/invoices?q=okapi', token => $admin)
		->{json}{total}, 1, 'and the invoice');
}

# Each group for those who may read it.
sub check_permissions
{
	my %may = (customers => 'customers:read', orders => 'orders:read',
		domains => 'domains:read', websites => 'websites:read',
		subscriptions => 'subscriptions:read',
		payments => 'payments:read');

	is(ask('a', token => token_for('orders:read'))->{status}, 403,
		'without the dashboard there is no search');
	is(types($_, token => token_for('dashboard:read')), '',
		"'$_' finds nothing without permissions")
		for 'techstart', 'pi_', 'okapi', 'srv', 'new customer';
	for my $type (sort keys %may) {
		my $token = token_for('dashboard:read', $may{$type});
		my $is = join ' ', types('techstart', token => $token),
			types('pi_', token => $token),
			types('okapi', token => $token);

		like($is, qr/\b$type\b/, "$may{$type} finds $type");
		is($is =~ s/\b$type\b//gr =~ s/\s//gr, '', 'and nothing else');
	}
	is(ask('a', limit => $_)->{status}, 422, "limit $_ is refused")
		for 21, 'x', -1;
	is($panel->get('/api/admin/search?q=a&x=1', token => $admin)->{status},
		400, 'as is what it does not know');
	is($panel->get('/api/admin/search?q=okapi',
		cookie => $page{cookie})->{json}{items}[0]{title}, 'Okapi Ltd',
		'a browser that is signed in may ask');
	is($panel->get('/api/admin/search?q=okapi')->{status}, 401,
		'nobody else');
}

# An index that was lost is made anew by a command.
sub check_rebuild
{
	my ($status, $text) = $panel->run('search', 'rebuild');

	is($status, 0, 'the index is made anew');
	my $entries = (rows($panel, 'SELECT count(*) FROM search_entries'))[0][0];
	# `mpanel work` takes a part of the marks away meanwhile
	my ($made) = $text =~ /^demo\t(\d+) entries made anew\n\z/;
	cmp_ok($made // -1, '>', 0, 'of each company');
	cmp_ok($made // -1, '<=', $entries, 'and counts each entry once');
	is(found('okapi'), 'customers Okapi Ltd', 'and finds what it found');
	($status, $text) = $panel->run('search', 'fill', '--tenant', 'demo');
	is("$status $text", "0 demo\t0 entries made\n", 'and nothing lacks');
	($status) = $panel->run('search', 'rebuild', '--tenant', 'nobody');
	isnt($status, 0, 'an unknown company is refused');
	($status) = $panel->run('search', 'break');
	isnt($status, 0, 'and an unknown verb');
}

for my $db (engines()) {
	$panel = start_instance(db => $db);
	$admin = $panel->admin_token;
	%page = $panel->sign_in;
	note($db);
	check_rows();
	check_places();
	check_page();
	check_many();
	check_fresh();
	check_changes();
	check_permissions();
	check_rebuild();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	$panel->stop;
}
done_testing();
