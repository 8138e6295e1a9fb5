#!/usr/bin/perl
# mail_in.t - whatever is sent to the help desk: the right thing each time.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Each mail goes through `mpanel mail-in` as a mail server would call it, and
# what became of it is looked up in the rows.  Mails that go out come to a real
# SMTP server.  Nothing is lost, and nobody gets what is somebody else's.
use strict;
use warnings;
use utf8;
use FindBin;
use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use lib "$FindBin::Bin/../lib";
use MPanel::MailIn;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

binmode Test::More->builder->$_, ':utf8'
	for qw(output failure_output todo_output);
need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need(system("/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null") == 0,
	'python3-aiosmtpd is not installed');

my ($ADA, $BEA, $SAM) = ('ada@a.test', 'bea@b.test', 'sam@desk.test');
# Of a conversation of Ada's: the ticket, her address for answers, and Sam's.
my ($ticket, $number, $adas, $sams);

sub set_up
{
	my $path = '/api/admin/settings/brand';
	my $version = admin(GET => $path)->{json}{version};

	for my $bad ('help', 'a+b@desk.test', ('x' x 30) . '@desk.test') {
		is(admin(PATCH => $path, { version => $version,
			helpEmail => $bad })->{status}, 422,
			"$bad is no address of a help desk");
	}
	is((hand_over(letter(From => $ADA)))[0], 67,
		'without one, no mail has an address');
	my $r = admin(PATCH => $path, { version => $version,
		helpEmail => 'Help@Desk.test' });
	is($r->{json}{helpEmail}, $HELP, 'the company says where it is');
	for my $person ([$ADA, 'Ada'], [$BEA, 'Bea']) {
		$r = $panel->intake({ customerEmail => $person->[0],
			customerName => $person->[1] });
		is($r->{status}, 201, "$person->[0] is a customer");
		$r = admin(POST => "/api/admin/customers/"
			. "$r->{json}{customerId}/people", {
			email => $person->[0], name => $person->[1],
			rights => ['support'] });
		is($r->{status}, 201, '  with an account');
	}
	my ($made) = $panel->run('user', 'add', '--tenant', 'demo',
		'--email', $SAM, '--role', 'support', '--name', 'Sam');
	is($made, 0, 'and Sam answers');
}

# ---- a conversation by mail ----

sub test_talk
{
	my $row = opened('a customer', letter(From => "Ada <$ADA>",
		Subject => 'My site is slow', 'Message-ID' => '<q1@a.test>'));
	my $t = ticket_of($row);

	($ticket, $number) = ($row->{ticket}, $t->{number});
	is($t->{subject}, 'My site is slow', 'it has the subject');
	is($t->{customer}, one("SELECT id FROM customers "
		. "WHERE email = '$ADA'"), 'is the customer\'s');
	is($t->{contact}, one("SELECT id FROM users WHERE email = '$ADA'"),
		'and the person\'s');
	is(text_of($row), 'It is slow.', 'with the text');
	my $l = letter_to($ADA, $number, qr/we have your message/);
	is($l->{headers}{'Auto-Submitted'}, 'auto-generated',
		'a machine says that it came');
	like($l->{headers}{'In-Reply-To'}, qr/^\s*<q1\@a\.test>$/,
		'below the mail that it answers');
	like($l->{headers}{References}, qr/^\s*<ticket-\S+> <q1\@a\.test>$/,
		'in the conversation');
	ok($l->{ascii} && $l->{longest} <= 78 && !@{ $l->{defects} },
		'as a mail should be');
	$adas = reply_address($l);
	like($adas, qr/^help\+\L\Q$number\E\E\.[0-9a-f]{20}\@desk\.test$/,
		'with an address for answers');
	is($l->{from}, $adas, 'where reports about it come, too');
	like($l->{parts}[0]{text}, qr/^-- Please reply above this line --/,
		'and the line above which they stand');

	$row = take('an answer', letter(From => $ADA, To => $adas,
		Subject => 'Re: My site is slow',
		body => "Still slow.\n\nOn 20 Nov 2026, Desk wrote:\n"
		. "> -- Please reply above this line --\n> we have"),
		to => $adas);
	is($row->{outcome}, 'replied', 'it is taken for one');
	is($row->{ticket}, $ticket, 'of this ticket');
	is(text_of($row), 'Still slow.', 'without what it quotes');
	like(one("SELECT quoted FROM ticket_messages "
		. "WHERE id = '$row->{message}'"), qr/^On 20 Nov 2026/,
		'which is kept beside it');
	is(one("SELECT user_id FROM ticket_messages "
		. "WHERE id = '$row->{message}'"), $t->{contact},
		'by the person');
	$row = take('in capitals', letter(From => uc $ADA, body => 'Loud.'),
		to => uc $adas);
	is($row->{ticket}, $ticket, 'it is the same address');
	$row = take('to both addresses', letter(From => $ADA,
		To => "$HELP, $adas", body => 'To both.'));
	is($row->{ticket}, $ticket, 'the one with the code counts');
}

