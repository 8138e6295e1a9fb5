#!/usr/bin/perl
# mail.t - mails arrive at a real SMTP server, whole, and never twice.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep time);

binmode Test::More->builder->$_, ':utf8'
	for qw(output failure_output todo_output);
need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need(system("/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null") == 0,
	'python3-aiosmtpd is not installed');

my $figures = '';
my $NAME = "O'Brien & Söhne <GmbH>";
my $ORDERS_KILLED = $ENV{MPANEL_MAIL_ORDERS} // 12;
my $json = JSON::PP->new->utf8;

# ---- the server ----

my $dir = scratch();
my $smtp_port = free_port();
chmod 0755, $dir;
system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
	. "-days 2 -subj /CN=mail.test -addext subjectAltName=IP:127.0.0.1 "
	. "-keyout $dir/key.pem -out $dir/cert.pem 2>/dev/null") == 0
	or die 'openssl';
chmod 0644, "$dir/cert.pem";

sub start_sink
{
	my ($folder) = @_;

	mkdir $folder;
	my $log = "$folder.log";
	my $pid = spawn($log, source_dir() . '/t/lib/smtp-sink', $smtp_port,
		$folder, "$dir/cert.pem", "$dir/key.pem", 'mp', 's3cret');
	wait_for(20, sub { -e $log && slurp($log) =~ /^ready/m })
		or die 'no server: ' . slurp($log);
	return $pid;
}

# Every letter that came, in the order of coming.
sub letters
{
	my ($folder) = @_;

	return map { $json->decode(slurp($_)) } sort glob "$folder/*.json";
}

sub letters_to
{
	my ($folder, $to, $subject) = @_;

	return grep { $_->{toAddress} eq $to
		&& (!$subject || $_->{headers}{Subject} =~ $subject) }
		letters($folder);
}

# ---- the panel ----

# The mails to an address: template => status.
sub states
{
	my ($panel, $to) = @_;

	return map { @$_ } rows($panel, 'SELECT template, status FROM outbox '
		. "WHERE kind = 'mail' AND recipient = '$to'");
}

# As if so much time had gone by.
sub work_later
{
	my ($panel, $seconds) = @_;
	my ($status) = $panel->run('--set', "clock_offset_s=$seconds", 'work',
		'--once');

	is($status, 0, "work is done $seconds s later");
}

sub order
{
	my ($panel, $email) = @_;
	my $r = $panel->intake({ customerEmail => $email,
		customerName => $NAME });

	is($r->{status}, 201, "an order of $email is placed");
	return $r->{json};
}

sub finish_tasks
{
	my ($panel) = @_;

	while (my $task = $panel->worker('tasks/claim')->{json}{task}) {
		$panel->worker("tasks/$task->{id}/complete", {
			leaseToken => $task->{leaseToken},
			status => 'success' });
	}
}

# ---- what a letter must be ----

sub look_at
{
	my ($l, $what) = @_;
	my %h = %{ $l->{headers} };

	is_deeply($l->{defects}, [], "$what: Python finds nothing wrong");
	is($l->{multipart}, 'multipart/alternative', "$what: two alternatives");
	is_deeply([map { $_->{type} } @{ $l->{parts} }],
		['text/plain', 'text/html'], "$what: text, then HTML");
	is($l->{toName}, $NAME, "$what: to a person by name");
	is($l->{fromName}, 'Nordlicht <Söhne> & "Co"',
		"$what: from the company") if $what =~ /brand/;
	like($h{'Message-ID'}, qr/^<[0-9a-f-]{36}\@example\.test>$/,
		"$what: with an id");
	is($h{'Auto-Submitted'}, 'auto-generated', "$what: by a machine");
	ok($l->{ascii} && $l->{longest} <= 78, "$what: short ASCII lines");
	my %seen;
	is_deeply([grep { $seen{lc $_}++ } @{ $l->{names} }], [],
		"$what: no header twice");
	like($l->{parts}[0]{text}, qr/\Q$NAME\E/, "$what: the name in the text");
	like($l->{parts}[1]{text}, qr/&amp; Söhne &lt;GmbH&gt;/,
		"$what: and escaped in the HTML");
}

