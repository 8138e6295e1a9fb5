#!/usr/bin/perl
# tenants.t - companies are made, suspended and resumed by the platform's people
# alone, over pages without JavaScript and over the API.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP ();
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need(system("/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null") == 0,
	'python3-aiosmtpd is not installed');

my $json = JSON::PP->new->utf8;
my $word = 'violet canoe drum';
my $smtp_port = free_port();
my $API = '/api/admin/tenants';
my $HEARTBEAT = '/api/agent/heartbeat';
my ($panel, $folder, %chief, $token);

# The platform with its one person: %chief has a browser, $token a program.
sub make_platform
{
	$panel->run_with('', qw(tenant add --slug hq --name Headquarters --platform
		--host hq.test));
	$panel->run_with($word, qw(user add --tenant hq --email chief@hq.test
		--role super_admin --password-stdin));
	%chief = $panel->sign_in(host => 'hq.test', email => 'chief@hq.test',
		password => $word);
	my $r = $panel->post('/api/auth/login', host => 'hq.test', json => {
		email => 'chief@hq.test', password => $word });
	$token = $r->{json}{accessToken} or die "log-in: $r->{content}";
}

sub origin_of { my ($host) = @_; return $panel->url =~ s{//[^:/]+}{//$host}r }

# A form as a browser sends it, of a signed-in person or at the door.
sub send_form
{
	my ($host, $path, $cookie, $csrf, %fields) = @_;
	my %all = (%fields, csrf => $csrf);

	return $panel->post($path, host => $host, cookie => $cookie,
		type => 'application/x-www-form-urlencoded',
		headers => { origin => origin_of($host) },
		body => join '&', map { my $v = $all{$_};
			utf8::encode($v) if utf8::is_utf8($v);
			$v =~ s/([^A-Za-z0-9._-])/sprintf '%%%02X', ord $1/ge;
			"$_=$v" } sort keys %all);
}

sub page { return $panel->get($_[0], host => 'hq.test', cookie => $chief{cookie}) }

sub act
{
	my ($path, %fields) = @_;
	my $shown = page($path);
	my %kept = $shown->{content} =~
		/<input type="hidden" name="(version)" value="([^"]*)"/g;

	return send_form('hq.test', $path, @chief{qw(cookie csrf)}, %kept,
		%fields);
}

sub call
{
	my ($method, $path, $body) = @_;

	return $panel->request($method, $path, host => 'hq.test',
		token => $token, $body ? (json => $body) : ());
}

