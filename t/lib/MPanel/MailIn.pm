# MailIn.pm - mails to a help desk, and what became of them.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $desk = mail_desk($db, %settings);	# a panel and a mail server
#	mail_desk($db, agent => 1, welcome => 1);	# as of start_instance()
#	my $row = opened('a mail', letter(From => 'ada@a.test'));
#	my $l = letter_to('ada@a.test', $number, qr/text/);
#	desk_close();
#
# One desk at a time.  letter() writes a mail, hand_over() gives it to `mpanel
# mail-in` as a mail server does, take() and what is made of it look up the row
# of incoming_mails.
package MPanel::MailIn;
use strict;
use warnings;
use utf8;
use Exporter 'import';
use JSON::PP ();
use MPanel::Orders;
use MPanel::Test;
use POSIX ();
use Test::More;

our @EXPORT = qw(admin desk_close files_of hand_over letter letters_to
	letter_to mail_desk messages n_out n_tickets one opened reply_address
	silent take text_of ticket_of $HELP $panel);

our $HELP = 'help@desk.test';
our $panel;
my ($dir, $folder, $sink);
my $json = JSON::PP->new->utf8;
my $n_mails = 0;
my $n_desks = 0;

sub mail_desk
{
	my ($db, %set) = @_;
	my $port = free_port();
	my %o = map { $_ => delete $set{$_} } qw(agent welcome);

	$dir //= scratch();
	chmod 0755, $dir;
	$folder = "$dir/$db" . ++$n_desks;
	mkdir $folder;
	$sink = spawn("$folder.log", source_dir() . '/t/lib/smtp-sink',
		$port, $folder);
	wait_for(20, sub { -e "$folder.log"
		&& slurp("$folder.log") =~ /^ready/m }) or die 'no server';
	$panel = start_instance(db => $db, %o, set => {
		smtp_url => "smtp://127.0.0.1:$port", smtp_needs_tls => 'no',
		mail_from => 'panel@desk.test',
		mail_in_domains => 'desk.test=demo', %set });
	return $panel;
}

sub desk_close
{
	$panel->stop;
	stop_process($sink);
}

sub admin
{
	my ($method, $path, $body) = @_;

	return $panel->request($method, $path,
		token => $panel->admin_token, ($body ? (json => $body) : ()));
}

# ---- a mail and what became of it ----

sub bytes
{
	my ($text) = @_;

	utf8::encode($text) if utf8::is_utf8($text);
	return $text;
}

# A mail as text: headers, body; From, Message-ID and the like as given.
sub letter
{
	my (%o) = @_;
	my $body = delete $o{body} // 'It is slow.';
	my $head = '';

	$n_mails++;
	%o = ('Message-ID' => "<$n_mails\@sender.test>", To => $HELP,
		Subject => "Mail $n_mails", %o);
	for my $name (sort keys %o) {
		$head .= "$name: $_\n"
			for ref $o{$name} ? @{ $o{$name} }
				: $o{$name} // ();
	}
	return "$head\n$body\n";
}