sub test_order
{
	my ($panel, $folder) = @_;
	my $to = 'client@example.com';
	$panel->request(PATCH => '/api/admin/settings',
		token => $panel->admin_token, json => {
		legalName => 'Söhne & Co <GmbH>', postalCode => '34117',
		city => 'Kassel', invoiceFooter => "Thank you.\nAda",
		bankInstructions => 'IBAN DE02' });
	my $order = order($panel, $to);

	ok(wait_for(15, sub { letters_to($folder, $to) >= 2 }),
		'two mails arrive') or diag(explain({ states($panel, $to) }),
		$panel->log_text);
	my ($told) = letters_to($folder, $to, qr/Your order/);
	my ($bill) = letters_to($folder, $to, qr/^Invoice/);
	look_at($told, 'the confirmation');
	look_at($bill, 'the invoice');
	like($told->{parts}[0]{text}, qr/\Q$order->{orderNumber}\E/,
		'one names the order');
	like($bill->{headers}{Subject}, qr/\Q$order->{invoice}{number}\E/,
		'the other the invoice');
	like($bill->{parts}[0]{text}, qr/Total: \$29\.88/, 'with its sum');
	like($bill->{parts}[0]{text}, qr/Thank\ you\.\r?\nAda\r?\n\r?\n
		Söhne\ &\ Co\ <GmbH>\r?\n34117\ Kassel/x,
		'what the company says below, and who sells');
	like($bill->{parts}[1]{text}, qr/Söhne &amp; Co &lt;GmbH&gt;<br>/,
		'in the HTML as well');
	unlike($bill->{parts}[0]{text}, qr/IBAN/,
		'a paid one does not say how to pay');
	ok($told->{tls}, 'over TLS');
	is($told->{user}, 'mp', 'signed in');
	is($told->{from}, 'panel@example.test', 'from the sender of the settings');
	finish_tasks($panel);
	ok(wait_for(15, sub { letters_to($folder, $to, qr/is ready/) == 1 }),
		'and one more when the service is ready');
	ok(wait_for(5, sub { my %s = states($panel, $to);
		keys %s == 3 && !grep { $_ ne 'done' } values %s }),
		'all of them are done');
}

