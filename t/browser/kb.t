#!/usr/bin/perl
# kb.t - the knowledge base and the network's status as people use them, and
# what a browser makes of the texts that they write.
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
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');
need(Judge::is_here(), 'java or npm is missing');

my ($panel, $b, $story, $judge);

# ---- staff write ----

my $text = <<'END';
# In the portal

1. Open *Sign-in & security*.
2. Type the old one, then `the new one`.

### Forgotten?

> We never ask for it.

```
mpanel user password --email you@example.com
```

Ask at <https://example.com/a/very/long/path/that/does/not/end/soon/and/has/no/space?q=1>.
END

sub come_in
{
	$b->go('/login');
	$story->enter($panel->ready->{adminEmail},
		$panel->ready->{adminPassword});
}

sub write_article
{
	$story->see('kb-none', '/knowledge-base');
	$b->follow('Categories');
	$story->look('kb-categories-none');
	$b->follow('New category');
	$story->look('kb-category-new');
	$b->fill('#f-name', 'First steps');
	$b->fill('#f-about', 'How it begins.');
	$b->press('Make the category');
	$story->flash_is(qr/^The category is there/, 'a category is made');
	$b->go('/knowledge-base/new');
	$story->look('kb-new');
	$b->fill('#f-title', 'How do I change my password?');
	$b->fill('#f-body', "Fine.\n\n<script>alert(1)</script>");
	$b->press('Make the article');
	$story->look('kb-refused', status => 422);
	like($b->text('main'), qr/Line 3: HTML is not shown here/,
		'HTML is refused by its line');
	is($b->value('#f-body'), "Fine.\n\n<script>alert(1)</script>",
		'and nothing is lost');
	$b->fill('#f-body', $text);
	$b->press('Make the article');
	$story->look('kb-draft');
	like($b->text('.md'), qr/We never ask for it/, 'the draft is seen');
	$story->ask('Publish…', 'kb-publish');
	$b->press('Publish “How do I change my password?”');
	$story->flash_is(qr/is published/, 'it is published');
	$story->see('kb-list', '/knowledge-base');
	$story->see('kb-searches', '/knowledge-base/not-found');
}

sub write_news
{
	$story->see('news-none', '/network-status');
	$b->follow('New announcement');
	$story->look('news-new');
	$b->choose('#f-kind', 'incident');
	$b->fill('#f-title', 'Websites are slow');
	$b->fill('#f-body', "We look *at it*.\n\n## More\n\nAt **noon**.");
	$b->press('Make the announcement');
	$story->ask('Publish…', 'news-publish');
	$b->press('Publish “Websites are slow”');
	$story->ask('Add an update…', 'news-update');
	$b->choose('#f-state', 'identified');
	$b->fill('#f-text', 'A disk.');
	$b->press('Add it to “Websites are slow”');
	$story->look('news-one');
	like($b->text('.tl'), qr/Cause found.*A disk/s, 'an update is added');
	$story->see('news-list', '/network-status');
}

# ---- everybody reads ----

sub read_kb
{
	$b->go('/kb');
	$story->look('public-kb');
	$b->follow('First steps');
	$story->look('public-category');
	$b->fill('#kb-q', 'passw portal');
	$b->press('Search');
	$story->look('public-search');
	like($b->text('mark'), qr/^portal|^passw/i, 'a hit is marked');
	$b->follow('How do I change my password?');
	$story->look('public-article');
	is($b->text('h1'), 'How do I change my password?',
		'what was asked is answered');
	$b->fill('#kb-q', 'zebra');
	$b->press('Search');
	$story->look('public-nothing');
	like($b->text('main'), qr/Nothing has all of these words/,
		'or it is said that it is not');
	$b->follow('Status');
	$story->look('public-status');
	$b->follow('Websites are slow');
	$story->look('public-one');
}