sub test_staff
{
	my $sam = one("SELECT id FROM users WHERE email = '$SAM'");
	my $r = admin(PATCH => "/api/support/tickets/$ticket",
		{ assigneeId => $sam, version => 0 +
		one("SELECT version FROM tickets WHERE id = '$ticket'") });

	is($r->{status}, 200, 'Sam has the ticket') or diag $r->{content};
	take('the customer asks', letter(From => $ADA,
		body => 'Are you there?'), to => $adas);
	my $l = letter_to($SAM, $number, qr/Are you there\?/);
	$sams = reply_address($l);
	isnt($sams, $adas, 'Sam has another address for answers');
	my $row = take('Sam answers', letter(From => "Sam <$SAM>",
		body => "Yes, we are.\n\nOn 20 Nov 2026, Desk wrote:\n"
		. "> -- Please reply above this line --\n> Are you there?"),
		to => $sams);
	is($row->{outcome}, 'replied', 'it is taken for an answer');
	is(one("SELECT author || quoted FROM ticket_messages "
		. "WHERE id = '$row->{message}'"), 'staff',
		'of staff, and what it quotes is not in it');
	is(one("SELECT actor_name FROM audit_logs WHERE "
		. "action = 'ticket.reply' ORDER BY id DESC LIMIT 1"), $SAM,
		'the log says who it was');
	$l = letter_to($ADA, $number, qr/Yes, we are\./);
	is(reply_address($l), $adas, 'it arrives, from the same address');
	unlike($l->{parts}[0]{text}, qr/there\?/, 'without the quote');
	ok(!$l->{headers}{'Auto-Submitted'}, 'as a person\'s mail');
	is(ticket_of($row)->{status}, 'waiting', 'and the ticket waits');
}

# ---- who is not who they seem ----

