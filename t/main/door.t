#!/usr/bin/perl
# door.t - signing in and out of a whole panel: pages, API, tokens, tenants.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my ($panel, $password);

# The name=value of a Set-Cookie of the reply, or undef.
sub cookie
{
	my ($r, $name) = @_;
	my $set = $r->{headers}{'set-cookie'} // return undef;

	for my $line (ref $set ? @$set : $set) {
		return $1 if $line =~ /^((?:__Host-)?\Q$name\E=[^;]*)/;
	}
	return undef;
}

sub form
{
	my (%fields) = @_;

	return join '&', map {
		(my $v = $fields{$_}) =~ s/([^A-Za-z0-9._-])/
			sprintf '%%%02X', ord $1/gex;
		"$_=$v";
	} sort keys %fields;
}

sub csrf_of
{
	my ($r) = @_;

	return $r->{content} =~ /name="csrf" value="([^"]+)"/ ? $1 : '';
}

# Post the form at /login as a browser would; %o are the fields besides.
sub enter
{
	my ($email, $word, %o) = @_;
	my $host = delete $o{-host};
	my $with = delete $o{-cookie};
	my $page = $panel->get('/login', $host ? (host => $host) : ());
	my $door = cookie($page, 'mp_door');

	return $panel->post('/login', $host ? (host => $host) : (),
		cookie => join('; ', $door, $with // ()),
		type => 'application/x-www-form-urlencoded',
		body => form(email => $email, password => $word,
			csrf => csrf_of($page), %o));
}

sub add_user
{
	my ($tenant, $email, $role) = @_;

	$panel->run_with($password, 'user', 'add', '--tenant', $tenant,
		'--email', $email, '--role', $role, '--password-stdin');
}

sub check_pages
{
	my $mail = $panel->ready->{adminEmail};
	my $page = $panel->get('/login');
	my $wrong = enter($mail, 'wrong password');
	my $nobody = enter('nobody@example.com', 'wrong password');
	my $r;

	is($page->{status}, 200, 'the door is a page');
	is($panel->get('/')->{status}, 303, 'the front page leads there');
	like($panel->get('/orders?status=review')->{headers}{location},
		qr{^/login\?next=%2Forders%3Fstatus%3Dreview$},
		'and so does every other, to come back');
	is($wrong->{status}, 401, 'a wrong password is refused');
	like($wrong->{content}, qr/E-mail or password is not right\./,
		'with one sentence');
	like($wrong->{content}, qr/value="\Q$mail\E"/, 'the address is kept');
	(my $body = $nobody->{content}) =~ s/nobody\@example\.com/$mail/;
	s/value="[0-9a-f]{64}"//g for $body, $wrong->{content};
	is($body, $wrong->{content}, 'an unknown address reads the same');
	is(enter($mail, $password, csrf => 'x')->{status}, 403,
		'a form without its token is refused');
	is($panel->post('/login', cookie => cookie($page, 'mp_door'),
		type => 'application/x-www-form-urlencoded',
		headers => { origin => 'http://evil.test' },
		body => form(email => $mail, password => $password,
			csrf => csrf_of($page)))->{status}, 403,
		'so is one from another site');

	$r = enter($mail, $password);
	is($r->{status}, 303, 'the right ones open it');
	is($r->{headers}{location}, '/dashboard', 'to the dashboard');
	my ($line) = grep { /^mp_session=/ } map { ref ? @$_ : $_ }
		$r->{headers}{'set-cookie'};
	like($line, qr/; HttpOnly/, 'scripts do not see the cookie');
	like($line, qr/; SameSite=Lax/, 'other sites do not send it');
	return cookie($r, 'mp_session');
}

# curl -F sends what a page with enctype="multipart/form-data" does.
sub check_parts
{
	my $page = $panel->get('/login');
	my @curl = ('curl', '-s', '-o', '-', '-w', '%{http_code}', '-b',
		cookie($page, 'mp_door'), '-F',
		'email=' . $panel->ready->{adminEmail}, '-F',
		'csrf=' . csrf_of($page));
	my $ask = sub {
		open my $fh, '-|', @curl, @_, $panel->url . '/login'
			or die "curl: $!";
		local $/;
		return <$fh>;
	};

	like($ask->('-F', "password=$password"), qr/303\z/,
		'a form in parts opens it too');
	like($ask->('-F', "password=\@$0"), qr{takes no file.*422\z}s,
		'but takes no file');
}

sub check_session
{
	my ($session) = @_;
	my $mail = $panel->ready->{adminEmail};
	my $page = $panel->get('/dashboard', cookie => $session);
	my $again = enter($mail, $password, -cookie => $session);
	my $fresh = cookie($again, 'mp_session');

	is($page->{status}, 200, 'the cookie signs in');
	is($panel->get('/login', cookie => $session)->{status}, 200,
		'who is signed in sees the door all the same');
	isnt($fresh, $session, 'signing in again gives another cookie');
	is($panel->get('/dashboard', cookie => $session)->{status}, 303,
		'and ends the one that came with it');
	is(enter($mail, $password, -cookie => 'mp_session=' . 'A' x 43)
		->{headers}{'set-cookie'} =~ /A{43}/, '',
		'a cookie that somebody planted is not used');
	my @next = (
		['/orders?status=review', '/orders?status=review'],
		['//evil.test/', '/dashboard'], ['/\\evil.test', '/dashboard'],
		['https://evil.test/', '/dashboard'], ["/\tx", '/dashboard'],
		["/a\r\nSet-Cookie: b=c", '/dashboard'], ['', '/dashboard'],
	);
	for my $i (0 .. $#next) {
		is(enter($mail, $password, next => $next[$i][0])
			->{headers}{location}, $next[$i][1],
			"case $i: one comes back to an own path only");
	}
	$page = $panel->get('/dashboard', cookie => $fresh);
	is($panel->post('/logout', cookie => $fresh,
		type => 'application/x-www-form-urlencoded',
		body => 'csrf=x')->{status}, 403,
		'signing out needs the page\'s token');
	my $out = $panel->post('/logout', cookie => $fresh,
		type => 'application/x-www-form-urlencoded',
		body => form(csrf => csrf_of($page)));
	is($out->{status}, 303, 'with it one is out');
	like(join(' ', map { ref ? @$_ : $_ } $out->{headers}{'set-cookie'}),
		qr/mp_session=;.*Max-Age=0/, 'the browser forgets the cookie');
	is($panel->get('/dashboard', cookie => $fresh)->{status}, 303,
		'and the panel does too');
}

# What each role sees in its menu it may open; the rest is refused.
sub check_roles
{
	my %all;

	for my $role (qw(super_admin admin editor support customer)) {
		my $mail = "$role\@example.com";
		add_user('demo', $mail, $role);
		my $r = enter($mail, $password);
		my $session = cookie($r, 'mp_session');
		my $home = $panel->get($r->{headers}{location},
			cookie => $session);
		my ($nav) = $home->{content} =~ m{(<nav class="nav".*?</nav>)}s;
		my %menu = map { $_ => 1 } $nav =~ /<a href="([^"]+)"/g;
		my @broken = grep {
			$panel->get($_, cookie => $session)->{status} != 200
		} sort keys %menu;

		is($home->{status}, 200, "$role has a home");
		is_deeply(\@broken, [], "$role may open all of its menu ("
			. keys(%menu) . ')');
		my @open = grep { !$menu{$_} && $panel->get($_,
			cookie => $session)->{status} != 403 }
			sort keys %all;
		is_deeply(\@open, [], "$role may open nothing else of it");
		%all = %menu if $role eq 'super_admin';
	}
	ok(keys(%all) > 50, 'the owner sees it all');
	ok(!$all{'/tenants'}, 'but nothing of the platform');
}

