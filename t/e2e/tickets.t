#!/usr/bin/perl
# tickets.t - a customer asks, staff answer, and files come back byte for byte
# to whom they are for and as nothing but files.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use Encode 'decode_utf8';
use File::Find;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP ();
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, $admin, %who, %customer, %service);

# ---- people ----

sub make_scene
{
	for my $name (qw(ada bea)) {
		my $r = $panel->intake(small_order("pi_$name",
			customerEmail => "$name\@example.com",
			customerName => "Account $name",
			primaryDomain => "$name.example"));

		$customer{$name} = $r->{json}{customerId};
		$service{$name} = $r->{json}{subscriptions}[0]{id};
		$who{$name} = person($panel, $name, 'customer');
		is($panel->post("/api/admin/customers/$customer{$name}/people",
			token => $admin, json => {
			email => "$name\@example.com", rights =>
			[qw(billing technical support)] })->{status}, 201,
			"$name has an account");
	}
	$who{sue} = person($panel, 'sue', 'customer');
	is($panel->post("/api/admin/customers/$customer{ada}/people",
		token => $admin, json => { email => 'sue@example.com',
		rights => ['support'] })->{status}, 201, 'Sue asks for Ada');
	$who{$_} = person($panel, $_, $_) for qw(support editor);
	$who{cleaner} = person($panel, 'cleaner', 'support');
}

sub client
{
	my ($name, $method, $path, $body, %o) = @_;

	return $panel->request($method, "/api/client/tickets$path",
		token => $who{$name}{token},
		$body ? (json => $body) : (), %o);
}

sub desk
{
	my ($method, $path, $body, %o) = @_;

	return $panel->request($method, "/api/support/tickets$path",
		token => $who{support}{token},
		$body ? (json => $body) : (), %o);
}

sub page
{
	my ($name, $path) = @_;
	my $r = $panel->get($path, cookie => $who{$name}{cookie});

	return wantarray ? ($r->{status}, decode_utf8($r->{content}))
		: decode_utf8($r->{content});
}

# Files below the state directory.
sub kept
{
	my @files;

	find({ no_chdir => 1, wanted => sub { push @files, $_ if -f } },
		grep { -d } $panel->state_dir . '/attachments');
	return @files;
}

# ---- by programs ----

sub check_api
{
	my $r = client('ada', POST => '', { subject => 'Söhne & <Co>',
		priority => 'high', description => "Line 1\nLine 2" });
	is($r->{status}, 201, 'a question is asked');
	my $ticket = $r->{json}{ticket};
	is_deeply([@$ticket{qw(subject priority status accountId)}],
		['Söhne & <Co>', 'high', 'open', $customer{ada}],
		'and is there as it was asked');
	is($ticket->{messages}[0]{text}, "Line 1\nLine 2", 'with its text');
	like($ticket->{number}, qr/^TKT-\d{4}-\d{6}$/, 'and a number');
	unlike(JSON::PP->new->encode($ticket), qr/mail_?key/i,
		'but not the key of its mails');
	is(client('ada', GET => '')->{json}{total}, 1, 'it is in the list');

	$r = desk(POST => "/$ticket->{id}/notes", { text => 'Only staff' });
	is($r->{status}, 201, 'staff note something');
	$r = desk(POST => "/$ticket->{id}/replies", { text => 'We look.' });
	is($r->{status}, 201, 'and answer');
	my $seen = client('ada', GET => "/$ticket->{id}")->{json};
	is_deeply([map { "$_->{author} $_->{text}" } @{ $seen->{messages} }],
		["customer Line 1\nLine 2", 'staff We look.'],
		'the customer reads the answer and no note');
	is($seen->{status}, 'waiting', 'the ticket waits for them');
	is(scalar @{ desk(GET => "/$ticket->{id}")->{json}{messages} }, 3,
		'staff read all of it');
	is($seen->{messages}[1]{email}, '', 'whose address is staff\'s own');

	$r = client('ada', POST => "/$ticket->{id}/replies",
		{ text => 'Thanks' });
	is($r->{status}, 201, 'the customer says something');
	is(client('ada', POST => "/$ticket->{id}/close", {})->{json}{status},
		'closed', 'and closes it');
	is(client('ada', POST => "/$ticket->{id}/reopen", {})->{json}{status},
		'open', 'and opens it again');

	my ($me) = map { $_->[0] } rows($panel, q{SELECT id FROM users
		WHERE email = 'support@example.com'}, 'demo');
	my $changed = desk(PATCH => "/$ticket->{id}", { assigneeId => $me,
		priority => 'urgent' })->{json};
	is_deeply([@$changed{qw(assigneeId priority)}], [$me, 'urgent'],
		'staff sort it');
	is(desk(PATCH => "/$ticket->{id}", { priority => 'low',
		version => 1 })->{status}, 409, 'who is late is told so');
	is(desk(GET => "?assigneeId=$me&status=open")->{json}{total}, 1,
		'and it is found by who has it');
	check_refusals($ticket->{id});
	return $ticket->{id};
}