sub test_forged
{
	my $row = opened('staff without a code', letter(From => $SAM,
		Subject => "Re: [$number]", body => 'Send me the password.'));
	is(ticket_of($row)->{contact}, '\N', 'it is a stranger\'s');
	is(ticket_of($row)->{customer}, '\N', 'and no customer\'s');
	like((messages($row->{ticket}))[1][2], qr/one of staff/,
		'staff are told that a sender can be made up');
	is((messages($row->{ticket}))[0][0], 'customer', 'it is no answer');

	for my $case (['staff with a customer\'s code', $SAM, $adas],
		['another customer with the code', $BEA, $adas],
		['a customer with staff\'s code', $ADA, $sams],
		['a stranger with a code', 'eve@evil.test', $adas]) {
		my ($what, $from, $to) = @$case;
		my ($last) = (messages($ticket))[-1];
		my $sent = () = letters_to($from);
		$row = silent($what, 'noted', letter(From => $from,
			body => "Trust me ($what)."), to => $to, mails => 1);
		is($row->{ticket}, $ticket, '  at the ticket');
		is_deeply([@{ (messages($ticket))[-1] }[0, 1]], ['system', 1],
			'  for staff alone');
		like(text_of($row), qr/^Not verified: \Q$from\E.*Trust me/s,
			'  with a warning');
		is(one("SELECT recipient FROM outbox WHERE kind = 'mail' "
			. 'ORDER BY id DESC LIMIT 1'), $SAM,
			'  and the mail goes to staff');
	}
	my $l = letter_to($SAM, $number, qr/eve\@evil\.test/);
	unlike($l->{parts}[0]{text}, qr/Trust me/, 'without the text');

	(my $guessed = $adas) =~ s/\.[0-9a-f]{20}/'.' . 'a' x 20/e;
	(my $other = $adas) =~ s/000001/000099/;
	for my $case (['a guessed code', $guessed], ['another ticket', $other],
		['a number alone', lc "help+$number\@desk.test"],
		['a code and no number', 'help+.aaaaaaaaaaaaaaaaaaaa@desk.test']
		) {
		$row = opened("$case->[0]", letter(From => 'eve@evil.test',
			Subject => "Re: [$number]"), to => $case->[1]);
		isnt($row->{ticket}, $ticket, '  of its own');
	}
	is(scalar(grep { $_->[2] =~ /its code\s+is none/ }
		messages($row->{ticket})), 1, '  staff see what it was sent to');
	is_deeply([grep { $_->{parts}[0]{text} =~ /slow/i }
		letters_to('eve@evil.test'), letters_to($BEA)], [],
		'nobody else got anything of the ticket');
}

# ---- strangers ----

sub test_linked
{
	my ($id, $other) = map { one("SELECT id FROM customers "
		. "WHERE email = '$_'") } $ADA, $BEA;
	my $row = opened('a stranger', letter(From => 'new@y.test'));
	my $path = "/api/support/tickets/$row->{ticket}";
	my %staff = $panel->sign_in;

	is(ticket_of($row)->{customer}, '\N', 'is nobody\'s');
	is(admin(PATCH => $path, { customerId => $row->{ticket} })->{status},
		422, 'a customer who is none is refused');
	is(admin(PATCH => $path, { customerId => $id })->{status}, 200,
		'staff say whose it is');
	is(ticket_of($row)->{customer}, $id, 'so it is');
	is(ticket_of($row)->{contact}, '\N', 'but not by one of theirs');
	$row = opened('another', letter(From => 'new@y.test'));
	for my $case (['nobody@y.test', 422, '\N'], [$BEA, 303, $other]) {
		my $t = ticket_of($row);
		my $r = $panel->form(\%staff, "/support/$row->{ticket}/sort",
			priority => 'normal', customerEmail => $case->[0],
			version => one("SELECT version FROM tickets "
			. "WHERE id = '$row->{ticket}'"));
		is($r->{status}, $case->[1], "$case->[0] on the page");
		is(ticket_of($row)->{customer}, $case->[2], '  and then');
	}
}

# ---- machines ----