sub login
{
	my ($email, $word, %o) = @_;

	return $panel->post('/api/auth/login', %o,
		json => { email => $email, password => $word });
}

sub check_api
{
	my $mail = $panel->ready->{adminEmail};
	my $r = login($mail, $password);
	my $in = $r->{json};
	my $me = $panel->get('/api/auth/me', token => $in->{token});

	is($r->{status}, 200, 'programs sign in too');
	is($in->{accessToken}, $in->{token}, 'token has its two names');
	is("$in->{tokenType} $in->{expiresIn}", 'Bearer 900', 'for minutes');
	is_deeply([@{ $in->{user} }{qw(email role tenantId)}],
		[$mail, 'super_admin', $panel->ready->{tenantId}],
		'and says who that is');
	is($me->{json}{email}, $mail, 'me is the same');
	ok((grep { $_ eq 'orders:write' } @{ $me->{json}{permissions} }),
		'with permissions');
	is_deeply($panel->get('/api/auth/permissions', token => $in->{token})
		->{json}{permissions}, $in->{user}{permissions},
		'which can be asked for');

	my $next = $panel->post('/api/auth/refresh',
		json => { refreshToken => $in->{refreshToken} });
	is($next->{status}, 200, 'a refresh token gives the next pair');
	is($panel->post('/api/auth/refresh',
		json => { refreshToken => $in->{refreshToken} })->{status},
		401, 'once');
	is($panel->get('/api/auth/me', token => $next->{json}{token})
		->{status}, 401, 'a second time ends the whole family');

	$in = login($mail, $password)->{json};
	my $list = $panel->get('/api/auth/sessions', token => $in->{token});
	my ($own) = grep { $_->{current} } @{ $list->{json}{items} };
	is($own->{kind}, 'api', 'one\'s own session is marked');
	my $other = login($mail, $password)->{json};
	is($panel->request('DELETE', "/api/auth/sessions/$own->{id}",
		token => $other->{token})->{status}, 200,
		'it can be ended from another one');
	is($panel->get('/api/auth/me', token => $in->{token})->{status}, 401,
		'and is over');
	is($panel->request('DELETE', "/api/auth/sessions/$own->{id}",
		token => $other->{token})->{status}, 404, 'once');
	is($panel->post('/api/auth/logout', token => $other->{token})
		->{status}, 200, 'programs sign out too');
	is($panel->get('/api/auth/me', token => $other->{token})->{status},
		401, 'and are out');
}