sub check_refusals
{
	my ($id) = @_;
	my @refused = (
		['', {}, 422, 'subject'],
		['', { subject => 'x' }, 422, 'description'],
		['', { subject => 'x', description => 'y', priority => 'now' },
			422, 'priority'],
		['', { subject => 'x', description => 'y',
			departmentId => $MPanel::Isolation::missing //
			'019f0000-0000-7000-8000-000000000000' }, 422,
			'departmentId'],
		['', { subject => 'x', description => 'y',
			subscriptionId => $service{bea} }, 422,
			'subscriptionId'],
		['', { subject => 'x', description => 'y', staff => 1 }, 400,
			'staff'],
		['', { subject => 5, description => 'y' }, 422, 'subject'],
		["/$id/replies", { text => '' }, 422, 'text'],
		["/$id/replies", { text => 'x' x 65537 }, 422, 'text'],
	);

	for my $case (@refused) {
		my ($path, $body, $status, $field) = @$case;
		my $r = client('ada', POST => $path, $body);
		my ($wrong) = map { $_->{field} } @{ $r->{json}{errors} };

		is("$r->{status} " . ($wrong // ''), "$status $field",
			"$path is refused for its $field");
	}
	my $blind = client('sue', POST => '', { subject => 'x',
		description => 'y', subscriptionId => $service{ada} });
	is("$blind->{status} $blind->{json}{errors}[0]{field}",
		'422 subscriptionId', 'nor what the asker may not see');
	is(client('ada', POST => '', { subject => 'x', description => 'y',
		accountId => $customer{bea} })->{status}, 404,
		'nobody asks for another\'s account');
	is(client('bea', $_->[0] => "/$id$_->[1]", $_->[2])->{status}, 404,
		"nor at $_->[0] $_->[1] of another's ticket")
		for [GET => ''], [POST => '/replies', { text => 'x' }],
			[POST => '/close', {}], [POST => '/reopen', {}];
	is($panel->request(POST => "/api/support/tickets/$id/replies",
		token => $who{ada}{token}, json => { text => 'x' })->{status},
		403, 'customers do not answer as staff');
}

# ---- files ----

sub check_files
{
	my ($id) = @_;
	my $bytes = join '', map { chr } 0 .. 255;
	my $send = sub { client($_[0], POST => "/$id/attachments?name=$_[1]",
		undef, body => $_[2] // $bytes,
		type => 'application/octet-stream') };
	my $r = $send->('ada', 'M%C3%A4rz%0d%0aX-Evil:%201.html');
	is($r->{status}, 201, 'a file is sent');
	my $file = $r->{json}{attachments}[0];
	is($file->{name}, 'MärzX-Evil 1.html', 'its name is clean');
	is($file->{type}, 'application/octet-stream', 'and it is no page');

	my $path = "/$id/attachments/$file->{id}";
	$r = client('ada', GET => $path);
	is($r->{status}, 200, 'it comes back');
	ok($r->{content} eq $bytes, 'byte for byte');
	is_deeply([@{ $r->{headers} }{qw(content-type x-content-type-options
		content-disposition x-accel-redirect x-evil)}],
		['application/octet-stream', 'nosniff', 'attachment; '
		. 'filename="M_rzX-Evil 1.html"; '
		. 'filename*=UTF-8\'\'M%C3%A4rzX-Evil%201.html', undef,
		undef], 'as a file to be kept, and from nowhere else');
	is($panel->get("/client/help/$id/files/$file->{id}",
		cookie => $who{ada}{cookie})->{content}, $bytes,
		'from the page, too');
	is(desk(GET => $path)->{content}, $bytes, 'and for staff');
	is(client('bea', GET => $path)->{status}, 404, 'but not for others');
	is($panel->get("/support/$id/files/$file->{id}",
		cookie => $who{ada}{cookie})->{status}, 403,
		'nor by the staff\'s way');

	$r = desk(POST => "/$id/notes", { text => 'a note' });
	my $note = $panel->upload($who{support}, "/support/$id/say",
		{ text => 'See this', as => 'note' },
		['file1', 'secret.txt', 'for staff']);
	is($note->{status}, 303, 'a note has a file');
	my ($hidden) = map { $_->[0] } rows($panel, q{SELECT id
		FROM ticket_attachments WHERE name = 'secret.txt'}, 'demo');
	is(client('ada', GET => "/$id/attachments/$hidden")->{status}, 404,
		'which the customer does not get');
	unlike(page('ada', "/client/help/$id"), qr/secret\.txt|See this/,
		'nor sees');

	like($panel->get($_)->{status}, qr/^40[04]$/, "$_ leads nowhere")
		for "/_attachments/$file->{id}",
			'/_attachments/../mpanel.conf';
	is($send->('ada', '')->{status}, 422, 'a file has a name');
	is($send->('ada', 'x.bin', '')->{status}, 422, 'and something in it');
	is($send->('ada', 'x.bin', 'x' x (5120 * 1024 + 1))->{status}, 413,
		'and is not too large');
	is($send->('ada', 'x.bin', 'x' x (5120 * 1024))->{status}, 201,
		'but as large as may be');
	is($send->('ada', 'x.bin', 'x' x (12 * 1024 * 1024 + 1))->{status},
		413, 'what is far too large is not read');
	is($send->('bea', 'x.bin')->{status}, 404, 'others send nothing');
	my ($file_of) = grep { /\Q$file->{id}\E$/ } kept();
	ok(unlink($file_of), 'a file that is lost');
	is(client('ada', GET => $path)->{status}, 404, 'is said to be');
}

# ---- by people ----

sub check_pages
{
	my $ada = $who{ada};
	my ($status, $text) = page('ada', '/client/help/new?subject=Money');
	is($status, 200, 'there is a form');
	like($text, qr/ada\.example/, 'which names her services');
	unlike($text, qr/bea\.example/, 'and no others');

	my $before = kept();
	my $r = $panel->upload($ada, '/client/help/new', { subject => '',
		description => 'My words', priority => 'high' },
		['file1', 'a.txt', 'abc']);
	is($r->{status}, 422, 'without a subject it is refused');
	$text = decode_utf8($r->{content});
	like($text, qr/My words/, 'what was typed is there');
	like($text, qr/value="high" selected/, 'and what was chosen');
	like($text, qr/Say in a few words what it is about/, 'with why');

	$r = $panel->upload($ada, '/client/help/new', { subject => 'Two files',
		description => "O'Brien & <script>", priority => 'normal',
		subscriptionId => $service{ada} },
		['file1', 'a.txt', 'abc'], ['file2', 'b.html', '<b>'],
		['file3', '', '']);
	is($r->{status}, 303, 'a question with two files is sent');
	my ($id) = $r->{headers}{location} =~ m{^/client/help/([0-9a-f-]{36})$};
	ok($id, 'and leads to itself');
	$text = page('ada', "/client/help/$id");
	like($text, qr/O&#?\w+;Brien &amp; &lt;script&gt;/, 'with its words');
	like($text, qr/a\.txt.*b\.html/s, 'and files');
	unlike($text, qr/file3/ && qr{files/[^"]+">[^<]*</a>.*files/.*files/}s,
		'but none for a field that was left empty');

	# ---- staff ----
	like(page('support', '/support'), qr/Two files/, 'it is in the inbox');
	like(page('support', '/support?view=unassigned'), qr/Two files/,
		'as nobody\'s');
	unlike(page('support', '/support?view=mine'), qr/Two files/,
		'and not mine');
	is((page('support', '/support?view=none'))[0], 422,
		'there is no other view');
	is($panel->form($who{support}, "/support/$id/take")->{status}, 303,
		'somebody takes it');
	like(page('support', '/support?view=mine'), qr/Two files/,
		'and has it');
	is($panel->form($who{support}, "/support/$id/say",
		text => 'Look here', as => 'close')->{status}, 303,
		'answers and closes it');
	like(page('support', '/support?view=closed'), qr/Two files/,
		'it is closed');
	unlike(page('support', '/support'), qr/Two files/,
		'and no more among the open');
	$text = page('ada', "/client/help/$id");
	like($text, qr/Closed\. Write again/, 'which its page says');
	like($text, qr/Look here/, 'with the answer');
	is($panel->upload($ada, "/client/help/$id/reply", { text => 'Still slow' })
		->{status}, 303, 'a reply');
	like(page('support', "/support/$id"), qr/Needs an answer.*Still slow/s,
		'opens it');
	is($panel->upload($ada, "/client/help/$id/reply", { text => ' ' })
		->{status}, 422, 'nothing is no reply');
	is($panel->form($who{support}, "/support/$id/sort", version => 1,
		priority => 'low')->{status}, 409, 'who is late is told so');
	is($panel->form($who{ada}, "/client/help/$id/close")->{status}, 303,
		'the customer closes it');
	is($panel->form($who{ada}, "/client/help/$id/reopen")->{status}, 303,
		'and opens it again');
	like(page('support', "/admin/customers/$customer{ada}?tab=tickets"),
		qr/Two files/, 'the customer\'s page has it');
	is((page('bea', "/client/help/$id"))[0], 404, 'others do not see it');
	unlike(page('bea', '/client/help'), qr/Two files/, 'nor list it');
	return $id;
}

sub check_behalf
{
	my ($status, $text) = page('support', '/support/new');
	like($text, qr/Account ada/, 'customers are offered');
	($status, $text) = page('support',
		"/support/new?customerId=$customer{bea}");
	is($status, 200, 'for one there is a form');
	my $r = $panel->upload($who{support}, '/support/new', {
		customerId => $customer{bea}, subject => 'You called',
		description => 'This is what we found', priority => 'normal' });
	is($r->{status}, 303, 'staff open a ticket for a customer');
	like(page('bea', '/client/help'), qr/You called.*Answered/s,
		'who sees it, answered');
	is($panel->upload($who{support}, '/support/new', { customerId =>
		'019f0000-0000-7000-8000-000000000000', subject => 'x',
		description => 'y' })->{status}, 404, 'but not for nobody');
	is($panel->post('/api/support/tickets', token => $who{editor}{token},
		json => { customerId => $customer{bea}, subject => 'By call',
		description => 'x' })->{status}, 201, 'a program does, too');
}

sub check_departments
{
	my $r = $panel->post('/api/admin/departments', token => $admin,
		json => { name => 'Billing', localPart => 'billing' });
	is($r->{status}, 201, 'a department is made');
	is($panel->post('/api/admin/departments', token => $admin,
		json => { name => 'Other', localPart => 'billing' })
		->{status}, 409, 'its mail name is its own');
	is($panel->post('/api/admin/departments', token => $admin,
		json => { name => $_ })->{status}, 201, "$_ needs none")
		for qw(Technical Sales);
	is($panel->post('/api/admin/departments',
		token => $who{support}{token}, json => { name => 'Mine' })
		->{status}, 403, 'who may not change settings makes none');
	like(page('ada', '/client/help/new?subject=Money'), qr/Billing/,
		'customers choose it');
	my $id = $r->{json}{id};
	$r = client('ada', POST => '', { subject => 'Money',
		description => 'x', departmentId => $id });
	is($r->{json}{ticket}{department}, 'Billing', 'and ask it');
	like(page('support', "/support?departmentId=$id"),
		qr/Money/, 'staff find its tickets');
	unlike(page('support', "/support?departmentId=$id"),
		qr/You called/, 'and no others');
	return $id;
}

# ---- rights ----

sub check_rights
{
	my $id = shift;
	my $token = $panel->post('/api/admin/api-tokens', token => $admin,
		json => { name => 'reader', scopes => ['tickets:read'] })
		->{json}{token};
	my $call = sub { $panel->request($_[0],
		"/api/support/tickets$_[1]", token => $token,
		$_[2] ? (json => $_[2]) : ())->{status} };

	SKIP: {
		skip 'no token', 2 unless $token;
		is($call->(GET => "/$id"), 200, 'who may read reads');
		is($call->(POST => "/$id/replies", { text => 'x' }), 403,
			'and does not answer');
	}
	is($panel->get('/support', cookie => $who{ada}{cookie})->{status}, 403,
		'customers have no inbox');
}

# ---- the house ----

sub check_leftovers
{
	# as a crash between the file and its row leaves one
	my ($model) = kept();
	my ($dir, $hash) = $model =~ m{^(.*)/([0-9a-f]{64})\.};
	my $old = "$dir/$hash.019a0000-0000-7000-8000-000000000000";
	my $new = "$dir/$hash.019a0000-0000-7000-8000-000000000001";

	for my $file ($old, $new) {
		open my $fh, '>', $file or die "$file: $!";
		print $fh slurp($model);
		close $fh or die;
	}
	utime time - 2 * 86400, time - 2 * 86400, $old, $model;
	my $before = () = kept();
	like(($panel->run(qw(work --once)))[1] // '', qr//, 'the clock works');
	ok(wait_for(20, sub { !-e $old || !$panel->run(qw(work --once)) }),
		'a file that no ticket has is taken away');
	ok(-e $new, 'but not before a day has passed');
	ok(-e $model, 'and none that a ticket has');
}

sub check_backup
{
	my $dir = $panel->state_dir . '/copies';
	mkdir $dir or die;
	chmod 0777, $dir;
	my ($status, $out) = $panel->run('backup', "$dir/1.backup");
	is($status, 0, 'a backup is made');
	my @here = map { s{.*/attachments/}{}r } kept();
	my @copied;
	find({ no_chdir => 1, wanted => sub { push @copied, $_ if -f } },
		"$dir/attachments");
	is_deeply([sort map { s{.*/attachments/}{}r } @copied],
		[sort @here], 'files of tickets are copied beside it');
	like($out, qr/@{[scalar @here]} new files? of tickets/, 'which it says');
	my ($one) = kept();
	unlink $one or die;
	($status, $out) = $panel->run('restore', "$dir/1.backup");
	is($status, 0, 'it is put back');
	ok(-s $one, 'with a file that was lost');
}

for my $db (engines()) {
	$panel = start_instance(db => $db, set => {
		rate_login_account => 1000, rate_login_address => 10_000 });
	$admin = $panel->admin_token;
	note("== $db");
	make_scene();
	my $id = check_api();
	check_files($id);
	check_pages();
	check_behalf();
	check_departments();
	check_rights($id);
	check_leftovers();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	check_backup();
	ok(defined $panel->stop, 'it stops');
}
done_testing();
