#!/usr/bin/perl
# states.t - whatever ends somebody's rights ends them at the next request.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A person has a browser, a program with a pair of tokens, an API key of their
# own, and has made one of the company.  Something happens; then each of these is
# used once more.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $word = 'rusty anvil picnic';
my ($panel, $admin, $owner, $n);

# Somebody new with all: (id, email, cookie, csrf, access, refresh, key,
# company).
sub person
{
	my ($role, $tenant, $host) = @_;
	my %p = (email => 'p' . ++$n . '@example.com', role => $role);
	my @host = $host ? (host => $host) : ();
	my $out = $panel->run_with($word, qw(user add --password-stdin --json),
		'--tenant', $tenant // 'demo', '--email', $p{email},
		'--role', $role);

	($p{id}) = $out =~ /"id":\s*"([^"]+)"/;
	my $r = $panel->post('/api/auth/login', @host,
		json => { email => $p{email}, password => $word });
	@p{qw(access refresh)} = @{ $r->{json} }{qw(accessToken refreshToken)};
	my %browser = $panel->sign_in(email => $p{email}, password => $word,
		@host);
	@p{qw(cookie csrf)} = @browser{qw(cookie csrf)};
	$r = $panel->post('/api/admin/api-tokens', @host,
		token => $p{access}, json => { name => 'mine',
		scopes => ['orders:read'] });
	@p{qw(key keyId)} = @{ $r->{json} }{qw(token id)};
	$r = $panel->post('/api/admin/api-tokens', @host,
		token => $p{access}, json => { name => 'shop',
		scopes => ['orders:read'], belongsTo => 'company' });
	@p{qw(company companyId)} = @{ $r->{json} }{qw(token id)};
	$p{host} = \@host;
	return \%p;
}

# What each of them gets now: '200' or '401', in order.
sub tried
{
	my ($p) = @_;
	my @host = @{ $p->{host} };
	my $page = $panel->get('/orders', @host, cookie => $p->{cookie});

	return {
		browser => $page->{status} == 200 ? 'in'
			: $page->{status} == 303
			&& $page->{headers}{location} =~ m{^/login} ? 'out'
			: "page $page->{status}",
		api_by_cookie => word($panel->get('/api/admin/orders', @host,
			cookie => $p->{cookie})),
		program => word($panel->get('/api/admin/orders', @host,
			token => $p->{access})),
		key => word($panel->get('/api/admin/orders', @host,
			token => $p->{key})),
		company => word($panel->get('/api/admin/orders', @host,
			token => $p->{company})),
	};
}

sub word
{
	my ($r) = @_;

	return { 200 => 'in', 401 => 'out' }->{ $r->{status} }
		// "status $r->{status}";
}

sub refreshes
{
	my ($p) = @_;

	return word($panel->post('/api/auth/refresh', @{ $p->{host} },
		json => { refreshToken => $p->{refresh} }));
}

my %in = map { $_ => 'in' } qw(browser api_by_cookie program key company);
my %out = map { $_ => 'out' } keys %in;

# How a key is listed: "ended by role", "revoked", "good".
sub listed
{
	my ($id) = @_;
	my $key = $panel->get("/api/admin/api-tokens/$id",
		token => $admin)->{json};

	return $key->{endedBy} ? "ended by $key->{endedBy}"
		: $key->{revokedAt} ? 'revoked' : 'good';
}

