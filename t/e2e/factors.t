#!/usr/bin/perl
# factors.t - second factors and waits, through nginx, for programs and people.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# The codes are counted here once more (RFC 6238), so that two programs agree.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha1);
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Instance;
use MPanel::Orders;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $password = 'a long password of mine';
my ($panel, %next_step, @secrets);

# ---- an app of our own ----

sub base32_decode
{
	my ($text) = @_;
	my $bits = join '', map { sprintf '%05b',
		index('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', $_) } split //, $text;

	return pack 'B*', substr $bits, 0, length($bits) - length($bits) % 8;
}

sub totp
{
	my ($secret, $step) = @_;
	my $hash = hmac_sha1(pack('Q>', $step), base32_decode($secret));
	my $at = ord(substr $hash, -1) & 15;

	return sprintf '%06d', (unpack('N', substr $hash, $at, 4) & 0x7fffffff)
		% 1_000_000;
}

# The next code that was not used yet: each step opens once.
sub code
{
	my ($secret) = @_;
	my $now = int(time / 30);
	my $step = $next_step{$secret} // $now - 1;

	$step = $now - 1 if $step < $now - 1;
	while ($step > int(time / 30) + 1) { sleep 0.5 }
	$next_step{$secret} = $step + 1;
	return totp($secret, $step);
}

# ---- people ----

sub add_user
{
	my ($email, $role, $tenant) = @_;

	$panel->run_with($password, 'user', 'add', '--tenant', $tenant // 'demo',
		'--email', $email, '--role', $role, '--password-stdin');
}

sub id_of
{
	my ($email) = @_;

	return (rows($panel, "SELECT id FROM users WHERE email = '$email'"))[0][0];
}

sub try_in
{
	my ($json, %o) = @_;

	return $panel->post('/api/auth/login', json => $json, %o);
}

sub log_in
{
	my ($email, %more) = @_;

	return try_in({ email => $email, password => $password, %more });
}

