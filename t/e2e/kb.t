#!/usr/bin/perl
# kb.t - the knowledge base: written by staff, read and searched by everybody.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# What a search finds is compared with what this test finds by itself in texts
# that it made up, word by word.
use strict;
use warnings;
use utf8;
use Encode qw(decode_utf8 encode_utf8);
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Isolation;
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
binmode $_, ':utf8' for *STDOUT, *STDERR, Test::More->builder->output,
	Test::More->builder->failure_output;

my ($panel, $admin, $shelf);
my $n = 0;

sub api
{
	my ($method, $path, $json, %o) = @_;

	return $panel->request($method, "/api/support/kb/$path",
		token => $admin, $json ? (json => $json) : (), %o);
}

sub article
{
	my (%a) = @_;
	my $publish = delete $a{published};
	my $r = api(POST => 'articles', { title => 'Article ' . ++$n,
		body => 'Text.', categoryId => $shelf, %a });

	is($r->{status}, 201, 'an article is made') or diag($r->{content});
	api(POST => "articles/$r->{json}{id}/publish", {}) if $publish;
	return $r->{json}{id};
}

sub search
{
	my ($q, %o) = @_;
	my $uri = join '', map { sprintf '%%%02x', ord }
		split //, encode_utf8($q);

	return $panel->get("/api/support/kb/search?q=$uri", %o);
}