# The last letter's link to an address.
sub link_to
{
	my ($to) = @_;
	my @all;

	wait_for(20, sub { @all = grep { $_->{toAddress} eq $to }
		map { $json->decode(slurp($_)) } sort glob "$folder/*.json" })
		or die "no letter to $to\n" . $panel->log_text;
	return ($all[-1]{parts}[0]{text} =~ s/\r//gr
		=~ m{(https?://\S+token=[\w-]+)})[0] // '';
}

sub audit_of
{
	my ($slug) = @_;

	return join ' ', map { $_->[0] } rows($panel, "SELECT action
		FROM audit_logs WHERE tenant_id = (SELECT id FROM tenants
		WHERE slug = '$slug') AND action LIKE 'tenant.%'
		AND actor_name = 'chief\@hq.test' ORDER BY id", $slug);
}

# ---- making ----

sub check_make
{
	my %fields = (name => 'Söhne & Co', slug => 'soehne',
		host => 'Panel.Soehne.test', currency => 'EUR',
		supportEmail => 'help@soehne.test',
		ownerEmail => 'olga@soehne.test', ownerFirstName => 'Olga',
		ownerLastName => 'Sohn');

	like(page('/tenants')->{content}, qr/Headquarters/,
		'the platform sees all companies');
	for my $wrong ([slug => 'Not a slug'], [host => 'a b'], [host => ''],
		[currency => 'XXQ'], [ownerEmail => 'nobody'],
		[supportEmail => 'nobody'], [name => '']) {
		my $r = act('/tenants/new', %fields, @$wrong);
		is($r->{status}, 422, "a wrong $wrong->[0] is refused");
		like($r->{content}, qr/id="f-$wrong->[0]"[^>]*aria-invalid/,
			'beside its field');
	}
	is(act('/tenants/new', %fields, slug => 'demo')->{status}, 409,
		'a slug is taken once');
	is(act('/tenants/new', %fields, host => 'hq.test')->{status}, 409,
		'so is a host');
	is(scalar rows($panel, "SELECT 1 FROM tenants WHERE slug = 'soehne'",
		'demo'), 0, 'nothing of it stays');
	my $made = act('/tenants/new', %fields);
	is($made->{status}, 303, 'a company is made');
	my ($id) = ($made->{headers}{location} // '') =~ m{^/tenants/(.*)};
	my $shown = page("/tenants/$id");
	like($shown->{content}, qr/S\S+hne &amp; Co/, 'it has a page');
	like($shown->{content}, qr/panel\.soehne\.test/, 'with its host');
	like($shown->{content}, qr/Tenant made/, 'and its history');
	is(audit_of('hq'), 'tenant.add', 'it is noted at the platform');
	is(audit_of('soehne'), 'tenant.add', 'and in its own log');
	return $id;
}

sub check_owner
{
	my $link = link_to('olga@soehne.test');
	my $origin = origin_of('panel.soehne.test');
	my @host = (host => 'panel.soehne.test');

	like($link, qr/^\Q$origin\E\//, 'its owner\'s link leads to its host');
	my $door = $panel->get($link =~ s/^\Q$origin\E//r, @host);
	my ($cookie) = map { /^([^;]+)/ } map { ref $_ ? @$_ : $_ // () }
		$door->{headers}{'set-cookie'};
	my ($csrf) = $door->{content} =~ /name="csrf" value="([^"]+)"/;
	my ($secret) = $link =~ /token=(.*)/;
	my $r = send_form('panel.soehne.test', '/reset-password', $cookie, $csrf,
		token => $secret, password => $word);
	is($r->{status}, 200, 'the owner chooses a password')
		or diag($r->{content});
	my %owner = $panel->sign_in(@host, email => 'olga@soehne.test',
		password => $word);
	my $in = $panel->post('/api/auth/login', @host, json => {
		email => 'olga@soehne.test', password => $word });
	is($in->{json}{user}{role}, 'super_admin', 'and is an owner there');
	ok(!(grep { /^platform:/ } @{ $in->{json}{user}{permissions} }),
		'of one company only');
	is($panel->get('/tenants', @host, cookie => $owner{cookie})->{status},
		403, 'who sees no others on pages');
	is($panel->get($API, @host, token => $in->{json}{accessToken})
		->{status}, 403, 'nor over the API');
	is($panel->post('/api/auth/login', host => 'hq.test', json => {
		email => 'olga@soehne.test', password => $word })->{status},
		401, 'nor comes in at the platform');
	return { %owner, token => $in->{json}{accessToken} };
}

# ---- suspended and resumed ----

# Everything that somebody of the company has: status by name.
sub tried
{
	my ($who) = @_;
	my @host = (host => 'panel.soehne.test');
	my %to = (
		door => $panel->get('/login', @host),
		page => $panel->get('/orders', @host, cookie => $who->{cookie}),
		api => $panel->get('/api/admin/orders', @host,
			token => $who->{token}),
		plans => $panel->get('/api/public/plans', @host),
		intake => $panel->post(INTAKE, @host, token => $who->{intake},
			json => small_order('pi_s' . ++$who->{n})),
		agent => $panel->post($HEARTBEAT, @host,
			token => $who->{worker}, json => {}),
		claim => $panel->post('/api/worker/tasks/claim', @host,
			token => $who->{worker}, json => {}),
		# by a host that is only the default one
		api2 => $panel->get('/api/admin/orders',
			token => $who->{token}),
		intake2 => $panel->post(INTAKE, token => $who->{intake},
			json => small_order('pi_s' . ++$who->{n})),
		agent2 => $panel->post($HEARTBEAT, token => $who->{worker},
			json => {}),
	);
	return \%to;
}

sub statuses { my ($to) = @_; return { map { $_ => $to->{$_}{status} } keys %$to } }

sub orders_of
{
	return (rows($panel, "SELECT count(*) FROM orders WHERE tenant_id =
		(SELECT id FROM tenants WHERE slug = 'soehne')", 'soehne'))[0][0];
}

sub check_suspend
{
	my ($id, $who) = @_;
	my %in = (%{ statuses(tried($who)) });

	is_deeply(\%in, { door => 200, page => 200, api => 200, plans => 200,
		intake => 201, agent => 200, claim => 200, api2 => 200,
		intake2 => 201, agent2 => 200 }, 'all of it is open')
		or diag(explain(\%in));
	my $orders = orders_of();
	like(page("/tenants/$id/suspend")->{content}, qr/Nothing is lost/,
		'the question says what follows');
	is(act("/tenants/$id/suspend")->{status}, 303, 'it is suspended');
	my $out = tried($who);
	is_deeply(statuses($out), { (map { $_ => 503 } qw(door page api plans
		intake agent claim)), (map { $_ => 401 } qw(api2 intake2
		agent2)) }, 'the very next request of each is refused')
		or diag(explain(statuses($out)));
	like($out->{door}{content}, qr/S\S+hne &amp; Co is suspended\./,
		'the page says why');
	like($out->{door}{content}, qr/help\@soehne\.test/, 'and whom to ask');
	unlike($out->{door}{content}, qr/href="\/login"/,
		'and leads to no door that is shut');
	is($out->{api}{json}{error}{code}, 'suspended', 'programs hear it too');
	is($out->{intake}{headers}{'retry-after'}, 60,
		'and may come again soon');
	is(orders_of(), $orders, 'nothing was taken in');
	is($panel->get('/api/health', host => 'panel.soehne.test')->{status},
		200, 'the installation is healthy all the same');
	is(page('/tenants?status=suspended')->{content} =~ /soehne/, 1,
		'the platform sees it among the suspended');
	is(act("/tenants/$id/resume")->{status}, 303, 'it is resumed');
	is_deeply(statuses(tried($who)), \%in, 'and all is as before');
}

# A mail that could not leave waits while its company is suspended.
sub check_mail
{
	my ($id, $who) = @_;
	my $waiting = "SELECT count(*) FROM outbox WHERE kind = 'mail'
		AND status = 'pending' AND last_error LIKE '%is suspended.'
		AND tenant_id = '$id'";

	my @host = (host => 'panel.soehne.test');
	$panel->post(INTAKE, @host, token => $who->{intake},
		json => small_order('pi_wait', customerEmail => 'w@example.com'));
	call(PATCH => "$API/$id", { status => 'suspended' });
	my $came = grep { $_->{toAddress} eq 'w@example.com' }
		map { $json->decode(slurp($_)) } glob "$folder/*.json";
	SKIP: {
		skip 'the mail was faster', 2 if $came;
		ok(wait_for(20, sub { (rows($panel, $waiting, 'soehne'))[0][0]
			> 0 }), 'a suspended company\'s mail waits');
		is(scalar(grep { $_->{toAddress} eq 'w@example.com' }
			map { $json->decode(slurp($_)) } glob "$folder/*.json"),
			0, 'and has not left');
	}
	is(call(PATCH => "$API/$id", { status => 'active' })->{json}{status},
		'active', 'resumed');
	ok(wait_for(20, sub { grep { $_->{toAddress} eq 'w@example.com' }
		map { $json->decode(slurp($_)) } glob "$folder/*.json" }),
		'it leaves');
}

# ---- the API, hosts, the platform itself ----

sub check_api
{
	my ($id) = @_;
	my $list = call(GET => $API)->{json};

	is($list->{total}, 3, 'all companies are listed');
	is_deeply([sort map { $_->{slug} } @{ $list->{items} }],
		[qw(demo hq soehne)], 'by name');
	my $one = call(GET => "$API/$id")->{json};
	is_deeply($one->{hosts}, ['panel.soehne.test'], 'one has its hosts');
	my $r = call(PATCH => "$API/$id", { name => 'Sons',
		version => $one->{version} });
	is($r->{json}{name}, 'Sons', 'it gets another name');
	is(call(PATCH => "$API/$id", { name => 'Daughters',
		version => $one->{version} })->{status}, 409,
		'which nobody changes who has not seen it');
	is(call(PATCH => "$API/$id", { currency => 'USD' })->{status}, 409,
		'booked money stays in its currency');
	is(call(PATCH => "$API/$id", { kind => 'platform' })->{status}, 400,
		'nothing else can be changed');
	is(call(POST => "$API/$id/hosts", { host => 'two.soehne.test' })
		->{status}, 201, 'it gets another host');
	like($panel->get('/login', host => 'two.soehne.test')->{content},
		qr/Sons/, 'which leads to it');
	is(call(POST => "$API/$id/hosts", { host => 'hq.test' })->{status},
		409, 'a host of somebody else is not given');
	is(act("/tenants/$id/hosts/two.soehne.test/remove")->{status}, 303,
		'it is taken away');
	is(call(DELETE => "$API/$id/hosts/two.soehne.test")->{status}, 404,
		'once');
	is(call(DELETE => "$API/$id/hosts/hq.test")->{status}, 404,
		'and nobody else\'s');
	is(act("/tenants/$id/edit", name => 'Sons & Co', currency => 'EUR',
		supportEmail => '')->{status}, 303, 'a page changes it as well');
	is(call(GET => "$API/$id")->{json}{supportEmail}, '',
		'an address can be taken away');

	my ($hq) = map { $_->{id} } grep { $_->{kind} eq 'platform' }
		@{ $list->{items} };
	is(call(PATCH => "$API/$hq", { status => 'suspended' })->{status}, 409,
		'the platform can\'t be suspended');
	is(act("/tenants/$hq/suspend")->{status}, 409, 'by no page either');
	is(call(DELETE => "$API/$hq/hosts/hq.test")->{status}, 409,
		'nor lose the host that one comes by');
	is(call(POST => $API, { slug => 'x' })->{status}, 422,
		'a company needs more than a slug');
	$r = call(POST => $API, { slug => 'third', name => 'Third',
		host => 'third.test', ownerEmail => 'o@third.test' });
	is($r->{status}, 201, 'a program makes one as well');
	like(link_to('o@third.test'), qr{^\Q@{[ origin_of('third.test') ]}\E/},
		'and its owner is invited');
}

for my $engine (engines()) {
	$folder = scratch() . '/letters';
	mkdir $folder;
	my $log = "$folder.log";
	my $sink = spawn($log, source_dir() . '/t/lib/smtp-sink', $smtp_port,
		$folder);
	wait_for(20, sub { -e $log && slurp($log) =~ /^ready/m })
		or die 'no mail server: ' . slurp($log);
	$panel = start_instance(db => $engine, set => {
		smtp_url => "smtp://127.0.0.1:$smtp_port",
		smtp_needs_tls => 'no', mail_from => 'panel@example.test',
		rate_login_account => 1000, rate_login_address => 10_000 });
	note("== $engine");
	make_platform();
	my $id = check_make();
	my $who = check_owner();
	my (undef, $seeded) = $panel->run(qw(seed --tenant soehne));
	my $server = $json->decode($seeded)->{serverId};
	($who->{intake}) = $panel->run_with('', qw(token add --tenant soehne --scope
		orders:intake)) =~ /(mpk_\S+)/;
	($who->{worker}) = $panel->run_with('', qw(token add --tenant soehne --scope
		tasks:work --server), $server) =~ /(mpk_\S+)/;
	check_suspend($id, $who);
	check_mail($id, $who);
	check_api($id);
	is(audit_of('soehne'), audit_of('hq') =~ s/ tenant\.add$//r,
		'both logs tell the same of it');
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
	kill TERM => $sink;
	waitpid $sink, 0;
}
done_testing();