# Something happens to a new person; %want differs from all out but the
# company's key.  -by is what the list says has ended the personal one.
sub ends
{
	my ($what, $act, %want) = @_;
	my $p = person(delete $want{role} // 'admin');
	my $by = delete $want{-by};

	is_deeply(tried($p), \%in, "$what: before it one is in everywhere");
	my $r = $act->($p);
	ok(!ref $r || $r->{status} =~ /^(?:20[0-4]|303)$/, "$what: done")
		or diag("$r->{status} $r->{content}");
	is_deeply(tried($p), { %out, company => 'in', %want },
		"$what: at the very next request one is out");
	is(listed($p->{keyId}), $by ? "ended by $by" : 'good',
		"$what: the list says of one's key what it was");
	is(listed($p->{companyId}), 'good',
		"$what: and of the company's that it is good");
	is(refreshes($p), $want{refresh} // 'out',
		"$what: and gets no next pair");
}

sub patch
{
	my ($change) = @_;

	return sub { $panel->request(PATCH => "/api/admin/users/$_[0]{id}",
		token => $admin, json => $change) };
}

for my $engine (engines()) {
	$panel = start_instance(db => $engine, set => {
		rate_login_account => 1000, rate_login_address => 10_000 });
	$admin = $panel->admin_token;
	note("== $engine");

	# A key of one's own ends as a session does, one of the company never.
	ends('disabled', patch({ status => 'disabled' }), -by => 'disabled');
	ends('disabled by command', sub { $panel->run_with('', qw(user disable
		--tenant demo --email), $_[0]{email}) }, -by => 'disabled');
	ends('signed out by staff', sub { $panel->post(
		"/api/admin/users/$_[0]{id}/sign-out", token => $admin,
		json => {}) }, -by => 'sign_out');
	ends('another role', patch({ role => 'editor' }), -by => 'role');
	ends('a role without the right', sub { patch({ role => 'customer' })
		->(@_) }, -by => 'role');
	my $desk = $panel->post('/api/admin/roles', token => $admin,
		json => { name => 'Order desk', permissions => [
		qw(orders:read settings:read settings:write)] });
	is($desk->{status}, 201, 'a role is made');
	my $desk_becomes = sub { my ($change) = @_; sub {
		$panel->request(PATCH => "/api/admin/roles/$desk->{json}{id}",
			token => $admin, json => $change) } };
	ends('a made role that gains a right', $desk_becomes->({ permissions =>
		[qw(orders:read customers:read settings:read settings:write)]
		}), role => 'Order desk', -by => 'rights');
	ends('a made role that loses a right', $desk_becomes->({ permissions =>
		[qw(settings:read settings:write)] }), role => 'Order desk',
		-by => 'rights');
	ends('a password by command', sub { $panel->run_with('violet canoe drum',
		qw(user password --password-stdin --tenant demo --email),
		$_[0]{email}) }, -by => 'password');
	ends('a password of one\'s own, elsewhere', sub {
		my ($p) = @_;
		my $r = $panel->post('/api/auth/login', json => {
			email => $p->{email}, password => $word });
		my $change = $panel->post('/api/auth/change-password',
			token => $r->{json}{accessToken}, json => {
			currentPassword => $word,
			newPassword => 'violet canoe drum' });
		is(word($panel->get('/api/admin/orders',
			token => $change->{json}{accessToken})), 'in',
			'who changed it goes on under a new token');
		return $change;
	}, -by => 'password');
	ends('a second factor set up elsewhere', sub {
		my ($p) = @_;
		my $r = $panel->post('/api/auth/login', json => {
			email => $p->{email}, password => $word });
		my $mine = $r->{json}{accessToken};
		my $setup = $panel->post('/api/2fa/totp/setup',
			token => $mine, json => {});
		my ($secret) = $setup->{json}{secret};
		chomp(my $code = `oathtool --totp -b $secret`);
		return $panel->post('/api/2fa/totp/verify', token => $mine,
			json => { code => $code });
	}, -by => 'factor');
	ends('one\'s other sessions ended', sub {
		my ($p) = @_;
		my $r = $panel->post('/api/auth/login', json => {
			email => $p->{email}, password => $word });

		return $panel->request(DELETE => '/api/auth/sessions',
			token => $r->{json}{accessToken});
	}, key => 'in');

	# ---- one of them alone ----
	my $p = person('admin');
	is($panel->request(DELETE => "/api/admin/api-tokens/$p->{keyId}",
		token => $admin)->{status}, 200, 'a key is revoked');
	is_deeply(tried($p), { %in, key => 'out' }, 'it is out, and it alone');
	is(listed($p->{keyId}), 'revoked', 'which is no end by itself');
	$panel->post('/logout', cookie => $p->{cookie},
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $panel->url },
		body => "csrf=$p->{csrf}");
	is_deeply(tried($p), { %out, company => 'in', program => 'in' },
		'a browser is signed out, and it alone');
	$panel->post('/api/auth/logout', token => $p->{access}, json => {});
	is_deeply(tried($p), { %out, company => 'in' }, 'then the program');
	is(refreshes($p), 'out', 'with its refresh token');

	# ---- refresh tokens ----
	$p = person('admin');
	my $r = $panel->post('/api/auth/refresh',
		json => { refreshToken => $p->{refresh} });
	is($r->{status}, 200, 'a refresh token gives the next pair');
	my %next = %{ $r->{json} };
	is(refreshes($p), 'out', 'used again it gives nothing');
	is(word($panel->get('/api/admin/orders',
		token => $next{accessToken})), 'out',
		'and ends what it gave before');

	# ---- the company ----
	$panel->run_with('', qw(tenant add --slug other --name Other --host
		other.test));
	$p = person('admin', 'other', 'other.test');
	is_deeply(tried($p), \%in, 'another company works');
	$panel->run_with('', qw(tenant suspend other));
	my %got = %{ tried($p) };
	is_deeply([grep { $_ eq 'in' } values %got], [],
		'suspended, all of its people and programs are refused')
		or diag(explain(\%got));
	$panel->run_with('', qw(tenant resume other));
	is_deeply(tried($p), \%in, 'resumed, nothing is lost');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
