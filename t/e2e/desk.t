#!/usr/bin/perl
# desk.t - staff keep order among tickets, customers say how it was.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, $admin, $ann, $sam, $customer);

sub make_scene
{
	$admin = $panel->admin_token;
	($ann, $sam) = map { person($panel, @$_) } ['ann', 'customer'],
		['sam', 'support'];
	$customer = $panel->intake(small_order('pi_ann'))->{json}{customerId};
	is($panel->post("/api/admin/customers/$customer/people",
		token => $admin, json => { email => 'ann@example.com',
		rights => ['support'] })->{status}, 201, 'Ann may ask');
}

sub desk
{
	my ($method, $path, $body) = @_;

	return $panel->request($method, "/api/support/$path",
		token => $sam->{token}, $body ? (json => $body) : ());
}

sub client
{
	my ($method, $path, $body) = @_;

	return $panel->request($method, "/api/client/tickets$path",
		token => $ann->{token}, $body ? (json => $body) : ());
}

sub ask
{
	my (%more) = @_;
	my $r = client(POST => '', { subject => 'Slow', description => 'Why?',
		priority => 'urgent', %more });

	return $r->{json}{ticket} // die "ask: $r->{content}";
}

sub page { return $panel->get($_[0], cookie => $sam->{cookie}) }

sub send_form
{
	my ($who, $path, %fields) = @_;

	return $panel->form($who, $path, %fields);
}

# Refused, for what one field says.
sub wrong_in
{
	my ($field, $r) = @_;

	is(is_problem($r, 422), '', "a wrong '$field' is refused");
	is($r->{json}{errors}[0]{field}, $field, 'and named');
}

# ---- tags ----

sub tags
{
	my $t = ask();
	my $r = desk(PATCH => "tickets/$t->{id}", { tags => ['DNS', ' vip '],
		version => 1 });

	is($r->{status}, 200, 'tags are set');
	is_deeply([sort @{ $r->{json}{tags} }], ['dns', 'vip'],
		'and told in small letters');
	is(scalar @{ desk(GET => 'tickets?tags=vip')->{json}{items} }, 1,
		'they are found by one');
	is(scalar @{ desk(GET => 'tickets?tags=vi')->{json}{items} }, 0,
		'a whole one');
	for my $bad (['a,b'], [map { "t$_" } 1 .. 11], 'vip', [1],
		['x' x 31]) {
		wrong_in(tags => desk(PATCH => "tickets/$t->{id}",
			{ tags => $bad }));
	}
	is_deeply([sort @{ desk(GET => "tickets/$t->{id}")->{json}{tags} }],
		['dns', 'vip'], 'what was refused has changed nothing');
	like(page("/support/$t->{id}")->{content}, qr/value="dns, vip"/,
		'the page has them, too');
	$r = send_form($sam, "/support/$t->{id}/sort", priority => 'low',
		tags => 'dns, later');
	is($r->{status}, 303, 'and sets them');
	is_deeply([sort @{ desk(GET => "tickets/$t->{id}")->{json}{tags} }],
		['dns', 'later'], 'as typed');
}

# ---- services ----