sub page { return $panel->get($_[0], @_[1 .. $#_]) }

# ---- from a draft to a page ----

sub check_life
{
	my $r = api(POST => 'articles', { categoryId => $shelf,
		title => 'Wie ändere ich mein Kennwort?',
		body => "# Schnell\n\nUnter *Konto* <https://example.com/x>.\n\n" .
			"### Tief\n\n- eins\n- zwei\n\n`rm -rf <x>` & \"mehr\"" });
	my $a = $r->{json};

	is($r->{status}, 201, 'a draft is made') or diag($r->{content});
	is($a->{slug}, 'wie-aendere-ich-mein-kennwort',
		'its address is made of its title');
	is($a->{status}, 'draft', 'it is a draft');
	like($a->{html}, qr{<h2>Schnell</h2>.*<h3>Tief</h3>}s,
		'headings go on from the page\'s');
	like($a->{html}, qr{rm -rf &lt;x&gt;}, 'what is code stays text');
	is($a->{author}, $panel->ready->{adminEmail}, 'its author is known');

	my $path = "/kb/$a->{slug}";
	is(page($path)->{status}, 404, 'a draft has no page');
	is_deeply(search('Kennwort')->{json}{items}, [], 'and is not found');
	is(page('/kb')->{content} =~ /Kennwort/, '', 'nor listed');
	is(api(POST => "articles/$a->{id}/publish", {})->{status}, 200,
		'it is published');
	is(api(POST => "articles/$a->{id}/publish", {})->{status}, 409,
		'once');
	my $shown = page($path);
	is($shown->{status}, 200, 'then it has a page');
	like($shown->{content}, qr{<h1>\Q@{[encode_utf8('Wie ändere ich mein Kennwort?')]}\E</h1>},
		'with its title');
	like($shown->{content}, qr{<link rel="canonical" href="https?://[^"]+\Q$path\E">},
		'search engines know where it is');
	like($shown->{content}, qr{<meta name="description" content="Schnell},
		'and how it begins');
	ok(!exists $shown->{headers}{'set-cookie'}, 'it sets no cookie');
	is(search('kennwort')->{json}{items}[0]{slug}, $a->{slug},
		'a search finds it at once');
	is(search('aendere')->{json}{items}[0]{slug}, $a->{slug},
		'also as people write it without the key');
	is(search('andere')->{json}{items}[0]{slug}, $a->{slug},
		'or without the dots');
	like(page('/kb')->{content}, qr/Kennwort/, 'it is listed');
	like(page('/kb/sitemap.xml')->{content}, qr{<loc>https?://[^<]+\Q$path\E</loc>},
		'and in the sitemap');

	$r = api(PATCH => "articles/$a->{id}", { slug => 'kennwort-neu',
		body => 'Jetzt mit Schlüsselbund.' });
	is($r->{status}, 200, 'it gets another address and text');
	is(page('/kb/kennwort-neu')->{status}, 200, 'which leads to it');
	$r = page($path);
	is("$r->{status} " . ($r->{headers}{location} // ''),
		'303 /kb/kennwort-neu', 'and so does the one before');
	is(search('schluesselbund')->{json}{items}[0]{slug}, 'kennwort-neu',
		'new words are found at once');
	is_deeply([map { $_->{slug} } @{ search('Schnell')->{json}{items} }], [],
		'old ones no more');
	is(api(POST => "articles/$a->{id}/unpublish", {})->{status}, 200,
		'it is taken back');
	is(page('/kb/kennwort-neu')->{status}, 404, 'then it has no page');
	is_deeply(search('schluesselbund')->{json}{items}, [],
		'and is not found');
	api(POST => "articles/$a->{id}/publish", {});
	is(api(DELETE => "articles/$a->{id}")->{status}, 200, 'it is removed');
	is_deeply(search('schluesselbund')->{json}{items}, [], 'and gone');
}

sub check_addresses
{
	my $one = article(title => 'First', slug => 'taken', published => 1);
	my $r = api(POST => 'articles', { title => 'Second', slug => 'taken',
		body => 'x', categoryId => $shelf });

	is("$r->{status} $r->{json}{errors}[0]{field}", '409 slug',
		'an address is one article\'s');
	$r = api(POST => 'categories', { name => 'Third', slug => 'taken' });
	is("$r->{status} $r->{json}{errors}[0]{field}", '422 slug',
		'and no category\'s');
	$r = api(POST => 'articles', { title => 'Fourth', slug => 'first-steps',
		body => 'x', categoryId => $shelf });
	is($r->{json}{errors}[0]{field}, 'slug', 'nor the other way round');
	$r = api(POST => 'articles', { title => 'Fifth', slug => 'search',
		body => 'x', categoryId => $shelf });
	is($r->{json}{errors}[0]{field}, 'slug', 'nor one of the house');
	$r = api(POST => 'articles', { title => '???', body => 'x',
		categoryId => $shelf });
	is($r->{json}{errors}[0]{field}, 'slug', 'of signs none can be made');
	api(DELETE => "articles/$one");
	$r = api(POST => 'articles', { title => 'Second', slug => 'taken',
		body => 'x', categoryId => $shelf });
	is($r->{status}, 201, 'what is removed gives it free');
	is(page('/kb/taken')->{status}, 404, 'which leads nowhere yet');
	api(POST => "articles/$r->{json}{id}/publish", {});
	is(page('/kb/taken')->{status}, 200, 'and then to the other');
	is(api(DELETE => "categories/$shelf")->{status}, 409,
		'a category with articles stays');
	is(page('/kb/first-steps')->{status}, 200, 'a category has a page');
	my $empty = api(POST => 'categories', { name => 'Empty' })->{json}{id};
	is(page('/kb/empty')->{status}, 404, 'unless nothing is in it');
	is(api(DELETE => "categories/$empty")->{status}, 200,
		'an empty one may go');
}

sub check_refusals
{
	for my $row (
		["fine\n\n<script>alert(1)</script>", qr/^Line 3: HTML/],
		["a <b>b</b>", qr/^Line 1: HTML/],
		["![x](https://example.com/x.png)", qr/^Line 1: images/],
		["[x](javascript:alert(1))", qr/^Line 1: a link/],
		["[x](data:text/html,x)", qr/^Line 1: a link/],
		[join('', map { '> ' x $_ . "x\n" } 40), qr/nested too deeply/],
	) {
		my ($body, $why) = @$row;
		my $r = api(POST => 'articles', { title => 'Bad', body => $body,
			categoryId => $shelf });

		is("$r->{status} $r->{json}{errors}[0]{field}", '422 body',
			'what is not shown is refused: ' . substr $body, 0, 30);
		like($r->{json}{errors}[0]{message}, $why, 'with its line');
	}
	my $r = $panel->form({ $panel->sign_in }, '/knowledge-base/new',
		title => 'Kept title', categoryId => $shelf, slug => '',
		body => 'kept <i>text</i>', language => 'de',
		summary => 'kept');
	is($r->{status}, 422, 'so it is on the form');
	like($r->{content}, qr{kept &lt;i&gt;text&lt;/i&gt;</textarea>},
		'which keeps what was typed');
	article(title => 'Say <script>alert("x")</script> & such',
		body => 'A needle of markup.', slug => 'markup', published => 1);
	for my $path ('/kb', '/kb/markup', '/kb/search?q=needle',
		'/kb/first-steps') {
		my $text = page($path)->{content};

		like($text, qr/Say &lt;script&gt;/, "$path escapes a title");
		unlike($text, qr/<script>alert/, 'everywhere');
	}
	like(page('/kb/search?q=needle')->{content},
		qr{<mark>needle</mark> of}, 'a hit is marked');
	like(page('/kb/search?q=%3Cscript%3E%22')->{content},
		qr{value="&lt;script&gt;&quot;"}, 'what was typed is escaped');
}

# ---- the oracle ----

my @words = qw(Domain Kündigung Passwort E-Mail Rechnung Backup Größe Straße
	Übertragung Zertifikat WordPress Datenbank Umlaut Köln Müller naïve
	resume café server restore invoice mailbox forwarding nameserver
	propagation upgrade downgrade cancel payment receipt tax export
	quota bandwidth disk inode cron backup2024 php8 mysql redis);
my %plain = ('ä' => 'a', 'ö' => 'o', 'ü' => 'u', 'ß' => 'ss', 'ï' => 'i',
	'é' => 'e');
my %spelt = ('ä' => 'ae', 'ö' => 'oe', 'ü' => 'ue', 'ß' => 'ss');

sub folds
{
	my ($word) = @_;
	my $w = lc $word;
	my ($p, $s) = ($w, $w);

	$p =~ s/([^a-z0-9-])/$plain{$1} \/\/ $1/ge;
	$s =~ s/([^a-z0-9-])/$spelt{$1} \/\/ $plain{$1} \/\/ $1/ge;
	return ($p, $s);
}

# Does one of the words begin like the one that is asked for?
sub has
{
	my ($asked, @text) = @_;
	my @asked = folds($asked);

	for my $word (@text) {
		for my $w (folds($word), map { folds($_) } split /-/, $word) {
			return 1 if grep { index($w, $_) == 0 } @asked;
		}
	}
	return 0;
}

sub make_library
{
	my ($count, $pick) = @_;
	my @library;

	for my $i (1 .. $count) {
		my @title = map { $words[$pick->(scalar @words)] } 1 .. 2;
		my @body = map { $words[$pick->(scalar @words)] } 1 .. 6;
		my $public = $pick->(5) > 0;
		my $r = api(POST => 'articles', { categoryId => $shelf,
			title => "@title", slug => "a-$i",
			body => join ' ', map { $pick->(2) ? "**$_**" : $_ } @body });

		$r->{status} == 201 or die $r->{content};
		api(POST => "articles/$r->{json}{id}/publish", {}) if $public;
		push @library, { slug => "a-$i", title => \@title,
			body => \@body, public => $public, at => $i };
	}
	return @library;
}

sub check_oracle
{
	my $seed = $ENV{MPANEL_SEED} // int rand 1e6;
	my $state = $seed;
	my $pick = sub { $state = ($state * 1103515245 + 12345) % 2147483648;
		return int($state / 65536) % $_[0] };
	my @library = make_library(250, $pick);
	my ($wrong, $asked, $found, $order) = (0, 0, 0, 0);

	diag("MPANEL_SEED=$seed") if $wrong + $order;
	for (1 .. 120) {
		my @q = map { my $w = $words[$pick->(scalar @words)];
			$pick->(3) ? $w : substr $w, 0, 4 + $pick->(3) }
			0 .. $pick->(3);
		my @want = grep { my $a = $_; $a->{public} && !grep {
			!has($_, @{ $a->{title} }, @{ $a->{body} }) } @q }
			@library;
		my $r = search("@q");
		my @got = $r->{json}{near} ? () : map { $_->{slug} }
			@{ $r->{json}{items} };
		my %is = map { $_->{slug} => $_ } @want;

		$asked++;
		$found += @want > 0;
		$wrong++, diag("@q: got @got, want " . join ' ', sort keys %is)
			if grep({ !$is{$_} } @got)
			|| @got != (@want > 20 ? 20 : @want);
		my @in_title = map { my $a = $is{$_} // { title => [] };
			scalar grep { has($_, @{ $a->{title} }) } @q } @got;
		$order++, diag("@q: titles @in_title")
			if "@in_title" ne join ' ', sort { $b <=> $a } @in_title;
	}
	is($wrong, 0, "$asked searches find what they should, and no more");
	cmp_ok($found, '>', 40, 'and many find something');
	is($order, 0, 'those with the words in their title come first');
	my ($hidden) = grep { !$_->{public} } @library;
	is(page("/kb/$hidden->{slug}")->{status}, 404, 'drafts have no page');
	is(scalar @{ search($_)->{json}{items} }, 0, "nothing is found by '$_'")
		for '"', '* * *', '-', "'':*", 'qqq" OR "qqq';
	my $r = search('zzzz OR domain NEAR')->{json};
	ok($r->{near} && @{ $r->{items} }, 'nothing typed is syntax');
	my $long = page('/kb/search?q=' . 'x' x 201);
	is($long->{status}, 422, 'what is too long is refused');
}

# ---- what was not found ----

sub check_misses
{
	my $list = sub { my %m = map { $_->{words} => $_->{times} }
		@{ api(GET => 'not-found')->{json}{items} }; return \%m };
	my $before = keys %{ $list->() };

	page('/kb/search?q=' . $_) for 'Zebra+crossing', 'crossing+ZEBRA',
		'ann%40secret.example+4711', 'zebra';
	ok(wait_for(10, sub { ($list->()->{'crossing zebra'} // 0) == 2 }),
		'what was not found is counted, in any order of its words');
	ok(wait_for(10, sub { $list->()->{zebra} }), 'each day\'s by its words');
	is(scalar(grep { /secret|4711|\@/ } keys %{ $list->() }), 0,
		'addresses and numbers are not kept');
	my %in = $panel->sign_in;
	like(page('/knowledge-base/not-found', cookie => $in{cookie})->{content},
		qr/crossing zebra/, 'staff see it');
}

# ---- who may ----

sub check_people
{
	my %who = map { $_->{name} => $_ } everybody($panel);
	my $id = article(title => 'For customers', body => 'A giraffe.',
		published => 1);
	my $draft = article(title => 'Not yet', body => 'A giraffe, too.');
	my $call = sub { my ($name, $method, $path, $json) = @_;
		$panel->request($method, $path, token => $who{$name}{token},
		$json ? (json => $json) : (), @{ $who{$name}{host} }) };
	my $new = sub { { title => 'By ' . ++$n, body => 'x',
		categoryId => $shelf } };

	is($call->($_, POST => '/api/support/kb/articles', $new->())->{status},
		201, "$_ writes") for qw(support editor admin owner);
	is($call->($_, POST => '/api/support/kb/articles', $new->())->{status},
		403, "$_ does not") for qw(customer reader worker);
	my $r = $call->('customer', GET => '/api/client/kb?q=giraffe');
	is_deeply([map { $_->{title} } @{ $r->{json}{items} }],
		['For customers'], 'customers list what is published');
	is($call->('customer', GET => "/api/client/kb/$id")->{status}, 200,
		'and read it');
	is($call->('customer', GET => "/api/client/kb/$_")->{status}, 404,
		'a draft is as a missing one')
		for $draft, $MPanel::Isolation::missing;
	is_deeply([map { $_->{slug} } @{ $call->('customer',
		GET => '/api/client/kb/categories')->{json}{items} }],
		['first-steps'], 'and the categories');
	is(scalar @{ $call->('customer', GET =>
		'/api/client/kb/search?q=giraffe')->{json}{items} }, 1,
		'and search');
	check_ask($who{customer});
	my @host = (host => 'b.test');
	is_deeply(search('giraffe', @host)->{json}{items}, [],
		'another company\'s search finds nothing of it');
	is(page('/kb/for-customers', @host)->{status}, 404,
		'nor has it the page');
	is($call->('boss', GET => "/api/support/kb/articles/$id")->{status},
		404, 'nor can its staff read it');
	is($call->('boss', PATCH => "/api/support/kb/articles/$id",
		{ title => 'Mine' })->{status}, 404, 'or change it');
	is($call->('boss', POST => "/api/support/kb/articles/$id/unpublish",
		{})->{status}, 404, 'or take it back');
	is($call->('boss', POST => '/api/support/kb/articles', { title => 'x',
		body => 'x', categoryId => $shelf })->{json}{errors}[0]{field},
		'categoryId', 'or put something into its category');
}

# A ticket is written in two steps: what is known is shown between them.
sub check_ask
{
	my ($who) = @_;
	my $r = $panel->intake(small_order('pi_asks'));

	$panel->post("/api/admin/customers/$r->{json}{customerId}/people",
		token => $admin, json => { email => 'customer@example.com',
		rights => ['support'] });
	my $page = sub { $panel->get("/client/help/new$_[0]",
		cookie => $who->{cookie})->{content} };
	like($page->(''), qr/name="subject"/, 'first it is asked what about');
	unlike($page->(''), qr/name="description"/, 'and no more');
	my $next = $page->('?subject=My+giraffe+is+for+customers+only');
	like($next, qr{Does one of these help\?.*href="/kb/for-customers"}s,
		'then an answer is shown');
	like($next, qr/value="My giraffe is for customers only".*name="description"/s,
		'above the form, with what was typed');
	unlike($next, qr/Not yet/, 'drafts are none');
	unlike($page->('?subject=xyzzy'), qr/Does one of these/,
		'where none fits, none is');
}

for my $db (engines()) {
	$panel = start_instance(db => $db, agent => 1, set => {
		rate_login_account => 1000, rate_login_address => 10_000,
		limit_exempt => '127.0.0.0/8' });
	$admin = $panel->admin_token;
	note("== $db");
	$shelf = api(POST => 'categories', { name => 'First steps',
		about => 'How it begins.' })->{json}{id};
	ok($shelf, 'a category is made');
	check_life();
	check_addresses();
	check_refusals();
	check_misses();
	check_people();
	check_oracle();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
