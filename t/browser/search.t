#!/usr/bin/perl
# search.t - the palette by keyboard alone, and the page for who has no script.
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

my %key = (up => "\x{e013}", down => "\x{e015}", enter => "\x{e007}",
	escape => "\x{e00c}", ctrl => "\x{e009}", nothing => "\x{e000}");
my $field = '.pal input';
my ($panel, $b, $story);

sub open_palette
{
	my ($from) = @_;

	$b->keys($from // 'body', "$key{ctrl}k$key{nothing}");
	return wait_for(5, sub { $b->has('.pal a') });
}

# What is chosen is what is read aloud.
sub chosen
{
	return $b->script(q{
		const i = document.querySelector('.pal input');
		const o = document.getElementById(
			i.getAttribute('aria-activedescendant'));
		return document.activeElement === i && o
			&& o.getAttribute('aria-selected') === 'true'
			? o.textContent : 'nothing';
	});
}

sub shows { my ($what) = @_;
	return wait_for(5, sub { ($b->text('.pal') // '') =~ $what }) }

sub retype
{
	my ($text) = @_;

	$b->script("document.querySelector('.pal input').select()");
	$b->keys($field, $text);
}

sub by_keyboard
{
	$b->go('/orders');
	ok(open_palette(), 'Ctrl+K opens it, with pages to go to');
	is($b->script('return document.activeElement.matches(".pal input")'
		. ' ? 1 : 0'), 1, 'the cursor is in its field');
	$story->look('palette-empty');
	like(chosen(), qr/^Dashboard/, 'the first is chosen');
	$b->keys($field, $key{down});
	unlike(chosen(), qr/^Dashboard/, 'the arrow down goes on');
	$b->keys($field, $key{up});
	like(chosen(), qr/^Dashboard/, 'up goes back');
	$b->keys($field, $key{up});
	$b->keys($field, $key{down});
	like(chosen(), qr/^Dashboard/, 'and around');

	$b->keys($field, 'techstart');
	ok(shows(qr/Domains.*techstartup\.net/s), 'what is typed is found');
	is($b->script('return document.querySelector(".pal input")
		.getAttribute("aria-expanded")'), 'true', 'and said to be there');
	$story->look('palette-found');
	retype('zzzz');
	ok(shows(qr/Nothing found/), 'nothing is said');
	$story->look('palette-nothing');
	retype('<img src=x>');
	ok(shows(qr/All results for “<img src=x>”/), 'text stays text');

	retype('soehne');
	ok(shows(qr/O'Brien & Söhne/), 'a customer without an umlaut');
	$b->keys($field, $key{enter});
	ok(wait_for(5, sub { $b->at =~ m{^/admin/customers/} }),
		'Enter leads there');
}

sub leave_it
{
	$b->go('/dashboard');
	open_palette('.top summary');
	$b->keys($field, 'abc');
	$b->keys($field, $key{escape});
	ok(wait_for(5, sub { !$b->has('.pal') }), 'Escape closes it');
	is($b->script('return document.activeElement
		=== document.querySelector(".top summary") ? 1 : 0'), 1,
		'and one is where one was');
	open_palette();
	$b->keys($field, "nothing-like-it$key{enter}");
	ok(wait_for(5, sub { $b->at eq '/search?q=nothing-like-it' }),
		'Enter before there is an answer asks the page');
}

# An answer that comes when more has been typed would be chosen by Enter.
sub older_answer
{
	$b->go('/dashboard');
	open_palette();
	is($b->script_async(q{
		const i = document.querySelector('.pal input');
		const type = (text) => {
			i.value = text;
			i.dispatchEvent(new Event('input'));
		};
		const fetch = window.fetch;
		let answer;
		const asked = new Promise((go) => {
			window.fetch = () => new Promise((came) => {
				answer = () => came({ ok: true, json: async () =>
					({ items: [{ group: 'Old', title: 'Older', url: '/' }] }) });
				go();
			});
		});
		type('a');
		await asked;
		window.fetch = fetch;
		type('ab');
		answer();
		await new Promise((soon) => setTimeout(soon));
		return document.querySelector('.pal').textContent
			.includes('Older') ? 'shown' : 'dropped';
	}), 'dropped', 'an answer to what was typed before is dropped');
}

# A verb from anywhere: three strokes and a word.
sub verbs
{
	$b->go('/dashboard');
	open_palette();
	$b->keys($field, 'new cust');
	ok(shows(qr/New customer/), 'a verb is found');
	like(chosen(), qr/^New customer/, 'and chosen');
	$b->keys($field, $key{enter});
	ok(wait_for(5, sub { $b->at eq '/admin/customers/new' }),
		'Enter leads to its form');
}

sub page
{
	$b->go('/dashboard');
	$b->fill('#q', 'techstart');
	$b->enter('#q');
	like($b->text('#results'), qr/Domains.*techstartup\.net/s,
		'the field in the head finds without the palette');
	$story->look('search-found');
	$b->fill('#q', 'client');
	$b->enter('#q');
	like($b->text('#results'), qr/Customers\s+11.*See all/s,
		'more than fit are counted');
	$story->look('search-many');
	$b->follow('See all');
	like($b->text('main'), qr/of 11/, 'and all are in the list');
}

my ($db) = engines();
for my $js (1, 0) {
	$panel = start_instance(db => $db);
	$panel->intake(contract_order('pi_palette', customerName =>
		"O'Brien & Söhne <GmbH>"));
	$panel->intake(small_order("pi_$_")) for 1 .. 10;
	ok(indexed($panel), 'all rows have their words');
	$b = MPanel::Browser->start(url => $panel->url, js => $js);
	my $judge = Judge->new(browser => $b, panel => $panel,
		judges => $js);
	$story = Story->new(browser => $b, panel => $panel,
		look => sub { $judge->look(@_) });
	note("$db, scripts " . ($js ? 'on' : 'off'));
	$b->go('/login');
	$story->enter($panel->ready->{adminEmail},
		$panel->ready->{adminPassword});
	if ($js) {
		by_keyboard();
		leave_it();
		older_answer();
		verbs();
	}
	page();
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