sub call
{
	my ($token, $path, $json) = @_;

	return $panel->post($path, token => $token, json => $json // {});
}

sub error_code { return $_[0]{json}{error}{code} // '' }

# A person with an app: its secret, the tokens of now, the backup codes.
sub enrol
{
	my ($email) = @_;
	my $token = log_in($email)->{json}{accessToken};
	my $setup = call($token, '/api/2fa/totp/setup')->{json};
	my $secret = $setup->{secret};
	my $r = call($token, '/api/2fa/totp/verify',
		{ code => code($secret) });

	die "enrol $email: $r->{content}" if $r->{status} != 200;
	push @secrets, $secret, @{ $r->{json}{backupCodes} };
	return { secret => $secret, uri => $setup->{uri}, qr => $setup->{qr},
		before => $token, token => $r->{json}{accessToken},
		refresh => $r->{json}{refreshToken},
		codes => $r->{json}{backupCodes} };
}

# ---- programs ----

sub check_api
{
	add_user('ada@example.com', 'support');
	my $ada = enrol('ada@example.com');
	my $r;

	like($ada->{uri}, qr{^otpauth://totp/Demo%20Hosting:ada%40example\.com},
		'an app is told company and person');
	like($ada->{qr}, qr/^<svg .*<path stroke="#000" d="M4 4\.5h7/,
		'by a picture');
	is(scalar @{ $ada->{codes} }, 10, 'ten backup codes are shown');
	is($panel->get('/api/auth/me', token => $ada->{before})->{status}, 401,
		'the session of before is over');
	is($panel->get('/api/auth/me', token => $ada->{token})->{status}, 200,
		'and goes on under a new token');
	$r = $panel->get('/api/2fa/status', token => $ada->{token})->{json};
	is($r->{enabled} && $r->{backupCodesLeft}, 10, 'the status says so');

	$r = log_in('ada@example.com');
	is("$r->{status} " . error_code($r), '401 otp_required',
		'the password alone opens no more');
	is_deeply($r->{json}{methods}, ['totp', 'backup'], 'it says what would');
	my $challenge = $r->{json}{challenge};
	is($r->{json}{error}{details}{challenge}, $challenge,
		'also where clients of the original API read');
	is(error_code(try_in({ challenge => $challenge, otp => '000000' })),
		'otp_invalid', 'a wrong code is refused');
	$panel->run(qw(tenant add --slug other --name Other --host b.test));
	is(error_code(try_in({ challenge => $challenge,
		otp => code($ada->{secret}) }, host => 'b.test')),
		'challenge_over', 'so is the challenge at another company');
	add_user('al@example.com', 'support');
	my $al = enrol('al@example.com');
	is(error_code(try_in({ challenge => $challenge,
		otp => code($al->{secret}) })), 'otp_invalid',
		'so is another person\'s code');
	is(error_code(try_in({ challenge => $challenge,
		otp => $al->{codes}[0] })), 'otp_invalid', 'of any kind');
	my $code = code($ada->{secret});
	$r = try_in({ challenge => $challenge, otp => $code });
	is($r->{status}, 200, 'the right code opens') or diag($r->{content});
	is(error_code(try_in({ challenge => $challenge,
		otp => code($ada->{secret}) })), 'challenge_over',
		'a challenge opens once');
	is(error_code(log_in('ada@example.com', otp => $code)), 'otp_invalid',
		'and so does a code');
	my $pair = log_in('ada@example.com', otp => $ada->{codes}[0])->{json};
	ok($pair->{accessToken}, 'password and backup code in one go');
	is(error_code(log_in('ada@example.com', otp => $ada->{codes}[0])),
		'otp_invalid', 'which is used up');
	is(error_code(log_in('ada@example.com', password => 'wrong',
		otp => $ada->{codes}[1])), 'invalid_credentials',
		'a code does not stand in for the password');
	ok(log_in('ada@example.com', otp => uc $ada->{codes}[1])
		->{json}{accessToken}, 'nor was it spent by that');

	$pair = $panel->post('/api/auth/refresh', json => {
		refreshToken => $pair->{refreshToken} })->{json};
	is($panel->get('/api/auth/me', token => $pair->{accessToken})->{status},
		200, 'a refreshed token has passed what its family has');

	is(call($pair->{accessToken}, '/api/2fa/disable',
		{ password => 'wrong' })->{status}, 403,
		'turning it off takes the password');
	$r = call($pair->{accessToken}, '/api/2fa/disable',
		{ password => $password });
	is($r->{status}, 200, 'which does it') or diag($r->{content});
	is($panel->get('/api/auth/me', token => $pair->{accessToken})->{status},
		401, 'the session of before is over');
	is($panel->get('/api/auth/me', token => $r->{json}{accessToken})
		->{status}, 200, 'the new one is not');
	is(log_in('ada@example.com')->{status}, 200,
		'the password alone opens again');
	for my $kind (qw(sms webauthn)) {
		is(call($r->{json}{accessToken}, "/api/2fa/$kind/send")
			->{status}, 501, "$kind is not built");
	}
}

# A challenge is for five tries, and they are counted beyond it.
sub check_tries
{
	add_user('tim@example.com', 'support');
	my $tim = enrol('tim@example.com');
	my $challenge = log_in('tim@example.com')->{json}{challenge};
	my $other = log_in('tim@example.com')->{json}{challenge};

	is(error_code(try_in({ challenge => $challenge, otp => 'abc-def' })),
		'otp_invalid', "try $_") for 1 .. 5;
	my $failed_at = time;
	is(error_code(try_in({ challenge => $challenge,
		otp => code($tim->{secret}) })), 'challenge_over',
		'a challenge ends with its fifth wrong code');
	my $r = try_in({ challenge => $other, otp => code($tim->{secret}) });
	# Waits are counted in whole seconds, and this one may be over.
	return if int(time) != int($failed_at);
	is($r->{status}, 429, 'and the next one has to wait');
	ok($r->{headers}{'retry-after'} >= 1, 'for as long as it is told');
}

sub check_email
{
	add_user('eva@example.com', 'support');
	my $token = log_in('eva@example.com')->{json}{accessToken};
	my $r = call($token, '/api/2fa/email/send');

	is($r->{status}, 202, 'a code is sent');
	is(scalar(rows($panel, "SELECT id FROM outbox
		WHERE template = 'mail/sign-in-code'
		AND recipient = 'eva\@example.com'")), 1, 'by mail');
	is(error_code(call($token, '/api/2fa/email/verify',
		{ code => 'abcdef' })), 'otp_invalid', 'a wrong one is refused');
	is(error_code($panel->post('/api/auth/login/code', json => {
		challenge => 'mpc_none' })), 'challenge_over',
		'without a challenge none is sent');
	my $ada = enrol('eva@example.com');
	my $challenge = log_in('eva@example.com')->{json}{challenge};
	is($panel->post('/api/auth/login/code', json => {
		challenge => $challenge })->{status}, 409,
		'nor to somebody who does not take codes so');
}

# ---- codes that arrive ----

my $has_sink = system("/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null") == 0;
my ($smtp_port, $letters);

sub start_sink
{
	$letters = scratch() . '/letters';
	mkdir $letters;
	spawn("$letters.log", source_dir() . '/t/lib/smtp-sink', $smtp_port,
		$letters);
	wait_for(20, sub { -e "$letters.log"
		&& slurp("$letters.log") =~ /^ready/m })
		or die 'no server: ' . slurp("$letters.log");
}

# The code in the newest letter to somebody, when there are $n of them.
sub code_by_mail
{
	my ($to, $n) = @_;
	my @come;

	wait_for(30, sub {
		@come = grep { /"\Q$to\E"/ && / {4}\d{6}\\r/ }
			map { slurp($_) } glob "$letters/*.json";
		@come >= $n }) or die "no letter to $to";
	return ($come[-1] =~ / {4}(\d{6})\\r/)[0];
}

sub check_by_mail
{
	plan skip_all => 'python3-aiosmtpd is not installed'
		unless $has_sink;
	add_user('mia@example.com', 'support');
	my $token = log_in('mia@example.com')->{json}{accessToken};

	is(call($token, '/api/2fa/email/send')->{status}, 202, 'sent');
	my $r = call($token, '/api/2fa/email/verify',
		{ code => code_by_mail('mia@example.com', 1) });
	is($r->{status}, 200, 'a code that arrived sets it up')
		or diag($r->{content});
	$r = log_in('mia@example.com');
	is_deeply($r->{json}{methods}, ['email', 'backup'],
		'from here on it is asked for');
	my $challenge = $r->{json}{challenge};
	is($panel->post('/api/auth/login/code', json => {
		challenge => $challenge })->{status}, 202, 'a code is sent');
	my $code = code_by_mail('mia@example.com', 2);
	is(try_in({ challenge => $challenge, otp => $code })->{status}, 200,
		'and opens');

	my $b = browser();
	visit($b, '/login');
	$r = submit($b, '/login', email => 'mia@example.com',
		password => $password);
	like(visit($b, $r->{headers}{location})->{content},
		qr/Send me a code by e-mail/, 'the page offers the same');
	is(submit($b, '/login/factor', otp => $code)->{status}, 401,
		'the code of before is used up');
	$r = submit($b, '/login/factor/code');
	is($r->{status}, 303, 'another is sent');
	like(visit($b, $r->{headers}{location})->{content},
		qr/A code is on its way/, 'which the page says');
	$r = submit($b, '/login/factor',
		otp => code_by_mail('mia@example.com', 3));
	is("$r->{status} $r->{headers}{location}", '303 /dashboard',
		'and opens');
}

# ---- staff ----

sub check_reset
{
	add_user('bob@example.com', 'support');
	add_user('boss@example.com', 'super_admin');
	add_user('sub@example.com', 'admin');
	my $bob = enrol('bob@example.com');
	my $boss = enrol('boss@example.com');
	my $sub = log_in('sub@example.com')->{json}{accessToken};
	my $path = '/api/admin/users/' . id_of('bob@example.com') .
		'/reset-2fa';

	is(call($bob->{token}, $path)->{status}, 403,
		'support resets nobody\'s factors');
	is(call($sub, '/api/admin/users/' . id_of('boss@example.com') .
		'/reset-2fa')->{status}, 403,
		'nor an administrator those of an owner');
	is(call($sub, '/api/admin/users/' . id_of('sub@example.com') .
		'/reset-2fa')->{status}, 409, 'nor anybody their own');
	is(call($sub, $path)->{status}, 200, 'those of support they do');
	is(call($sub, $path)->{status}, 409, 'once');
	is($panel->get('/api/auth/me', token => $bob->{token})->{status}, 401,
		'which ends all sessions');
	is(log_in('bob@example.com')->{status}, 200,
		'and the password is enough again');
	my ($row) = rows($panel, "SELECT actor_name FROM audit_logs
		WHERE action = 'factor.reset'
		AND noun_id = '" . id_of('bob@example.com') . "'");
	is($row->[0], 'sub@example.com', 'it is audited');
	is(scalar(rows($panel, "SELECT id FROM outbox
		WHERE template = 'mail/factor-reset'
		AND recipient = 'bob\@example.com'")), 1, 'and announced');
}

sub check_command
{
	add_user('lone@example.com', 'super_admin');
	my $lone = enrol('lone@example.com');
	my @args = qw(user reset-2fa --tenant demo --email lone@example.com);

	is(($panel->run(@args))[0], 0, 'the command line helps an owner');
	is(log_in('lone@example.com')->{status}, 200,
		'the password is enough again');
	is($panel->get('/api/auth/me', token => $lone->{token})->{status}, 401,
		'and the sessions of before are over');
	is(scalar(rows($panel, "SELECT id FROM outbox
		WHERE template = 'mail/factor-reset'
		AND recipient = 'lone\@example.com'")), 1, 'told by mail');
}

# ---- roles that need one ----

sub check_required
{
	add_user('ed@example.com', 'editor');
	my $token = log_in('ed@example.com')->{json}{accessToken};
	my $r = $panel->get('/api/admin/orders', token => $token);

	is_deeply(log_in('ed@example.com')->{json}{user}{permissions}, [],
		'a log-in says that there are no permissions');
	is("$r->{status} " . error_code($r), '403 factor_required',
		'without the factor that the role needs nothing opens');
	is(error_code($panel->get('/api/auth/sessions', token => $token)),
		'factor_required', 'not even the own sessions');
	is($panel->get('/api/auth/me', token => $token)->{status}, 200,
		'but who one is');
	ok($panel->get('/api/2fa/status', token => $token)->{json}{required},
		'and what is missing');
	my %page = sign_in_by_form('ed@example.com');
	is($page{location}, '/dashboard', 'a browser is let in');
	$r = $panel->get('/dashboard', cookie => $page{cookie});
	is("$r->{status} $r->{headers}{location}", '303 /account/factors',
		'and led to where a factor is set up');
	like($panel->get('/account/factors', cookie => $page{cookie})
		->{content}, qr/Your role needs a second factor/,
		'which says why');
	my $ed = enrol('ed@example.com');
	is($panel->get('/api/admin/orders', token => $ed->{token})->{status},
		200, 'with it everything opens');
	is($panel->get('/account/factors', cookie => $page{cookie})->{status},
		303, 'and the session without it is over');
}

# ---- people, without JavaScript ----

sub encoded
{
	my (%o) = @_;

	return join '&', map { my $v = $o{$_}; $v =~
		s/([^A-Za-z0-9._-])/sprintf '%%%02X', ord $1/ge; "$_=$v" }
		sort keys %o;
}

# A browser: keeps its cookies, fills in the one form it is shown.
sub browser { return { jar => {} } }

sub cookie_line
{
	my ($b) = @_;

	return join '; ', map { "$_=$b->{jar}{$_}" } sort keys %{ $b->{jar} };
}

sub keep_cookies
{
	my ($b, $r) = @_;
	my $set = $r->{headers}{'set-cookie'} // [];

	for (ref $set ? @$set : $set) {
		my ($name, $value) = /^([^=]+)=([^;]*)/ or next;
		if ($value eq '') { delete $b->{jar}{$name} }
		else { $b->{jar}{$name} = $value }
	}
	$b->{csrf} = $1 if $r->{content} =~ /name="csrf" value="([^"]+)"/;
	return $r;
}

sub visit
{
	my ($b, $path) = @_;

	return keep_cookies($b, $panel->get($path, cookie => cookie_line($b)));
}

sub submit
{
	my ($b, $path, %fields) = @_;

	return keep_cookies($b, $panel->post($path, cookie => cookie_line($b),
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $panel->url },
		body => encoded(csrf => $b->{csrf}, %fields)));
}

sub sign_in_by_form
{
	my ($email) = @_;
	my $b = browser();

	visit($b, '/login');
	my $r = submit($b, '/login', email => $email, password => $password);
	return (cookie => cookie_line($b), location => $r->{headers}{location});
}

sub check_pages
{
	add_user('pia@example.com', 'support');
	my $b = browser();
	my $r;

	visit($b, '/login');
	$r = submit($b, '/login', email => 'pia@example.com',
		password => $password);
	is($r->{status}, 303, 'without a factor the password opens');
	$r = visit($b, '/account/factors');
	like($r->{content}, qr/Signing in takes your password alone/,
		'the page says what there is');
	unlike($r->{content}, qr/<script(?! src)/, 'it works without scripts');
	$r = submit($b, '/account/factors/totp');
	is($r->{status}, 303, 'an app is set up');
	$r = visit($b, '/account/factors');
	like($r->{content}, qr/<path stroke="#000" d="M4 4\.5h7/,
		'by a picture');
	my ($secret) = $r->{content} =~ m{<code>([A-Z2-7 ]{39})</code>};
	$secret =~ tr/ //d;
	push @secrets, $secret;
	$r = submit($b, '/account/factors/totp/verify', code => '000000');
	is($r->{status}, 422, 'a wrong code is refused');
	like($r->{content}, qr/This code is not right/, 'and the page says so');
	my $before = $b->{jar}{mp_session};
	$r = submit($b, '/account/factors/totp/verify',
		code => code($secret));
	is($r->{status}, 200, 'the right one is taken');
	my @codes = $r->{content} =~ /\b(\w{4}-\w{4}-\w{4})$/mg;
	is(scalar @codes, 10, 'and ten backup codes are shown')
		or diag($r->{content});
	push @secrets, @codes;
	isnt($b->{jar}{mp_session}, $before, 'the session has a new token');
	$r = submit($b, '/account/factors/codes/file', codes => "@codes");
	is($r->{status}, 200, 'whose forms work on this very page');
	is($r->{content}, join("\n", @codes, ''), 'the codes are a file');
	is(submit($b, '/account/factors/codes/file', codes => '<b>')->{status},
		422, 'nothing else is');
	is($panel->get('/dashboard', cookie => "mp_session=$before")->{status},
		303, 'the old token is over');

	my $c = browser();
	visit($c, '/login?next=/servers');
	$r = submit($c, '/login', email => 'pia@example.com',
		password => $password, next => '/servers');
	like("$r->{status} $r->{headers}{location}",
		qr{^303 /login/factor\?.*next=%2Fservers$},
		'from here on the password leads to the second page');
	ok(!$c->{jar}{mp_session}, 'without a session');
	$r = visit($c, $r->{headers}{location});
	like($r->{content}, qr/6-digit code from your authenticator app/,
		'which asks for a code');
	$r = submit($c, '/login/factor', otp => '000000', next => '/servers');
	is($r->{status}, 401, 'a wrong one is refused');
	like($r->{content}, qr/This code is not right/, 'on the same page');
	$r = submit($c, '/login/factor', otp => code($secret),
		next => '/servers');
	is("$r->{status} $r->{headers}{location}", '303 /servers',
		'the right one leads to where one wanted to go');
	ok(!$c->{jar}{mp_challenge}, 'and the challenge is put away');
	is(visit($c, '/servers')->{status}, 200, 'signed in');
	is($panel->get('/login/factor')->{headers}{location}, '/login',
		'the second page without the first leads there');
	my $d = browser();
	visit($d, '/login');
	$d->{jar}{mp_challenge} = 'mpc_forged';
	is(submit($d, '/login/factor', otp => $codes[0])->{status}, 401,
		'a forged challenge opens nothing');
	is($panel->post('/login/factor', cookie => cookie_line($d),
		type => 'application/x-www-form-urlencoded',
		body => encoded(otp => $codes[0]))->{status}, 403,
		'nor does a form without its token');

	visit($b, '/account/factors');
	$r = submit($b, '/account/factors/codes');
	is($r->{status}, 200, 'new backup codes are made');
	my @new = $r->{content} =~ /\b(\w{4}-\w{4}-\w{4})$/mg;
	push @secrets, @new;
	isnt("@new", "@codes", 'others');
	$r = submit($b, '/account/factors/disable', password => 'wrong');
	is($r->{status}, 422, 'turning it off takes the password');
	like($r->{content}, qr/The password is not right/, 'and says so');
	$r = submit($b, '/account/factors/disable', password => $password);
	is("$r->{status} $r->{headers}{location}", '303 /account/factors',
		'with it, it is off');
	like(visit($b, '/account/factors')->{content},
		qr/Signing in takes your password alone/, 'and one is still in');
}

# ---- waits ----

sub masked
{
	my ($r) = @_;
	my $text = $r->{content};

	$text =~ s/\b[0-9a-f]{32}\b/REQUEST/g;
	return "$r->{status} $text";
}

# Whoever it is, from outside it is the same.
sub check_alike
{
	my ($db) = @_;
	my %said;

	add_user('known@example.com', 'support');
	add_user('off@example.com', 'support');
	add_user('late@example.com', 'support');
	$panel->run(qw(user disable --tenant demo --email off@example.com));
	for my $who (qw(known off late unknown)) {
		my $refused = 0;
		# The first wait may be over at once: it ends with its second.
		for my $i (1 .. 12) {
			my $begun = time;
			my $r = log_in("$who\@example.com",
				password => 'wrong password');
			note(sprintf '%s: %s, try %d: %d, %.0f ms', $db, $who,
				$i, $r->{status}, (time - $begun) * 1000);
			$said{$who}{masked($r) .
				($r->{headers}{'retry-after'} ? ' wait' : '')} = 1;
			last if $r->{status} == 429;
			$refused++;
		}
		cmp_ok($refused, '>=', 5, "$who: five failures are free");
	}
	is(join(' ', map { substr($_, 0, 3) } sort keys %{ $said{known} }),
		'401 429', 'a wrong password is refused, then one has to wait');
	is_deeply($said{$_}, $said{known}, "all of it alike for $_")
		for qw(off late unknown);
}

# Strangers keep nobody out of their own account: a browser that was let in
# before is counted apart.
sub check_restart
{
	my ($db) = @_;
	my $b = browser();
	my $knock = sub {
		visit($b, '/login');
		return submit($b, '/login', email => 'zoe@example.com',
			password => $password)->{status};
	};

	add_user('pat@example.com', 'support');
	my $pat = enrol('pat@example.com');
	add_user('zoe@example.com', 'support');
	my $told = sub { return scalar(rows($panel, "SELECT id FROM outbox
		WHERE template = 'mail/new-sign-in'
		AND recipient = 'zoe\@example.com'")) };

	is($knock->(), 303, 'a browser is let in');
	ok($b->{jar}{mp_browser}, 'and remembered');
	is($knock->(), 303, 'and let in again');
	is($told->(), 0, 'of which nobody is told');
	my $other = $b;
	$b = browser();
	is($knock->(), 303, 'another browser is let in');
	is($told->(), 1, 'of which the person is');
	$b = $other;
	log_in('zoe@example.com', password => 'wrong') for 1 .. 5;
	sleep 1.1;
	log_in('zoe@example.com', password => 'wrong'); # two seconds from here
	sleep 2.1;
	log_in('zoe@example.com', password => 'wrong'); # four
	sleep 4.1;
	log_in('zoe@example.com', password => 'wrong'); # eight
	my $failed_at = time;
	my $r = log_in('zoe@example.com');
	is($r->{status}, 429, 'who fails often waits');
	is($knock->(), 303, 'but not that browser');
	$b->{jar}{mp_browser} =~ tr/A-Za-z/B-ZAb-za/;
	is($knock->(), 429, 'whose word must be ours');
	$panel->stop;
	my %o = (db => $db, state => $panel->{state}, port => $panel->{port},
		set => { %{ $panel->{set} }, rate_login_account => 3 });
	unlink "$panel->{state}/ready.json";
	$panel = MPanel::Instance->start(%o);
	$r = log_in('zoe@example.com');
	# A machine may be so busy that they are over.
	if (time - $failed_at < 6.5) {
		is($r->{status}, 429, 'also when all of it was started anew');
		my $wait = $r->{headers}{'retry-after'};
		cmp_ok($wait, '<=', 8, 'for as long as is left');
		sleep $wait + 0.1;
	}
	is(log_in('zoe@example.com')->{status}, 200,
		'and is let in when the time is over');
	my @in = map { try_in({ otp => $_, challenge =>
		log_in('pat@example.com')->{json}{challenge} })->{status} }
		@{ $pat->{codes} }[0 .. 4];
	is_deeply(\@in, [(200) x 5],
		'two steps that were right count against nobody');
}

# ---- nothing of it lies about ----

sub files_below
{
	my ($dir) = @_;

	open my $out, '-|', 'find', $dir, '-type', 'f' or die "find: $!";
	chomp(my @files = <$out>);
	close $out;
	return @files;
}

sub check_secrets
{
	my ($db) = @_;
	my $text = join "\n", map { join "\t", @$_ } map { rows($panel,
		"SELECT * FROM $_") } qw(audit_logs outbox user_factors
		backup_codes sent_codes login_challenges);

	for (files_below($panel->state_dir)) {
		next if m{/data/key$} || $db eq 'postgres' && !m{/log/};
		$text .= slurp($_) if -r && -s _;
	}
	cmp_ok(length $text, '>', 10_000, 'rows, files and logs were read');
	is(scalar(grep { index($text, $_) >= 0 || index($text, tr/-//dr) >= 0 }
		@secrets), 0, 'no secret and no code of ' . @secrets .
		' is readable in them');
}

for my $db (engines()) {
	%next_step = @secrets = ();
	$smtp_port = free_port();
	start_sink() if $has_sink;
	$panel = start_instance(db => $db, set => {
		factor_required_roles => 'editor', rate_login_account => 1000,
		smtp_url => "smtp://127.0.0.1:$smtp_port",
		smtp_needs_tls => 'no', mail_from => 'panel@example.test' });
	subtest "$db: programs" => \&check_api;
	subtest "$db: tries" => \&check_tries;
	subtest "$db: e-mail" => \&check_email;
	subtest "$db: by mail" => \&check_by_mail;
	subtest "$db: reset" => \&check_reset;
	subtest "$db: command" => \&check_command;
	subtest "$db: required" => \&check_required;
	subtest "$db: pages" => \&check_pages;
	subtest "$db: alike" => sub { check_alike($db) };
	subtest "$db: secrets" => sub { check_secrets($db) };
	subtest "$db: restart" => sub { check_restart($db) };
	is(doctor_says($panel), '', "$db: the doctor finds nothing wrong");
	$panel->stop;
}
done_testing();