sub test_answers
{
	my ($panel, $folder) = @_;

	order($panel, 'later-1@example.com');
	order($panel, 'gone@example.com');
	order($panel, 'spam@example.com');
	order($panel, 'drop@example.com');
	ok(wait_for(20, sub {
		my %gone = states($panel, 'gone@example.com');
		my %spam = states($panel, 'spam@example.com');
		my %drop = states($panel, 'drop@example.com');
		return ($gone{'mail/invoice'} // '') eq 'dead'
			&& ($spam{'mail/invoice'} // '') eq 'dead'
			&& ($drop{'mail/invoice'} // '') eq 'maybe_sent'
			&& ($drop{'mail/order-confirmation'} // '')
				eq 'maybe_sent';
	}), 'a refused mail is dead, one without an answer is maybe sent');
	my ($why) = rows($panel, q{SELECT last_error FROM outbox
		WHERE recipient = 'gone@example.com' AND status = 'dead'});
	like($why->[0], qr/^550 5\.1\.1 no such user/, 'with the last answer');
	is(scalar(letters_to($folder, 'gone@example.com')), 0,
		'nothing went to nobody');
	work_later($panel, 600);
	work_later($panel, 4000);
	is(scalar(letters_to($folder, 'later-1@example.com')), 2,
		'what was put off arrives, once each');
	is(scalar(letters_to($folder, 'drop@example.com')), 2,
		'what may have been sent is not sent again');
	is(scalar(letters_to($folder, 'spam@example.com')), 2,
		'nor what was refused');
	my @alerts = grep { $_->{headers}{Subject} =~ /need you|Given up/ }
		letters($folder);
	ok(@alerts >= 1, 'staff are told') or
		diag(explain([map { $_->{headers}{Subject} } letters($folder)]));
	my $text = join '', map { $_->{parts}[0]{text} } @alerts;
	like($text, qr/Given up: mail to gone\@example\.com: 550/,
		'of whom could not be told');
}

# ---- what staff and strangers can do ----

sub admin
{
	my ($panel, $method, $path, $body, @more) = @_;

	return $panel->request($method, "/api/admin/$path",
		token => $panel->admin_token,
		($body ? (json => $body) : ()), @more);
}

sub test_staff
{
	my ($panel, $folder) = @_;
	my $r = admin($panel, GET => 'mail?status=maybe_sent');

	is($r->{json}{total}, 2, 'mails in doubt are listed');
	my $mail = $r->{json}{items}[0];
	is($mail->{recipient}, 'drop@example.com', 'with their recipient');
	ok(!exists $mail->{payload}, 'and without what is in them');
	$r = admin($panel, GET => "mail/$mail->{id}");
	is($r->{json}{log}[0]{state}, 'maybe_sent', 'one has its attempts');
	is($r->{json}{log}[0]{code}, 354, 'with the last code');
	is(admin($panel, POST => "mail/$mail->{id}/cancel", {})->{status}, 409,
		'what is over cannot be stopped');
	$r = admin($panel, POST => "mail/$mail->{id}/resend", {});
	is($r->{json}{status}, 'pending', 'it can be sent again');
	ok(wait_for(15, sub { letters_to($folder, 'drop@example.com') == 3 }),
		'and is');
	my %ids;
	$ids{ $_->{headers}{'Message-ID'} }++
		for letters_to($folder, 'drop@example.com');
	is_deeply([sort { $a <=> $b } values %ids], [1, 2],
		'as the same mail to who has it already');
	is((rows($panel, q{SELECT count(*) FROM audit_logs
		WHERE action = 'mail.resend'}))[0][0], 1, 'which is audited');
}

# Neither a name nor an address nor a host leaves its place.
sub test_strangers
{
	my ($panel, $folder) = @_;
	my $bad = "Eve\r\nBcc: eve\@example.net";

	for my $case (['a name', { customerName => $bad }],
		['an address', { customerEmail => "a\@example.com\r\nBcc: b" }],
		['a domain', { primaryDomain => "a.test\r\nX: y" }]) {
		my $r = $panel->intake($case->[1]);

		ok($r->{status} == 400 || $r->{status} == 422
			|| $r->{status} == 202, "$case->[0] of two lines is "
			. "refused or held ($r->{status})");
	}
	is(admin($panel, POST => 'mail/test', { to => "a\@example.com\r\nBcc: b"
		})->{status}, 422, 'a test mail goes to one address');
	for my $host ('evil.example.net', 'demo.test') {
		my $r = admin($panel, POST => 'mail/test',
			{ to => "$host\@example.com" }, host => $host,
			headers => { 'x-forwarded-host' => 'evil.example.net' });

		is($r->{status}, 202, "a test mail asked for at $host");
		ok(wait_for(15, sub {
			letters_to($folder, "$host\@example.com") }), 'arrives');
		my ($l) = letters_to($folder, "$host\@example.com");
		my $all = $json->encode($l->{parts}) . $json->encode(
			$l->{headers});
		(my $rest = $all) =~ s/\Q$host\E\@example\.com//g;
		unlike($rest, qr/evil\.example\.net/, 'says nothing of the host');
		like($l->{parts}[0]{text}, qr/\Q@{[$panel->url]}\E/,
			'and has the address of the settings');
	}
	is_deeply([grep { grep { /bcc|^x$/i } @{ $_->{names} } }
		letters($folder)], [], 'no letter has a header too many');
}

sub test_brand
{
	my ($panel, $folder) = @_;
	my $brand = admin($panel, GET => 'settings/brand')->{json};
	my $r = admin($panel, PATCH => 'settings/brand', {
		version => $brand->{version}, name => 'Nordlicht <Söhne> & "Co"',
		accent => '#0B7A75', supportEmail => 'help@nordlicht.example',
		senderEmail => 'post@example.test', language => 'de' });

	is($r->{status}, 200, 'a brand is set');
	is(admin($panel, PATCH => 'settings/brand', {
		version => $brand->{version}, name => 'x' })->{status}, 409,
		'not over somebody else\'s change');
	is(admin($panel, PATCH => 'settings/brand', { version =>
		$brand->{version} + 1, accent => 'red;}' })->{status}, 422,
		'nor with a colour that is none');
	my $door = $panel->get('/login');
	like($door->{content}, qr{/brand/accent\.css\?v=0b7a75}, 'the door wears it');
	like($door->{content}, qr/Nordlicht &lt;Söhne&gt; &amp;/,
		'with the name escaped') if utf8::decode($door->{content});
	my $css = $panel->get('/brand/accent.css?v=0b7a75');
	like($css->{content}, qr/--fill:light-dark\(#0b7a75/, 'it is served');
	like($css->{headers}{'cache-control'}, qr/immutable/, 'and kept');
	order($panel, 'brand@example.com');
	ok(wait_for(15, sub { letters_to($folder, 'brand@example.com') == 2 }),
		'mails are branded');
	my ($l) = letters_to($folder, 'brand@example.com', qr/^Ihre Bestellung/);
	look_at($l, 'a letter of the brand');
	is($l->{from}, 'panel@example.test', 'the envelope stays');
	like($l->{headers}{'Reply-To'}, qr/help\@nordlicht\.example/,
		'answers go to support');
	like($l->{parts}[1]{text}, qr/bgcolor="#0b7a75"/, 'in its colour');
	is($l->{headers}{'Content-Language'}, 'de', 'and language');
}

# ---- kill -9 ----

sub kill_work
{
	my ($panel) = @_;
	my $file = $panel->state_dir . '/ready.json';
	my $pid = eval { $json->decode(slurp($file))->{pids}{work} };

	return $pid && kill KILL => $pid;
}

sub test_killed
{
	my ($panel, $folder) = @_;
	my $killed = 0;
	my $mails = $ORDERS_KILLED * 2;

	order($panel, "slow$_\@example.com") for 1 .. $ORDERS_KILLED;
	for (1 .. 60) {
		sleep 0.05 + rand 0.4;
		$killed++ if kill_work($panel);
		last if $killed >= 15;
	}
	ok($killed >= 5, "work was killed $killed times");
	work_later($panel, $_) for 400, 900;
	ok(wait_for(30, sub {
		(rows($panel, q{SELECT count(*) FROM outbox
			WHERE recipient LIKE 'slow%' AND status NOT IN
			('done', 'maybe_sent')}))[0][0] == 0;
	}), 'in the end each mail is sent, or may have been');
	my %came;
	$came{ $_->{headers}{'Message-ID'} =~ /<(.*)\@/ && $1 }++
		for grep { $_->{toAddress} =~ /^slow/ } letters($folder);
	is_deeply([grep { $came{$_} > 1 } keys %came], [],
		'none came twice');
	my @rows = rows($panel, q{SELECT id, status FROM outbox
		WHERE recipient LIKE 'slow%'});
	is(scalar(@rows), $mails, 'and none is forgotten');
	is_deeply([grep { $_->[1] eq 'done' && !$came{ $_->[0] } } @rows], [],
		'what is done has come');
	$figures = sprintf '%d of %d mails came, %d may have been sent',
		scalar(keys %came), $mails,
		scalar(grep { $_->[1] eq 'maybe_sent' } @rows);
}

# ---- both engines ----

for my $db (engines()) {
	my $folder = "$dir/$db";
	my $sink = start_sink($folder);
	my $panel = start_instance(db => $db, set => {
		smtp_url => "smtp://mp:s3cret\@127.0.0.1:$smtp_port",
		smtp_ca_file => "$dir/cert.pem",
		mail_from => 'panel@example.test',
	});

	subtest "$db: an order" => sub { test_order($panel, $folder) };
	subtest "$db: answers" => sub { test_answers($panel, $folder) };
	subtest "$db: staff" => sub { test_staff($panel, $folder) };
	subtest "$db: strangers" => sub { test_strangers($panel, $folder) };
	subtest "$db: a brand" => sub { test_brand($panel, $folder) };
	subtest "$db: kills" => sub { test_killed($panel, $folder) };
	diag("$db: $figures");
	is(doctor_says($panel), '', "$db: the doctor is content");
	$panel->stop;
	stop_process($sink);
}
done_testing();
