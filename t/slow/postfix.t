#!/usr/bin/perl
# postfix.t - a real Postfix, set up by the lines of INSTALL.md, hands mails over.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# It has a directory and a port of its own.  What the panel can't take now waits
# in its queue, and comes when it can; what is for nobody, or too large, is
# refused before it is taken.
use strict;
use warnings;
use File::Path ();
use FindBin;
use Net::SMTP;
use lib "$FindBin::Bin/../lib";
use MPanel::MailIn;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need($> == 0, 'Postfix is started by root');
need(-x '/usr/sbin/postfix' && -x '/usr/lib/postfix/sbin/master',
	'postfix is not installed');
need(system("/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null") == 0,
	'python3-aiosmtpd is not installed');

my $DOMAIN = 'help.example.com';
my $dir = scratch();
my $port = free_port();

chmod 0755, $dir;

# ---- Postfix ----

sub write_file
{
	my ($file, $text) = @_;

	open my $fh, '>', $file or die "$file: $!";
	print $fh $text;
	close $fh;
}

sub make_postfix
{
	my ($uid) = (getpwnam 'postfix')[2];

	mkdir "$dir/$_" for qw(etc queue data);
	chown $uid, -1, "$dir/data";
	write_file("$dir/etc/main.cf", <<"END");
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
maillog_file = $dir/mail.log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
smtpd_error_sleep_time = 0
alias_maps =
alias_database =
minimal_backoff_time = 1s
queue_run_delay = 1s
default_transport = error:none of ours goes out here
END
	my $master = slurp('/usr/share/postfix/master.cf.dist');
	$master =~ s/^smtp(\s+inet.*)/127.0.0.1:$port$1/m;
	# nothing in a chroot: that of the machine's Postfix is another
	$master =~ s/^(\S+\s+\w+\s+\S\s+\S\s+)[y-](\s)/$1n$2/mg;
	write_file("$dir/etc/master.cf", $master);
}

# The lines of INSTALL.md, about this Postfix and this panel.
sub set_up_by_the_book
{
	my ($user) = (getpwuid((stat $panel->state_dir)[4]))[0];
	my ($text) = slurp(source_dir() . '/INSTALL.md') =~
		/^## \d+\. Tickets by mail\n(.*?)(?=^## )/ms or die 'no section';
	my @lines = grep { /^postconf / } map { /^    (.*)/ }
		split /\n/, $text;

	is(scalar(@lines), 4, 'four lines set it up');
	for (@lines) {
		s/^postconf /postconf -c $dir\/etc /;
		s/user=mpanel/user=$user/;
		s{/usr/bin/mpanel}{$panel->ready->{bin}{mpanel}}e;
		s{/etc/mpanel\.conf}{$panel->ready->{config}}e;
		is(system('/bin/sh', '-c', $_), 0, $_);
	}
	is(system("postconf -c $dir/etc -n >/dev/null"), 0, 'it can be read');
}

sub postfix
{
	return system("postfix -c $dir/etc @_ >>$dir/out 2>&1");
}

# ---- a mail through it ----

# The last answer of the server, as a text.
sub send_mail
{
	my ($to, $raw, $from) = @_;
	my $smtp = Net::SMTP->new('127.0.0.1', Port => $port, Timeout => 20)
		or return "no server: $@";

	$smtp->mail($from // 'ada@a.test', Size => length $raw)
		&& $smtp->to($to) && $smtp->data($raw);
	my $said = $smtp->code . ' ' . $smtp->message;
	$smtp->quit;
	return $said;
}

sub queued
{
	my $list = `postqueue -c $dir/etc -p 2>&1`;

	return $list =~ /queue is empty/ ? '' : $list;
}

sub arrives
{
	my ($what, $n) = @_;

	ok(wait_for(30, sub { one('SELECT count(*) FROM incoming_mails') == $n
		}), $what) or diag(queued(), slurp("$dir/mail.log"));
}

sub test_all
{
	my $brand = '/api/admin/settings/brand';

	admin(PATCH => $brand, { helpEmail => "support\@$DOMAIN",
		version => admin(GET => $brand)->{json}{version} });
	like(send_mail("support\@$DOMAIN", letter(From => 'ada@a.test')),
		qr/^250/, 'a mail is taken');
	arrives('and is a ticket', 1);
	my $number = one('SELECT number FROM tickets');
	my $l = letter_to('ada@a.test', $number, qr/we have your message/);
	my $back = reply_address($l);
	like(send_mail($back, letter(From => 'ada@a.test', body => 'Once more.')),
		qr/^250/, 'so is an answer to the address of answers');
	arrives('and arrives', 2);
	is(one('SELECT count(*) FROM tickets'), 1, 'in the same ticket');
	like(send_mail($back, letter(From => 'MAILER-DAEMON@a.test',
		body => 'No.'), ''), qr/^250/, 'one without a sender');
	arrives('is known as such', 3);
	is(one('SELECT outcome FROM incoming_mails ORDER BY id DESC LIMIT 1'),
		'noted', 'and noted');
	like(send_mail("nobody\@$DOMAIN", letter(From => 'ada@a.test')),
		qr/^55/, 'for nobody: refused at the door');
	like(send_mail("support\@$DOMAIN", letter(From => 'ada@a.test',
		body => "x\n" x 14_000_000)), qr/^552/, 'so is what is too large');

	my $mode = (stat $panel->ready->{config})[2] & 0777;
	chmod 0, $panel->ready->{config};
	send_mail("support\@$DOMAIN", letter(From => 'bea@b.test'));
	ok(wait_for(20, sub { queued() =~ /support\@/
		&& slurp("$dir/mail.log") =~ /status=deferred/ }),
		'what cannot be taken now waits') or diag(slurp("$dir/mail.log"));
	chmod $mode, $panel->ready->{config};
	system("postqueue -c $dir/etc -f");
	arrives('until it can', 4);
	ok(wait_for(20, sub { !queued() }), 'and nothing is left over');
	unlike(slurp("$dir/mail.log"), qr/status=bounced/, 'none went back');
}

for my $db (engines()) {
	mail_desk($db, mail_in_domains => "$DOMAIN=demo");
	make_postfix();
	set_up_by_the_book();
	is(postfix('start'), 0, "$db: Postfix runs")
		or diag(slurp("$dir/out"));
	subtest "$db: mails" => \&test_all;
	postfix('stop');
	desk_close();
	File::Path::remove_tree("$dir/etc", "$dir/queue", "$dir/data",
		"$dir/mail.log");
}
done_testing();