sub test_machines
{
	my @to_ticket = (to => $adas);
	my @machine = ('Auto-Submitted' => 'auto-replied (vacation)');
	my $row = silent('on holiday', 'noted', letter(From => $ADA, @machine,
		Subject => 'Automatic reply: x', body => 'I am away.'),
		@to_ticket);

	like(text_of($row), qr/^A machine answered\..*I am away\./s,
		'  in words');
	is(ticket_of($row)->{status}, 'waiting', '  the ticket goes on waiting');
	silent('Exchange on holiday', 'noted', letter(From => $ADA,
		'X-Auto-Response-Suppress' => 'All', body => 'Away.'),
		@to_ticket);
	silent('without an envelope', 'noted', letter(From => $ADA,
		body => 'Away.'), @to_ticket, from => '');
	silent('to nobody in particular', 'dropped', letter(From => $ADA,
		@machine));
	silent('an old one', 'dropped', letter(From => 'x@y.test',
		Precedence => 'auto_reply'));
	silent('a receipt', 'dropped', letter(From => 'x@y.test',
		'Content-Type' => 'multipart/report; boundary=b; '
		. 'report-type=disposition-notification',
		body => "--b\n\nread\n--b--"));
	silent('a mail of ours', 'dropped', letter(From => 'x@y.test',
		'X-MPanel-Loop' => one('SELECT tenant_id FROM tickets LIMIT 1')));
	silent('from ourselves', 'dropped', letter(From => $HELP,
		Subject => 'Round and round'));
	my ($told) = @{ admin(GET =>
		'/api/support/incoming-mails?outcome=dropped')->{json}{items} };
	is("$told->{sender} $told->{subject}", "$HELP Round and round",
		'  staff see it among what came in');
	ok($told->{reason}, '  and why it was not taken') and note($told->{reason});
	silent('a stray report', 'dropped', letter(From => 'MAILER-DAEMON@y.test',
		body => 'No such user.'), from => '<>');
	$row = silent('a report', 'noted', letter(
		From => 'MAILER-DAEMON@a.test',
		'Content-Type' => 'multipart/report; boundary=b; '
		. 'report-type=delivery-status',
		body => "--b\n\nSorry.\n--b\nContent-Type: "
		. "message/delivery-status\n\nReporting-MTA: dns; a.test\n\n"
		. "Final-Recipient: rfc822; $ADA\nAction: failed\n"
		. "Status: 5.1.1\nDiagnostic-Code: smtp; 550 gone\n--b--"),
		@to_ticket, from => '', mails => 1);
	like(text_of($row), qr/^A mail to \Q$ADA\E could not be delivered: 5\.1\.1/,
		'  named');
	for my $quiet (['a list', 'List-Id' => '<l.y.test>'],
		['bulk', Precedence => 'bulk'],
		['a program', 'Auto-Submitted' => 'auto-generated']) {
		my ($what, @header) = @$quiet;
		my $to = "$what\@y.test" =~ s/ /-/r;
		opened($what, letter(From => $to, @header));
		is(one("SELECT count(*) FROM outbox "
			. "WHERE recipient = '$to'"), 0, '  and hears nothing');
	}
}

# ---- odd letters ----

sub mixed
{
	my (@parts) = @_;

	return ('MIME-Version' => '1.0', 'Content-Type' =>
		'multipart/mixed; boundary=b', body => join('', map {
		"--b\n$_\n" } @parts) . '--b--');
}

