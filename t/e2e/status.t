#!/usr/bin/perl
# status.t - announcements, incidents and maintenance: who is told of them, and
# the feed.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::ByHand;
use MPanel::Isolation;
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, $admin, %person);
my $path = '/api/support/announcements';

sub api
{
	my ($method, $below, $json) = @_;

	return $panel->request($method, "$path$below", token => $admin,
		$json ? (json => $json) : ());
}

sub announce
{
	my (%a) = @_;
	my $r = api(POST => '', { kind => 'incident', title => 'Something',
		body => 'We look at it.', %a });

	is($r->{status}, 201, "$a{title} is written") or diag($r->{content});
	return $r->{json}{id};
}

sub published { my $id = announce(@_); api(POST => "/$id/publish", {});
	return $id }

sub home { return $panel->get('/client', cookie => $person{$_[0]}{cookie})
	->{content} }

# ---- two servers, two customers ----

sub make_scene
{
	%person = map { $_ => person($panel, $_, 'customer') } qw(ann bob);
	for my $name (qw(ann bob)) {
		my $r = $panel->intake(small_order("pi_$name",
			customerEmail => "$name\@example.com"));

		$panel->post("/api/admin/customers/$r->{json}{customerId}/people",
			token => $admin, json => {
			email => "$name\@example.com",
			rights => [qw(billing technical support)] });
		$person{$name}{customer} = $r->{json}{customerId};
	}
	my $r = $panel->post('/api/admin/servers', token => $admin, json => {
		name => 'far-1', fqdn => 'far-1.example.com' });
	# bob's site is on the other one
	by_hand($panel, "UPDATE websites SET server_id = '$r->{json}{id}'
		WHERE customer_id = '$person{bob}{customer}'");
	return (rows($panel, "SELECT v.name FROM servers v JOIN websites w
		ON w.server_id = v.id
		WHERE w.customer_id = '$person{ann}{customer}'"))[0][0];
}

# ---- who is told ----

sub check_life
{
	my ($near) = @_;
	my $id = announce(title => 'Sites are slow', severity => 'major',
		servers => [$near], body => "## Now\n\nWe look *at it*.");

	is($panel->get("/status/$id")->{status}, 404, 'a draft has no page');
	unlike(home('ann'), qr/Sites are slow/, 'and is not told');
	unlike($panel->get('/status')->{content}, qr/Sites are slow/,
		'nor on the status page');
	is(api(POST => "/$id/update", { state => 'note', text => 'x' })
		->{status}, 409, 'a draft gets no updates');
	is(api(POST => "/$id/publish", {})->{status}, 200, 'it is published');
	is(api(POST => "/$id/publish", {})->{status}, 409, 'once');
	like(home('ann'), qr/Sites are slow/,
		'who has a site on that server is told');
	unlike(home('bob'), qr/Sites are slow/, 'who has none is not');
	my $status = $panel->get('/status')->{content};
	like($status, qr/Sites are slow.*<h3>Now<\/h3>/s,
		'everybody can read it');
	like($status, qr/Something is wrong/, 'which is said first');
	is(api(POST => "/$id/update", { state => 'identified',
		text => 'A [disk](javascript:x).' })->{status}, 422,
		'an update has no such link');
	is(api(POST => "/$id/update", { state => 'identified',
		text => 'It was a **disk**.' })->{status}, 200,
		'an update is added');
	is(api(POST => "/$id/update", { state => 'lost', text => 'x' })
		->{status}, 422, 'of a state that there is');
	like($panel->get("/status/$id")->{content},
		qr/Cause found.*<strong>disk/s, 'and shows');
	my $json = $panel->get('/api/support/status')->{json};
	is_deeply([map { "$_->{title} $_->{updates}[0]{state}" }
		@{ $json->{open} }], ['Sites are slow identified'],
		'programs read it');
	is($panel->get("/api/client/announcements/$id",
		token => $person{bob}{token})->{json}{title}, 'Sites are slow',
		'and customers\' programs');
	like($panel->get('/client/status', cookie => $person{bob}{cookie})
		->{content}, qr/Cause found/, 'the portal has the history');
	is(api(POST => "/$id/resolve", { text => 'It is a new one.' })
		->{status}, 200, 'it is resolved');
	is(api(POST => "/$id/resolve", {})->{status}, 409, 'once');
	unlike(home('ann'), qr/Sites are slow/, 'then nobody is told');
	$status = $panel->get('/status')->{content};
	like($status, qr/Everything is running.*Sites are slow.*Resolved/s,
		'but it stays in the history');
	is(api(PATCH => "/$id", { kind => 'maintenance' })->{status}, 422,
		'its kind stays');
}

sub check_kinds
{
	my ($near) = @_;
	my $in = sub { my ($min, $hour, $day, $mon, $year) =
		(gmtime time + $_[0])[1 .. 5];
		sprintf '%04d-%02d-%02dT%02d:%02d:00Z', $year + 1900, $mon + 1,
		$day, $hour, $min };
	my $all = published(title => 'All is down', severity => 'critical');

	like(home($_), qr/All is down/, "$_ is told what is everybody's")
		for qw(ann bob);
	api(POST => "/$all/resolve", {});
	my $now = published(kind => 'maintenance', title => 'New cables',
		servers => ['far-1'], startsAt => $in->(-3600),
		endsAt => $in->(3600));
	my $soon = published(kind => 'maintenance', title => 'New disks',
		servers => ['far-1', $near], startsAt => $in->(86400),
		endsAt => $in->(90000));
	my $late = published(kind => 'maintenance', title => 'New roof',
		startsAt => $in->(9 * 86400));
	my $over = published(kind => 'maintenance', title => 'Old cables',
		startsAt => $in->(-7200), endsAt => $in->(-3600));
	my $note = published(kind => 'announcement', title => 'New plans');
	my $home = home('bob');

	like($home, qr/New cables.*Maintenance is under way/s,
		'maintenance is told');
	like($home, qr/New disks.*Maintenance is planned/s,
		'also when it comes');
	unlike(home('ann'), qr/New cables/, 'of servers that are used');
	unlike($home, qr/New roof|Old cables|New plans/,
		'not what is far, over, or no matter');
	my $list = $panel->get('/api/client/announcements?kind=announcement',
		token => $person{bob}{token})->{json}{items};
	is_deeply([map { $_->{title} } @$list], ['New plans'],
		'which is listed');
	my $r = api(POST => '', { kind => 'maintenance', title => 'x',
		body => 'x', startsAt => $in->(10), endsAt => $in->(-99) });
	is($r->{json}{errors}[0]{field}, 'endsAt', 'it ends after it begins');
	$r = api(POST => '', { kind => 'incident', title => 'x', body => 'x',
		servers => ['nowhere-9'] });
	is($r->{json}{errors}[0]{field}, 'servers', 'servers have names');
	$r = api(POST => '', { kind => 'incident', title => 'x',
		body => 'a <b>b</b>' });
	is($r->{json}{errors}[0]{field}, 'body', 'HTML is refused');
}

# ---- the feed ----

# What RFC 4287 asks of a feed (4.1.1) and of an entry (4.1.2).
sub feed_faults
{
	my ($xml) = @_;
	my ($head) = $xml =~ /<feed[^>]*>(.*?)(?:<entry>|<\/feed>)/s;
	my $date = qr/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/;
	my (@bad, %ids);

	push @bad, 'no Atom' unless $xml =~
		m{<feed xmlns="http://www.w3.org/2005/Atom">};
	for my $part (['feed', $head], map { ['entry', $_] }
		$xml =~ /<entry>(.*?)<\/entry>/gs) {
		my ($what, $text) = @$part;

		for my $name (qw(id title updated)) {
			my @all = $text =~ /<$name>(.+?)<\/$name>/g;
			push @bad, "$what: " . @all . " $name" if @all != 1;
		}
		my ($id) = $text =~ /<id>(.*?)<\/id>/;
		push @bad, "id $id" if $id !~
			/^tag:[a-z0-9.-]+,\d{4}-\d\d-\d\d:status/
			|| $ids{$id}++;
		push @bad, "$what: updated" unless $text =~
			/<updated>$date<\/updated>/;
		push @bad, "$what: no alternate" unless $text =~
			m{<link rel="alternate" type="text/html" href="http[^"]+"/>};
	}
	push @bad, 'no author' unless $head =~
		m{<author><name>[^<]+</name>\s*</author>};
	push @bad, 'no self' unless $head =~
		m{<link rel="self" type="application/atom\+xml" href="http[^"]+/status/feed"/>};
	push @bad, 'relative' if $xml =~ /href="\//;
	return join '; ', @bad;
}

sub check_feed
{
	my $empty = $panel->get('/status/feed', host => 'b.test');

	is($empty->{status}, 200, 'a company without news has a feed');
	is(feed_faults($empty->{content}), '', 'which is one');
	published(title => 'Odd & <script>alert(1)</script> "ünï"',
		body => "A\x{2028}b ]]> &#1; &#xFFFE; <https://example.com/?a=1&b=2>");
	my $r = $panel->get('/status/feed');
	is($r->{headers}{'content-type'},
		'application/atom+xml; charset=utf-8', 'it is Atom');
	is(feed_faults($r->{content}), '', 'with all that RFC 4287 asks for');
	my $file = scratch() . '/feed.xml';
	open my $out, '>:raw', $file or die;
	print $out $r->{content};
	close $out;
	is(system('xmllint', '--noout', '--nonet', $file), 0,
		'an XML parser reads it');
	unlike($r->{content}, qr/<script>/, 'and nothing runs in it');
	cmp_ok(scalar(() = $r->{content} =~ /<entry>/g), '>', 5,
		'it has the entries');
	unlike($r->{content}, qr/Never said/, 'and no draft');

	my %h = %{ $r->{headers} };
	ok($h{etag} && $h{'last-modified'}, 'it says how old it is');
	my $again = sub { $panel->get('/status/feed', headers => { @_ }) };
	is($again->('if-none-match' => $h{etag})->{status}, 304,
		'who has it gets it no second time');
	is($again->('if-none-match' => 'W/"x", ' . $h{etag})->{status}, 304,
		'also among others');
	is($again->('if-modified-since' => $h{'last-modified'})->{status}, 304,
		'or by its date');
	is($again->('if-none-match' => '"x"',
		'if-modified-since' => $h{'last-modified'})->{status}, 200,
		'of which the tag counts');
	is($again->('if-modified-since' => 'Sun, 01 Nov 2020 00:00:00 GMT')
		->{status}, 200, 'who has an old one gets it');
	is($again->('if-modified-since' => 'yesterday')->{status}, 200,
		'and who says nonsense');

	my @ids = $r->{content} =~ /<id>(.*?)<\/id>/g;
	my $brand = $panel->get('/api/admin/settings/brand', token => $admin)
		->{json};
	my $set = $panel->request(PATCH => '/api/admin/settings/brand',
		token => $admin, json => { version => $brand->{version},
		publicUrl => 'https://help.example.com' });
	is($set->{status}, 200, 'the company moves') or diag($set->{content});
	$r = $panel->get('/status/feed');
	is_deeply([$r->{content} =~ /<id>(.*?)<\/id>/g], \@ids,
		'its entries keep their ids');
	like($r->{content}, qr{href="https://help\.example\.com/status/},
		'and its links move');
	isnt($again->('if-none-match' => $h{etag})->{status}, 304,
		'which is another feed');
}

# ---- who may ----

sub check_people
{
	my %who = map { $_->{name} => $_ } everybody($panel);
	my $draft = announce(title => 'Never said', body => 'x');
	my $call = sub { my ($name, $method, $below, $json) = @_;
		$panel->request($method, "$path$below",
		token => $who{$name}{token}, $json ? (json => $json) : (),
		@{ $who{$name}{host} }) };

	is($call->($_, POST => '', { kind => 'incident', title => "By $_",
		body => 'x' })->{status}, 201, "$_ writes")
		for qw(support editor admin owner);
	is($call->($_, POST => '', { kind => 'incident', title => 'x',
		body => 'x' })->{status}, 403, "$_ does not")
		for qw(customer reader worker);
	is($call->('boss', GET => "/$draft")->{status}, 404,
		'another company has none of it');
	is($call->('boss', POST => "/$draft/publish", {})->{status}, 404,
		'and publishes none of it');
	is($panel->get('/status', host => 'b.test')->{content} =~ /Sites/, '',
		'nor has its page');
}

for my $db (engines()) {
	$panel = start_instance(db => $db, agent => 1, set => {
		rate_login_account => 1000, rate_login_address => 10_000,
		limit_exempt => '127.0.0.0/8' });
	$admin = $panel->admin_token;
	note("== $db");
	check_people();
	my $near = make_scene();
	check_life($near);
	check_kinds($near);
	check_feed();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