sub check_refusals
{
	my $mail = $panel->ready->{adminEmail};
	my @cases = (
		[{ email => $mail, password => 'wrong password' }, 401],
		[{ email => 'x@example.com', password => $password }, 401],
		[{ email => $mail }, 422], [{ password => $password }, 422],
		[{ email => $mail, password => $password, role => 'x' }, 400],
		[{ email => $mail, password => ['x'] }, 422],
	);
	for my $i (0 .. $#cases) {
		my $r = $panel->post('/api/auth/login', json => $cases[$i][0]);

		is($r->{status}, $cases[$i][1], "case $i: $cases[$i][1]");
	}
	is($panel->get('/api/auth/me', token => $_)->{status}, 401,
		"'$_' signs nobody in") for 'x', 'a.b.c', 'mpk_x', 'mpr_x';
	is($panel->get('/api/auth/me',
		token => $panel->ready->{intakeToken})->{status}, 403,
		'a program\'s token is no person');

	add_user('demo', 'gone@example.com', 'admin');
	my $in = login('gone@example.com', $password)->{json};
	my $session = cookie(enter('gone@example.com', $password),
		'mp_session');
	is($panel->get('/dashboard', cookie => $session)->{status}, 200,
		'somebody works');
	$panel->run(qw(user disable --tenant demo --email gone@example.com));
	is($panel->get('/dashboard', cookie => $session)->{status}, 303,
		'disabled, the browser is out at the next request');
	is($panel->get('/api/auth/me', token => $in->{token})->{status}, 401,
		'and so is the program');
	is(login('gone@example.com', $password)->{status}, 401,
		'and does not come in again');

	my @tries = map { login('limit@example.com', 'wrong password') }
		1 .. 11;
	is_deeply([map { $_->{status} } @tries], [(401) x 10, 429],
		'an account is tried ten times');
	like($tries[-1]{headers}{'retry-after'}, qr/^[1-9]\d*$/,
		'and then after a while');
	is(login($mail, $password)->{status}, 200,
		'other accounts are not slowed down');
	is_deeply([grep { $_ != 200 } map { login($mail, $password)->{status} }
		1 .. 15], [], 'nor who knows the password');
}

# Two companies on one panel.
sub check_tenants
{
	$panel->run(qw(tenant add --slug other --name Other --host other.test));
	add_user('other', 'boss@other.test', 'owner');
	my $mail = $panel->ready->{adminEmail};
	my $in = login($mail, $password)->{json};
	my $session = cookie(enter($mail, $password), 'mp_session');
	my @other = (host => 'other.test');

	is($panel->get('/api/auth/me', @other, token => $in->{token})
		->{status}, 403, 'a token is of no use at another company');
	is($panel->get('/dashboard', @other, cookie => $session)->{status},
		303, 'nor is a cookie');
	is($panel->post('/api/public/orders/stripe-completed', @other,
		token => $panel->ready->{intakeToken}, json => {})->{status},
		403, 'nor a program\'s token');
	is(login($mail, $password, @other)->{status}, 401,
		'nor a password');
	is(login('boss@other.test', $password)->{status}, 401,
		'people of the other company are nobody here');
	my $boss = login('boss@other.test', $password, @other);
	is($boss->{status}, 200, 'and somebody there');
	is($panel->get('/api/auth/me', token => $boss->{json}{token})
		->{json}{tenantId}, $boss->{json}{user}{tenantId},
		'a host that is only the default one contradicts no token');
	$panel->run(qw(tenant suspend other));
	is($panel->get('/api/auth/me', token => $boss->{json}{token})
		->{status}, 401, 'a suspended company is out');
}

sub check_stubs
{
	my $health = $panel->get('/api/health');

	is($health->{json}{checks}{database}, 'ok', 'the panel is healthy');
	for my $path (qw(/api/ssl /api/kubernetes/clusters /graphql
		/api/2fa/sms/send)) {
		my $r = $panel->post($path, json => { a => 1 });

		ok($r->{status} == 501 && $r->{json}{notImplemented}
			&& $r->{json}{error}{code} eq 'not_implemented',
			"$path says that it is not built")
			or diag($r->{content});
	}
	is($panel->get('/api/nonsense')->{status}, 404,
		'what nobody promised is not found');
}

for my $engine (engines()) {
	subtest $engine => sub {
		# Waits are t/e2e/factors.t's.
		$panel = start_instance(db => $engine,
			set => { throttle_free => 1000 });
		$password = $panel->ready->{adminPassword};
		check_session(check_pages());
		check_parts();
		check_roles();
		check_api();
		check_refusals();
		check_tenants();
		check_stubs();
		my $log = join '', map { slurp($_) }
			glob($panel->state_dir . '/log/*.log');
		unlike($log, qr/\Q$password\E|mp[ark]_\w{20}/,
			'no log has a password or a token');
		my ($status, $out) = $panel->run('doctor');
		is($status, 0, 'after all that, everything is sound')
			or diag($out);
		$panel->stop;
	};
}
done_testing();