sub read_portal
{
	$b->go('/login');
	$story->enter('ann@example.com', 'rusty anvil picnic');
	$story->look('client-incident');
	like($b->text('.ban'), qr/Websites are slow/,
		'a customer is told of an incident');
	$b->follow('What we know');
	is($b->at =~ s/#.*//r, '/client/status', 'and led to what is known');
	$story->look('client-status');
}

# ---- what a browser makes of hostile texts ----

my @hostile = (
	'<script>alert(1)</script>', '<img src=x onerror=alert(1)>',
	'[a](javascript:alert(1))', '[a](JAVA&#10;SCRIPT:alert(1))',
	'[a](&#1;javascript:alert(1))', '[a](data:text/html,<script>1</script>)',
	'<a href="javascript:alert(1)">a</a>', '<svg onload=alert(1)>',
	'<iframe srcdoc="<script>1</script>"></iframe>',
	"<math><mtext></form><form><mglyph><style></math><img src onerror=1>",
	'[a](https://example.com/"onmouseover="alert(1))',
	"[a](https://example.com 'x\" onclick=\"alert(1)')",
	'[a"onclick="alert(1)](https://example.com)', '![a"onerror="1](x)',
	"```x\" onclick=\"alert(1)\ncode\n```", "``` </code><script>1</script>\n```",
	'<https://example.com/<script>alert(1)</script>>', '<!--><script>1</script>-->',
	'<![CDATA[<script>1</script>]]>', '<?x <script>1</script> ?>',
	"&lt;script&gt;alert(1)&lt;/script&gt;", '&#60;script&#62;alert(1)&#60;/script&#62;',
	"\\<script>alert(1)\\</script>", '<scr<script>ipt>alert(1)</scr</script>ipt>',
	"<div\nonclick=1>\n\n*a*\n\n</div>", '<base href="//evil.example.com/">',
	'<meta http-equiv=refresh content="0;url=javascript:1">',
	'<object data="data:text/html,x"></object>', '<style>*{color:red}</style>',
	"[a][b]\n\n[b]: javascript:alert(1) \"t\"", '<javascript:alert(1)>',
	'[a](vbscript:x)', '[a](blob:x)', '[a](file:///etc/passwd)',
	"# <b onclick=1>x</b>", "> <script>\n> alert(1)\n> </script>",
	"- <img\n  src=x onerror=1>", '</main></body><script>1</script>',
	('> ' x 60) . 'deep', ('*a ' x 500), ('[' x 2000), ('`' x 999) . 'a',
	"a\x{2028}<script>b", "\x{feff}<script>alert(1)</script>",
	'<input autofocus onfocus=alert(1)>', '<form action=javascript:1><button>x',
);

# The elements, attributes and schemes that are not in the list of what may be.
my $judge_html = <<'END';
const tags = new Set(['P','H2','H3','H4','H5','H6','UL','OL','LI','BLOCKQUOTE',
	'PRE','CODE','EM','STRONG','A','BR','HR']);
const attrs = { A: ['href', 'title'], OL: ['start'], CODE: ['class'] };
const doc = new DOMParser().parseFromString(arguments[0], 'text/html');
const bad = [];
for (const e of doc.querySelectorAll('head *, body *')) {
	if (!tags.has(e.tagName)) bad.push(e.tagName);
	for (const a of e.attributes) {
		if (!(attrs[e.tagName] || []).includes(a.name)) bad.push(a.name);
	}
	if (e.tagName === 'A' && !['http:', 'https:', 'mailto:', 'tel:']
		.includes(new URL(e.getAttribute('href') || '/',
		'https://own.example.com').protocol)) bad.push(e.outerHTML);
}
const all = doc.createTreeWalker(doc, NodeFilter.SHOW_COMMENT);
while (all.nextNode()) bad.push('comment');
return bad.join(' ');
END

# As t/base/markdown_cmd shows them, unchecked.
sub shown
{
	my ($markdown) = @_;
	my $dir = scratch();

	open my $to, '>:utf8', "$dir/md" or die;
	print $to $markdown;
	close $to;
	open my $from, '-|', "$ENV{MPANEL_BUILD}/t/base/markdown_cmd",
		"$dir/md" or die;
	binmode $from, ':utf8';
	my $html = do { local $/; <$from> };
	close $from or die 'markdown_cmd failed';
	return $html;
}

sub check_hostile
{
	like($b->script($judge_html, '<script>1</script><a href="javascript:1" '
		. 'onclick=1>x</a><!-- x -->'), qr/SCRIPT.*onclick.*javascript.*comment/,
		'the judge sees what is bad');
	$b->go('/kb');
	is($b->script($judge_html, shown($_)), '', 'nothing runs in '
		. substr s/\s+/ /gr, 0, 50) for @hostile;
}

my ($db) = engines();
for my $js (1, 0) {
	$panel = start_instance(db => $db, agent => 1);
	$b = MPanel::Browser->start(url => $panel->url, js => $js);
	$judge = Judge->new(browser => $b, panel => $panel, judges => $js);
	$story = Story->new(browser => $b, panel => $panel,
		look => sub { $judge->look(@_) });
	note("$db, scripts " . ($js ? 'on' : 'off'));
	person($panel, 'ann', 'customer');
	my $customer = $panel->intake(small_order('pi_ann'))->{json}{customerId};
	$panel->post("/api/admin/customers/$customer/people",
		token => $panel->admin_token, json => {
		email => 'ann@example.com',
		rights => [qw(billing technical support)] });
	come_in();
	write_article();
	write_news();
	$story->leave;
	read_kb();
	read_portal();
	check_hostile() if $js;
	$judge->verdict;
	$b->stop;
	$panel->stop;
}
done_testing();