# As the mail server does it: (exit status, what it was told).
sub hand_over
{
	my ($raw, %o) = @_;
	my $file = "$dir/mail" . ($o{file} // q());
	my $to = $o{to} // $HELP;
	my $from = $o{from} // 'x@sender.test';
	my $ready = $panel->ready;

	open my $fh, '>:raw', $file or die;
	print $fh bytes($raw);
	close $fh;
	my $pid = fork // die;
	if ($pid == 0) {
		open STDIN, '<', $file;
		open STDOUT, '>', "$file.said";
		open STDERR, '>&', \*STDOUT;
		{ no warnings; exec $ready->{bin}{mpanel}, '--config',
			$ready->{config}, @{ $o{set} // [] }, 'mail-in',
			"--recipient=$to", "--sender=$from"; }
		POSIX::_exit(127);
	}
	waitpid $pid, 0;
	return ($? >> 8, slurp("$file.said"), $? & 127);
}

# And the newest row of what came in, if it was taken.
sub take
{
	my ($what, $raw, %o) = @_;
	my ($status, $said, $signal) = hand_over($raw, %o);

	is($status, 0, "$what: it is taken") or diag("$signal $said");
	my ($row) = map { my %r; @r{qw(outcome reason quiet ticket message)} =
		@$_; \%r } rows($panel, 'SELECT outcome, reason, is_quiet, '
		. 'ticket_id, message_id FROM incoming_mails '
		. 'ORDER BY id DESC LIMIT 1');
	return $row // {};
}

sub one
{
	my ($sql) = @_;

	return (rows($panel, $sql))[0][0] // '';
}

sub text_of
{
	my ($row) = @_;

	return one('SELECT text FROM ticket_messages '
		. "WHERE id = '$row->{message}'");
}

sub ticket_of
{
	my ($row) = @_;
	my %t;

	return {} unless ($row->{ticket} // '') =~ /-/;
	@t{qw(subject email customer contact status number department)} =
		map { @$_ } ((rows($panel, 'SELECT subject, contact_email, customer_id, '
		. 'contact_id, status, number, department_id FROM tickets '
		. "WHERE id = '$row->{ticket}'"))[0]);
	return \%t;
}

# Everything that a ticket has: [author, is_note, text].
sub messages
{
	my ($ticket) = @_;

	return unless ($ticket // '') =~ /-/;
	return rows($panel, 'SELECT author, is_note, text, author_email '
		. "FROM ticket_messages WHERE ticket_id = '$ticket' "
		. 'ORDER BY id');
}

sub files_of
{
	my ($row) = @_;

	return unless ($row->{message} // '') =~ /-/;
	return rows($panel, 'SELECT name, type, bytes FROM ticket_attachments '
		. "WHERE message_id = '$row->{message}' ORDER BY id");
}

sub n_tickets { return one('SELECT count(*) FROM tickets') }
sub n_out { return one("SELECT count(*) FROM outbox WHERE kind = 'mail'") }

sub opened
{
	my ($what, $raw, %o) = @_;
	my $before = n_tickets();
	my $row = take($what, $raw, %o);

	is($row->{outcome}, 'opened', "$what: it opens a ticket");
	is(n_tickets(), $before + 1, '  one');
	return $row;
}

# Nothing goes out, and no ticket is new.
sub silent
{
	my ($what, $want, $raw, %o) = @_;
	my ($tickets, $out) = (n_tickets(), n_out());
	my $row = take($what, $raw, %o);

	is($row->{outcome}, $want, "$what: it is $want");
	is(n_tickets(), $tickets, '  no new ticket');
	is(n_out() - $out, $o{mails} // 0, '  and no mail') or diag(explain(
		[rows($panel, 'SELECT template, recipient FROM outbox '
		. 'ORDER BY id DESC LIMIT 2')]));
	return $row;
}

# ---- mails that went out ----

sub letters_to
{
	my ($to, $subject) = @_;

	return grep { $_->{toAddress} eq $to
		&& (!$subject || $_->{headers}{Subject} =~ $subject) }
		map { $json->decode(slurp($_)) } sort glob "$folder/*.json";
}

# The newest to somebody about a ticket, when it has come.
sub letter_to
{
	my ($to, $number, $text) = @_;

	wait_for(20, sub { grep { $_->{parts}[0]{text} =~ $text }
		letters_to($to, qr/\Q$number\E/) }) or do {
		diag($panel->log_text);
		return { headers => {}, parts => [{ text => '' }] };
	};
	return (grep { $_->{parts}[0]{text} =~ $text }
		letters_to($to, qr/\Q$number\E/))[-1];
}

sub reply_address
{
	my ($l) = @_;

	return ($l->{headers}{'Reply-To'} // '') =~ /<([^>]+)>/ ? $1 : '';
}

1;