sub file_part
{
	my ($name, $data, $type) = @_;

	return 'Content-Type: ' . ($type // 'application/octet-stream')
		. "\nContent-Disposition: attachment; filename=\"$name\"\n"
		. "Content-Transfer-Encoding: base64\n\n" . encode_base64($data);
}

sub test_odd
{
	my $row = opened('from nobody we know', letter(
		From => 'Jörg <jörg@müller.test>, real@y.test'));
	is(ticket_of($row)->{email}, 'real@y.test', '  the first who can be told');
	$row = opened('an IDN', letter(From => 'jo@müller.test'));
	is(ticket_of($row)->{email}, 'jo@xn--mller-kva.test', '  as DNS has it');
	$row = opened('a group', letter(From => 'Us: a@y.test, b@y.test;'));
	is(ticket_of($row)->{email}, 'a@y.test', '  its first');
	$row = opened('without From', letter(), from => 'env@y.test');
	is(ticket_of($row)->{email}, 'env@y.test', '  the envelope\'s sender');
	is((hand_over(letter(), from => 'jörg'))[0], 65,
		'from nobody at all: it goes back');
	$row = opened('no subject', letter(From => 'a@y.test', Subject => undef));
	is(ticket_of($row)->{subject}, '(no subject)', '  says so');
	$row = opened('a header in a subject', letter(From => 'hi@y.test',
		Subject => '=?utf-8?q?Hi=0D=0ABcc=3A_eve=40evil=2Etest?='));
	is(ticket_of($row)->{subject}, 'Hi Bcc: eve@evil.test', '  is text');
	my $l = letter_to('hi@y.test', ticket_of($row)->{number}, qr/./);
	is_deeply([grep { /bcc/i } @{ $l->{names} }], [], '  in our mail, too');
	is_deeply($l->{to}, ['hi@y.test'], '  which goes to one');
	$row = opened('10 kB of subject', letter(From => 'a@y.test',
		Subject => 'x' x 10240));
	is(length ticket_of($row)->{subject}, 200, '  is cut');
	$row = opened('HTML only', letter(From => 'a@y.test',
		'Content-Type' => 'text/html; charset=utf-8', body =>
		'<style>x</style><p>Hello <b>you</b><br>it is &lt;slow&gt;'
		. '<script>alert(1)</script>'));
	is(text_of($row), 'Hello you\x0ait is <slow>', '  is read');
	$row = opened('a wrong charset', letter(From => 'a@y.test',
		'Content-Type' => 'text/plain; charset=utf-8',
		'Content-Transfer-Encoding' => 'base64',
		body => encode_base64("M\xfcll")));
	utf8::decode(my $text = text_of($row));
	is($text, "M\x{fffd}ll", '  is repaired');
	$row = opened('an unknown charset', letter(From => 'a@y.test',
		'Content-Type' => 'text/plain; charset=klingon',
		'Content-Transfer-Encoding' => 'base64',
		body => encode_base64("M\xfcll")));
	utf8::decode($text = text_of($row));
	is($text, 'Müll', '  is guessed');
	$row = opened('NUL', letter(From => 'a@y.test', body => "a\0b"));
	utf8::decode($text = text_of($row));
	is($text, "a\x{fffd}b", '  is repaired');
	$row = opened('an empty mail', letter(From => 'a@y.test', body => ''));
	is(text_of($row), '(The mail was empty.)', '  says so');
	$row = opened('endless headers', join('', map { "X-$_: x\n" } 1 .. 30000)
		. letter(From => 'a@y.test'));
	is(text_of($row), 'It is slow.', '  are read over');
	$row = opened('signed', letter(From => 'a@y.test',
		'Content-Type' => 'multipart/signed; boundary=b; '
		. 'protocol="application/pkcs7-signature"', body =>
		"--b\n\nSigned.\n--b\nContent-Type: application/pkcs7-signature;"
		. " name=smime.p7s\n\nMIAG\n--b--"));
	is(text_of($row), 'Signed.', '  is read');
	is((files_of($row))[0][0], 'smime.p7s', '  and the signature kept');
	$row = opened('no plain part', letter(From => 'a@y.test', mixed(
		"Content-Type: multipart/alternative; boundary=c\n\n--c\n"
		. "Content-Type: text/html\n\n<p>Only rich\n--c--")));
	is(text_of($row), 'Only rich', '  is read');
	$row = opened('20 levels', letter(From => 'a@y.test', body => 'deep',
		'Content-Type' => 'multipart/mixed; boundary=b0') =~
		s/\ndeep/"\n" . join('', map { "--b$_\nContent-Type: multipart"
		. '\/mixed; boundary=b' . ($_ + 1) . "\n\n" } 0 .. 18)
		. "--b19\n\nThe bottom."/er);
	is(text_of($row), 'The bottom.', '  are gone down');
}

sub test_files
{
	my $zip = "PK\x03\x04" . ('zip in zip ' x 50);
	my $row = opened('files', letter(From => 'a@y.test', mixed(
		"\nSee.", file_part('../../etc/passwd', 'root:x'),
		file_part('bombs.zip', $zip, 'application/zip'),
		file_part('winmail.dat', "\x78\x9f\x3e\x22",
			'application/ms-tnef'))));
	is_deeply([map { $_->[0] } files_of($row)],
		['passwd', 'bombs.zip', 'winmail.dat'], '  by their names alone');
	is((files_of($row))[1][2], length $zip, '  as they are');
	$row = opened('too many', letter(From => 'a@y.test', mixed("\nSee.",
		map { file_part("f$_.txt", $_) } 1 .. 30)));
	is(scalar(files_of($row)), 5, '  five are kept');
	my ($told) = grep { $_->[2] =~ /not kept/ } messages($row->{ticket});
	like($told->[2], qr/f6\.txt \(1 KB\), .*5 more\.$/,
		'  the others are named');
	is($told->[1], 0, '  for who sent them, too');
	$row = opened('too large', letter(From => 'a@y.test', mixed("\nSee.",
		file_part('video.mp4', 'x' x 300_000), file_part('a.txt', 'a'))));
	is_deeply([map { $_->[0] } files_of($row)], ['a.txt'], '  is not kept');
	like((messages($row->{ticket}))[1][2], qr/video\.mp4 \(293 KB\)/,
		'  but named');
	$row = opened('a long text', letter(From => 'a@y.test',
		body => "word\n" x 20000));
	is((files_of($row))[0][0], 'message.txt', '  is a file, too');
	is((files_of($row))[0][2], 100_001, '  whole');
	is((hand_over(letter(From => 'a@y.test', body => 'x' x 3_000_000)))[0],
		65, 'what is too large goes back');
	is(n_tickets(), one('SELECT count(DISTINCT ticket_id) '
		. "FROM incoming_mails WHERE outcome = 'opened'"),
		'and each ticket has its mail');
}

# ---- once ----

sub test_once
{
	my $raw = letter(From => 'once@y.test', 'Message-ID' => '<once@y.test>');
	my $row = opened('a mail', $raw);
	my $again = silent('the same again', 'opened', "Received: x\n$raw");

	is($again->{ticket}, $row->{ticket}, '  is what it was');
	$row = opened('another with its Message-ID', $raw =~ s/slow/down/r);
	isnt($row->{ticket}, $again->{ticket}, '  is not lost');
	silent('and that one again', 'opened', $raw =~ s/slow/down/r);
	$raw = letter(From => 'none@y.test', 'Message-ID' => undef);
	opened('without a Message-ID', $raw);
	silent('the same again', 'opened', "Received: y\n$raw");

	my $before = n_tickets();
	$raw = letter(From => 'many@y.test');
	my @pids = map { my $pid = fork // die; $pid || exit(
		(hand_over($raw, file => $_))[0]) } 1 .. 8;
	is_deeply([map { waitpid $_, 0; $? >> 8 } @pids], [(0) x 8],
		'eight at once are all taken');
	is(n_tickets(), $before + 1, 'as one');
}

