#!/usr/bin/perl
# links.t - the links of our mails: where they lead, and what they do, once.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A link's address comes from the settings.  Whatever a request says about
# hosts, schemes and addresses, mails, tenants and what is noted stay the same.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use JSON::PP ();
use MPanel::Orders;
use MPanel::Test;
use Test::More;
use Time::HiRes 'time';

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need(system("/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null") == 0,
	'python3-aiosmtpd is not installed');

my $json = JSON::PP->new->utf8;
my $port = free_port();
my $word = 'violet canoe drum';
my ($panel, $folder);

sub letters_to
{
	my ($to) = @_;

	return grep { $_->{toAddress} eq $to }
		map { $json->decode(slurp($_)) } sort glob "$folder/*.json";
}

# The n-th letter's text to an address, when it has come.
sub letter
{
	my ($to, $n) = @_;
	my @all;

	wait_for(20, sub { @all = letters_to($to); @all >= $n })
		or die "no letter $n to $to\n" . $panel->log_text;
	return $all[$n - 1]{parts}[0]{text} =~ s/\r//gr;
}

sub link_of
{
	my ($text) = @_;

	return ($text =~ m{(https?://\S+token=[\w-]+)})[0] // '';
}

sub path_of { return $_[0] =~ s{^https?://[^/]+}{}r }

# A page's form as a browser sends it.
sub send_form
{
	my ($page, $path, %fields) = @_;
	my $also = delete $fields{-cookie};
	my ($door) = map { /^([^;]+)/ } map { ref $_ ? @$_ : $_ // () }
		$page->{headers}{'set-cookie'};
	my ($csrf) = $page->{content} =~ /name="csrf" value="([^"]+)"/;
	my %all = (%fields, csrf => $csrf // '');

	return $panel->post($path, cookie => join('; ', $door, $also // ()),
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $panel->url },
		body => join '&', map { my $v = $all{$_};
			$v =~ s/([^A-Za-z0-9._-])/sprintf '%%%02X', ord $1/ge;
			"$_=$v" } sort keys %all);
}

# One request, byte by byte: its status.
sub raw
{
	my ($text) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $panel->{port}) or die "connect: $!";

	print $s $text;
	my $line = <$s> // '';
	return ($line =~ m{^HTTP/1\.1 (\d+)})[0] // "nothing: $line";
}

sub forgot_request
{
	my ($target, @headers) = @_;
	my $body = $json->encode({ email => $panel->ready->{adminEmail} });

	return join "\r\n", "POST $target HTTP/1.1", @headers,
		'Content-Type: application/json', 'Connection: close',
		'Content-Length: ' . length $body, '', $body;
}

# ---- a password by its link ----

sub check_reset
{
	my $email = $panel->ready->{adminEmail};
	my $old = $panel->admin_token;
	my $page = $panel->get('/forgot-password');
	my $told = send_form($page, '/forgot-password', email => $email);
	my $other = send_form($page, '/forgot-password',
		email => 'nobody@example.com');

	is($told->{status}, 200, 'a password is forgotten');
	my %in = $panel->sign_in;
	is(send_form($panel->get('/forgot-password', cookie => $in{cookie}),
		'/forgot-password', email => 'nobody@example.com',
		-cookie => $in{cookie})->{status}, 200,
		'also by who is signed in');
	s/\Q$email\E|nobody\@example\.com/X/g, s/[0-9a-f]{32}/R/g,
		s/name="csrf" value="[^"]*"/C/g
		for my @same = ($told->{content}, $other->{content});
	is($same[0], $same[1], 'the page is the same for who is nobody');
	my $link = link_of(letter($email, 1));
	like($link, qr/^\Q@{[ $panel->url ]}\E\/reset-password\?token=/,
		'the mail has a link to this panel');
	my $shown = $panel->get(path_of($link));
	is($shown->{status}, 200, 'it shows a form');
	is($panel->get(path_of($link))->{status}, 200,
		'looking at it uses nothing up');
	my ($token) = $link =~ /token=(.*)/;
	my $weak = send_form($shown, '/reset-password', token => $token,
		password => 'password1234');
	is($weak->{status}, 422, 'a weak password is refused');
	like($weak->{content}, qr/would soon be guessed/, 'with the reason');
	is(send_form($shown, '/reset-password', token => $token,
		password => $word)->{status}, 200, 'a good one is set');
	is(send_form($shown, '/reset-password', token => $token,
		password => 'another long phrase')->{status}, 404, 'once');
	is($panel->get(path_of($link))->{status}, 404, 'the link is over');
	is($panel->get('/api/auth/me', token => $old)->{status}, 401,
		'who was signed in is out');
	is($panel->post('/api/auth/login', json => { email => $email,
		password => $panel->ready->{adminPassword} })->{status}, 401,
		'the old password opens nothing');
	like(letter($email, 2), qr/password/i, 'and a mail tells of it');
	my $r = $panel->post('/api/auth/login', json => { email => $email,
		password => $word });
	is($r->{status}, 200, 'the new one does');
	is($r->{json}{user}{emailVerified}, JSON::PP::true,
		'and the address is confirmed');
	return $r->{json}{accessToken};
}

# ---- the same by JSON, and an invitation ----

sub check_invitation
{
	my ($token) = @_;
	my $email = 'nora@example.com';
	my $r = $panel->post('/api/admin/users', token => $token, json => {
		email => $email, firstName => 'Nora', role => 'support' });

	is($r->{status}, 201, 'somebody is invited');
	my $first = link_of(letter($email, 1));
	is($panel->post("/api/admin/users/$r->{json}{id}/invite",
		token => $token, json => {})->{status}, 200, 'and again');
	my $second = link_of(letter($email, 2));
	my @tokens = map { /token=(.*)/ } $first, $second;
	is($panel->post('/api/auth/reset-password', json => {
		token => $tokens[0], newPassword => $word })->{status}, 422,
		'the first link is no good any more');
	is($panel->post('/api/auth/reset-password', json => {
		token => $tokens[1], newPassword => $word })->{status}, 200,
		'the second gives a password');
	is($panel->post('/api/auth/login', json => { email => $email,
		password => $word })->{json}{user}{role}, 'support',
		'and the person comes in');
	is($panel->post('/api/admin/users', token => $token, json => {
		email => "eve\@example.com\r\nBcc: all\@example.com",
		role => 'support' })->{status}, 422,
		'an address cannot carry a header');
}

# ---- whatever a request says ----

sub check_hosts
{
	my $email = $panel->ready->{adminEmail};
	my $before = letters_to($email);
	my $host = "127.0.0.1:$panel->{port}";
	my $path = '/api/auth/forgot-password';
	my @lies = map { [$path, "Host: $host", $_] } (
		'X-Forwarded-Host: evil.test', 'X-Host: evil.test',
		'X-Forwarded-Server: evil.test', 'X-Original-Host: evil.test',
		'X-HTTP-Host-Override: evil.test',
		'Forwarded: for=203.0.113.9;host=evil.test;proto=https',
		'X-Forwarded-For: 203.0.113.9', 'X-Real-IP: 203.0.113.9',
		'X-Client-IP: 203.0.113.9', 'Client-IP: 203.0.113.9',
		'True-Client-IP: 203.0.113.9', 'CF-Connecting-IP: 203.0.113.9',
		'X-Cluster-Client-IP: 203.0.113.9',
		'X-ProxyUser-Ip: 203.0.113.9',
		'X-Forwarded-Proto: gopher', 'X-Forwarded-Port: 666',
		'X-Forwarded-Scheme: gopher', 'Front-End-Https: on',
		'X-Original-URL: /evil', 'X-Rewrite-URL: /evil',
		'X-Forwarded-Prefix: /evil', 'Via: 1.1 evil.test',
		'Referer: http://evil.test/', 'Origin: http://evil.test',
		'Proxy: http://evil.test:3128');
	push @lies, [$path, 'Host: evil.test'],
		[$path, 'Host: evil.test:80'],
		["http://$host$path", 'Host: evil.test'],
		["http://evil.test$path", "Host: $host"];
	my $sent = 0;

	for my $lie (@lies) {
		my $status = raw(forgot_request(@$lie));
		ok($status =~ /^(?:202|400|421|403)$/,
			"\"@$lie[1 .. $#$lie]\" is answered: $status");
		$sent++ if $status == 202;
	}
	cmp_ok($sent, '>=', 20, "$sent of them are taken");
	for my $two (["Host: $host", 'Host: evil.test'], []) {
		is(raw(forgot_request($path, @$two)), '400',
			@$two . ' Host headers are refused');
	}
	my @all;
	wait_for(30, sub { @all = letters_to($email);
		@all >= $before + $sent }) or fail('their mails come');
	my @text = map { $_->{parts}[0]{text} . $_->{parts}[1]{text}
		. $json->encode($_->{headers}) } @all;
	is_deeply([grep { /evil|203\.0\.113/ } @text], [],
		'no mail says what they said');
	is_deeply([grep { index($_, $panel->url) != 0 }
		grep { $_ } map { link_of($_->{parts}[0]{text}) } @all], [],
		'every link leads to the panel');

	# ---- and what is noted ----
	for my $lie ('X-Forwarded-For: 203.0.113.9',
		'Forwarded: for=203.0.113.9', 'X-Real-IP: 203.0.113.9') {
		my ($name, $value) = split /: /, $lie;
		$panel->post('/api/auth/login', json => { email => $email,
			password => $word }, headers => { $name => $value });
	}
	is_deeply([map { $_->[0] } rows($panel, 'SELECT DISTINCT client '
		. 'FROM sessions', 'demo')], ['127.0.0.1'],
		'sessions have the address that nginx saw');
	unlike(join('', map { join "\t", map { $_ // '' } @$_ } rows($panel,
		'SELECT * FROM audit_logs', 'demo')), qr/evil|203\.0\.113/,
		'the audit log says nothing else');
	unlike(slurp($panel->state_dir . '/log/master.log'),
		qr/"client":"203/, 'nor does the log');
}

# ---- who is asked after takes no longer than who is nobody ----

use constant { ASKED => 150, WARMING => 5, SLACK_MS => 2 };

sub median { return (sort { $a <=> $b } @_)[@_ / 2] }

# Turn by turn, so that whatever else the machine does falls on both alike.
sub check_time
{
	my @email = ($panel->ready->{adminEmail}, 'nobody@example.com');
	my @took = ([], []);

	for my $n (1 .. WARMING + ASKED) {
		for my $i ($n % 2 ? (0, 1) : (1, 0)) {
			my $begin = time;
			my $r = $panel->post('/api/auth/forgot-password',
				json => { email => $email[$i] });
			my $end = time;
			die "status $r->{status}" if $r->{status} != 202;
			push @{ $took[$i] }, 1000 * ($end - $begin)
				if $n > WARMING;
		}
	}
	my ($known, $unknown) = map { median(@$_) } @took;
	diag(sprintf 'forgotten password, median of %d: known %.2f ms, '
		. 'unknown %.2f ms, ratio %.2f', ASKED, $known, $unknown,
		$known / $unknown);
	ok($known < 2 * $unknown + SLACK_MS && $unknown < 2 * $known + SLACK_MS,
		'a known address is answered as fast as an unknown one');
}

for my $engine (engines()) {
	$folder = scratch() . '/letters';
	mkdir $folder;
	my $log = "$folder.log";
	my $sink = spawn($log, source_dir() . '/t/lib/smtp-sink', $port,
		$folder);
	wait_for(20, sub { -e $log && slurp($log) =~ /^ready/m })
		or die 'no mail server: ' . slurp($log);
	$panel = start_instance(db => $engine, set => {
		smtp_url => "smtp://127.0.0.1:$port", smtp_needs_tls => 'no',
		mail_from => 'panel@example.test',
		rate_login_account => 1000, rate_login_address => 10_000,
		rate_anonymous_per_s => 0 });
	note("== $engine");
	my $token = check_reset();
	check_invitation($token);
	check_hosts();
	check_time();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
	kill TERM => $sink;
	waitpid $sink, 0;
}
done_testing();