# Whose right is to ask, and nothing else, neither sees services nor names one.
sub services
{
	my ($service) = rows($panel, "SELECT id FROM subscriptions
		WHERE customer_id = '$customer'", 'demo');
	my $form = '/client/help/new?subject=Slow';

	unlike($panel->get($form, cookie => $ann->{cookie})->{content},
		qr/subscriptionId/, 'the form offers Ann no service');
	my $r = send_form($ann, '/client/help/new', subject => 'Slow',
		description => 'Why?', subscriptionId => $service->[0]);
	my ($id) = ($r->{headers}{location} // '') =~ m{([^/]+)$};
	is($r->{status}, 303, 'a question with one is taken');
	is(desk(GET => "tickets/$id")->{json}{subscriptionId}, undef,
		'and is about none');
}

# ---- merging ----

sub merging
{
	my ($one, $two) = (ask(), ask(subject => 'Still slow',
		description => 'Hello?'));
	my $r = desk(POST => "tickets/$two->{id}/merge",
		{ into => lc $one->{number} });

	is($r->{status}, 200, 'a ticket is merged by number');
	is($r->{json}{id}, $one->{id}, 'the answer is the other one');
	is_deeply([map { $_->{text} } @{ $r->{json}{messages} }], ['Why?',
		'Hello?', "$two->{number} was merged into this ticket."],
		'which has all that was said');
	is(desk(POST => "tickets/$two->{id}/merge",
		{ into => $one->{id} })->{status}, 409, 'once');
	is(desk(POST => "tickets/$one->{id}/merge",
		{ into => $one->{id} })->{status}, 422, 'not into itself');
	wrong_in(into => desk(POST => "tickets/$one->{id}/merge",
		{ into => 'TKT-1' }));
	$r = client(POST => "/$two->{id}/replies", { text => 'Are you there?' });
	is($r->{status}, 201, 'an answer to the old one');
	is($panel->get("/client/help/$two->{id}", cookie => $ann->{cookie})
		->{headers}{location}, "/client/help/$one->{id}",
		'is in the other, where its page leads');
	like(desk(GET => "tickets/$one->{id}")->{content},
		qr/Are you there\?/, 'and staff read it there');
	my $third = ask();
	$r = send_form($sam, "/support/$third->{id}/merge", into => 'TKT-0');
	is($r->{status}, 422, 'a form with a wrong number comes back');
	like($r->{content}, qr/There is no ticket of this number\./,
		'and says so');
	$r = send_form($sam, "/support/$third->{id}/merge",
		into => $one->{number});
	is($r->{headers}{location}, "/support/$one->{id}",
		'with the right one it leads there');
}

# ---- canned replies ----

sub canned
{
	my $t = ask(subject => '<b>Slow</b>');
	my $new = desk(POST => 'canned-replies', { title => 'Hello',
		text => "Hello {{name}},\nabout {{subject}} ({{number}})" });

	is($new->{status}, 201, 'a canned reply is made');
	wrong_in(text => desk(POST => 'canned-replies', { title => 'Wrong',
		text => 'Hello {{nmae}}' }));
	like(page("/support/$t->{id}")->{content},
		qr{href="/support/$t->{id}/canned/$new->{json}{id}">Hello<},
		'a ticket offers it');
	my ($sales, $billing) = map { $panel->post('/api/admin/departments',
		token => $panel->admin_token, json => { name => $_ })
		->{json}{id} } 'Sales desk', 'Billing desk';
	is(desk(POST => 'canned-replies', { title => 'For sales', text => 'x',
		departmentId => $sales })->{status}, 201, 'one of a department');
	wrong_in(departmentId => desk(POST => 'canned-replies', {
		title => 'Lost', text => 'x', departmentId => $t->{id} }));
	my $offers = sub { page("/support/$t->{id}")->{content} =~ />For sales</
		? 1 : 0 };
	is($offers->(), 1, 'a ticket of no department offers all');
	for my $case ([$billing, 0], [$sales, 1]) {
		desk(PATCH => "tickets/$t->{id}",
			{ departmentId => $case->[0] });
		is($offers->(), $case->[1], 'one of a department its own');
	}
	like(page('/settings/canned-replies')->{content}, qr/Sales desk/,
		'the list says whose they are');
	my $r = page("/support/$t->{id}/canned/$new->{json}{id}");
	is($r->{status}, 200, 'chosen');
	like($r->{content}, qr{about &lt;b&gt;Slow&lt;/b&gt; \($t->{number}\)</textarea>},
		'it stands where the answer is written');
	is(page("/support/$t->{id}/canned/$t->{id}")->{status}, 404,
		'what is none is not found');
	is(scalar @{ desk(GET => "tickets/$t->{id}")->{json}{messages} }, 1,
		'and nothing was said by looking');
}

# ---- clocks ----

sub clocks
{
	my $t = ask();
	my $row = desk(GET => "tickets/$t->{id}")->{json};

	ok($row->{firstResponseDue}, 'a ticket says by when it is answered');
	unlike(page('/support?view=late')->{content}, qr/$t->{number}/,
		'it is not late');
	my ($status) = $panel->run('--set', 'clock_offset_s=' . 30 * 86400,
		'work', '--once');
	is($status, 0, 'a month later');
	like(page('/support?view=late')->{content}, qr/$t->{number}/,
		'it is');
	ok(desk(GET => "tickets/$t->{id}")->{json}{escalatedAt},
		'and says since when');
	like(page("/support/$t->{id}")->{content},
		qr/It is over its time\..*The time for a first answer/s,
		'in words, too');
	is((rows($panel, "SELECT count(*) FROM outbox WHERE template =
		'mail/staff-ticket-late' AND payload LIKE '%$t->{id}%'"))[0][0],
		1, 'staff are told once');
	is(desk(POST => "tickets/$t->{id}/replies", { text => 'Sorry.' })
		->{status}, 201, 'an answer');
	unlike(page('/support?view=late')->{content}, qr/$t->{number}/,
		'and it is late no more');
}

# ---- satisfaction ----

sub satisfaction
{
	my $t = ask();
	my $path = "/client/help/$t->{id}";

	unlike($panel->get($path, cookie => $ann->{cookie})->{content},
		qr/Is all well\?/, 'nobody asks before it is closed');
	is(client(POST => "/$t->{id}/rating", { rating => 5 })->{status}, 409,
		'nor takes an answer');
	client(POST => "/$t->{id}/close", {});
	like($panel->get($path, cookie => $ann->{cookie})->{content},
		qr/Is all well\?/, 'then it is asked');
	is(client(POST => "/$t->{id}/rating", { rating => $_ })->{status},
		422, "$_ is no rating") for 0, 6, 'five';
	is(send_form($ann, "$path/rate", words => 'Hm.')->{status}, 422,
		'nor is nothing');
	is(send_form($ann, "$path/rate", rating => 4, words => 'Quick.')
		->{status}, 303, 'a rating is kept');
	like(page("/support/$t->{id}")->{content},
		qr/Was helped.*Quite well.*In their words.*Quick\./s,
		'staff read it');
	is(client(POST => "/$t->{id}/rating", { rating => 5 })->{status}, 200,
		'and it may be changed');
	like(page('/support')->{content},
		qr/5\.0 of 5 from 1 ratings in the last 30 days/,
		'the inbox has the mean');
}

for my $db (engines()) {
	note($db);
	$panel = start_instance(db => $db);
	make_scene();
	tags();
	services();
	merging();
	canned();
	clocks();
	satisfaction();
	is(doctor_says($panel), '', 'the doctor is content');
	$panel->stop;
}
done_testing();