# ---- not now ----

sub test_later
{
	my $before = n_tickets();
	my $raw = letter(From => 'later@y.test');
	my %broken = (
		'a database that is away' => "database=sqlite:/nowhere/x.db",
		'a key that is away' => 'key_file=/nowhere/key',
		'a setting that is none' => 'no_such_setting=1',
		'a domain that is not listed' => 'mail_in_domains=',
		'a domain that is another\'s' => 'mail_in_domains=desk.test=x',
		'one mail an hour' => 'mail_in_per_hour=1',
	);
	opened('the first of this hour', letter(From => 'later@y.test'));
	for my $what (sort keys %broken) {
		is((hand_over($raw, set => ['--set', $broken{$what}]))[0], 75,
			"$what: not now");
	}
	is(n_tickets(), $before + 1, 'nothing was taken meanwhile');
	opened('when all is well again', $raw);
	for my $nobody ('nobody@desk.test', 'help@other.test', 'x') {
		is((hand_over($raw, to => $nobody))[0], 67,
			"$nobody is no address here");
	}
}

for my $db (engines()) {
	mail_desk($db, mail_in_per_hour => 1000, mail_in_max_kb => 2048,
		attachment_max_kb => 256);
	subtest "$db: a company" => \&set_up;
	subtest "$db: a conversation" => \&test_talk;
	subtest "$db: staff" => \&test_staff;
	subtest "$db: forged" => \&test_forged;
	subtest "$db: strangers" => \&test_linked;
	subtest "$db: machines" => \&test_machines;
	subtest "$db: odd letters" => \&test_odd;
	subtest "$db: files" => \&test_files;
	subtest "$db: once" => \&test_once;
	subtest "$db: not now" => \&test_later;
	is(doctor_says($panel), '', "$db: the doctor is content");
	desk_close();
}
done_testing();
