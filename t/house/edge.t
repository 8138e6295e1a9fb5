#!/usr/bin/perl
# edge.t - nginx's configuration: what it passes, keeps out and answers itself.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use MPanel::Fcgi;
use MPanel::Test;
use Test::More;

$ENV{PATH} .= ':/usr/sbin:/sbin';
need(scalar(grep { -x "$_/nginx" } split /:/, $ENV{PATH}), 'nginx is missing');

my $src = source_dir();
my $dir = scratch();
my $port = free_port();
my $version = 'abc123';
mkdir "$dir/$_" for qw(attachments edge run log exports share);
symlink "$src/static", "$dir/share/static" or die;

sub fill
{
	my ($from, $to, %with) = @_;
	my $text = slurp($from);

	$text =~ s/\@(\w+)\@/$with{$1} \/\/ die "$from: $1"/ge;
	open my $fh, '>', $to or die "$to: $!";
	print $fh $text;
	close $fh or die;
}

my %with = (nginxdir => "$dir/nginx", pkgdatadir => "$dir/share",
	version => $version, edge => "$dir/edge", run => "$dir/run",
	log => "$dir/log", exports => "$dir/exports",
	attachments => "$dir/attachments", port => $port);
mkdir "$dir/nginx";
symlink "$src/nginx/$_", "$dir/nginx/$_"
	for qw(fastcgi.conf file.conf headers.conf http.conf mime.types);
fill("$src/nginx/panel.conf.in", "$dir/nginx/panel.conf", %with);
fill("$src/nginx/start.conf.in", "$dir/nginx.conf", %with);
open my $export, '>', "$dir/exports/1.csv" or die;
print $export "a,b\n";
close $export;
open my $attached, '>', "$dir/attachments/1" or die;
print $attached "<script>";
close $attached;

# Root's nginx would give its workers to `nobody`, who has no way in here.
my @nginx = ('nginx', '-e', "$dir/log/error.log", '-p', $dir, '-c',
	"$dir/nginx.conf", $> == 0 ? ('-g', 'user root;') : ());
is(system(@nginx, '-t', '-q'), 0, 'nginx accepts the configuration');

my %responder = map { $_ => MPanel::Fcgi::serve("$dir/run/$_.sock", $_) }
	qw(ui intake worker);
END { kill TERM => values %responder if %responder }
my $nginx = spawn("$dir/log/nginx.log", @nginx);
ok(wait_for(5, sub { raw_http($port, "GET /robots.txt HTTP/1.0\r\n\r\n") }),
	'it starts') or diag(slurp("$dir/log/nginx.log"));

sub unchunked
{
	my ($rest) = @_;
	my $body = '';

	while ($rest =~ s/^([0-9a-f]+)\r\n//) {
		$body .= substr $rest, 0, hex $1;
		$rest = substr $rest, 2 + hex $1;
	}
	return $body;
}

# (status, \%headers with lower-case names, body)
sub ask
{
	my ($method, $path, $headers, $body) = @_;
	my $text = raw_http($port, join "\r\n", "$method $path HTTP/1.1",
		'Host: panel.test:81', 'Connection: close', @{ $headers // [] },
		defined $body ? 'Content-Length: ' . length $body : (),
		'', $body // '');
	my ($head, $rest) = split /\r\n\r\n/, $text, 2;
	my ($first, @lines) = split /\r\n/, $head // '';
	my %h;

	for (@lines) {
		my ($name, $value) = /^([^:]+): (.*)$/ or next;
		my $slot = lc $name;
		$h{$slot} = defined $h{$slot} ? "$h{$slot}, $value" : $value;
	}
	$rest = unchunked($rest)
		if ($h{'transfer-encoding'} // '') eq 'chunked';
	my ($status) = ($first // '') =~ /^HTTP\/1.1 (\d+)/;
	return ($status // 0, \%h, $rest // '');
}

# ---- what a worker is told ----
my ($status, $h, $body) = ask('POST', '/a%2Fb/?q=1&r=%20',
	['Proxy: http://evil.test', 'MP_CLIENT: 192.0.2.1', 'MP-Client: 192.0.2.1',
	'Content-Type: text/x-a', 'X-Request-Id: forged'], 'abc');
my $got = decode_json($body);
my $p = $got->{params};
is($got->{body}, 'abc', 'the body arrives');
my %want = (REQUEST_METHOD => 'POST', MP_URI => '/a%2Fb/?q=1&r=%20',
	QUERY_STRING => 'q=1&r=%20', CONTENT_TYPE => 'text/x-a',
	CONTENT_LENGTH => 3, HTTP_HOST => 'panel.test:81',
	MP_CLIENT => '127.0.0.1', MP_TLS => '', HTTP_PROXY => '');
is($p->{$_} // '', $want{$_}, "param $_ is nginx's word") for sort keys %want;
like($p->{MP_REQUEST_ID}, qr/^[0-9a-f]{32}$/, 'the request id is nginx\'s');
is($h->{'x-request-id'}, $p->{MP_REQUEST_ID}, 'and the answer carries it');
is_deeply([grep { !/^HTTP_/ && !exists $want{$_} && $_ ne 'MP_REQUEST_ID' }
	sort keys %$p], [], 'nothing else is passed on');

# ---- pools ----
my %pool = (
	'/' => 'ui', '/api/health' => 'ui', '/api/public' => 'ui',
	'/api/publicity' => 'ui', '/api/workers' => 'ui',
	'/api/admin/orders' => 'ui', '/webhooks/stripe/x' => 'ui',
	'/api/public/orders/stripe-completed' => 'intake',
	'/api/webhooks/stripe' => 'intake',
	'/api/webhooks/stripe/demo' => 'intake', '/webhooks/stripe' => 'intake',
	'/api/payments/stripe/webhook' => 'intake',
	'/api/worker/tasks/claim' => 'worker',
	'/api/agent/heartbeat' => 'worker');
for my $path (sort keys %pool) {
	my (undef, undef, $answer) = ask('GET', $path);
	is((eval { decode_json($answer) } // {})->{pool}, $pool{$path},
		"$path is served by $pool{$path}");
}

# ---- headers ----
my @always = qw(x-request-id content-security-policy x-content-type-options
	referrer-policy cross-origin-opener-policy cross-origin-resource-policy
	permissions-policy);
my $css = "/static/$version/css/mpanel.css";
for my $case (['/', 'the program'], [$css, 'a static file'],
	['/static/1/none.css', 'a missing file'], ["/\0", 'a bad request']) {
	my (undef, $headers) = ask('GET', $case->[0]);
	is_deeply([grep { !defined $headers->{$_} } @always], [],
		"$case->[1] has the security headers");
}
(undef, $h) = ask('GET', '/', ['X-Answer: Content-Type: text/html|'
	. "Content-Security-Policy: default-src 'self'|X-Request-Id: mine|"
	. 'X-Content-Type-Options: nosniff']);
is($h->{'content-security-policy'}, "default-src 'self'",
	'the program\'s own policy stands alone');
is($h->{'x-content-type-options'}, 'nosniff', 'and no header comes twice');
like($h->{'x-request-id'}, qr/^[0-9a-f]{32}$/, 'nor the request id');
ok(!defined $h->{'strict-transport-security'}, 'no HSTS without TLS');
unlike($h->{server} // '', qr/\d/, 'the server does not tell its version');

# ---- static ----
($status, $h, $body) = ask('GET', $css, ['Accept-Encoding: gzip']);
is("$status $h->{'cache-control'}",
	'200 public, max-age=31536000, immutable', 'a versioned file is for ever');
is($h->{'content-encoding'}, 'gzip', 'and compressed');
like($h->{vary}, qr/Accept-Encoding/, 'and says so');
($status, $h) = ask('GET', '/static/0ld/css/mpanel.css');
is("$status $h->{'cache-control'}", '200 no-cache',
	'another version\'s address gives today\'s file for once');
($status, $h) = ask('GET', "/static/$version/none.css");
is($status, 404, 'a missing file is 404');
unlike($h->{'cache-control'} // '', qr/immutable/, 'and not for ever');
($status, $h) = ask('POST', $css, [], 'x');
is("$status $h->{allow}", '405 GET, HEAD', 'a file cannot be posted to');
for my $path ("/static/$version/css", '/static/0ld/css') {
	($status, $h) = ask('GET', $path);
	is("$status " . ($h->{location} // ''), '404 ',
		"$path is a folder, and led nowhere else");
}
for my $path ("/static/$version/../../etc/passwd",
	"/static/$version/%2e%2e/%2e%2e/share/mpanel.conf", '/_exports/1.csv',
	'/_attachments/1', '/_attachments/../exports/1.csv',
	'/_error/html') {
	($status, undef, $body) = ask('GET', $path);
	ok($status =~ /^40[04]$/ || $body =~ /"pool":"ui"/,
		"$path leads nowhere");
}
($status, $h, $body) = ask('GET', '/x',
	['X-Answer: X-Accel-Redirect: /_exports/1.csv|Content-Type: text/csv']);
is("$status $body", "200 a,b\n", 'the program can hand over an export');
($status, $h, $body) = ask('GET', '/x', ['X-Answer: X-Accel-Redirect: '
	. '/_attachments/1|Content-Type: text/plain|'
	. 'Content-Disposition: attachment; filename="1"|'
	. 'X-Content-Type-Options: nosniff']);
is("$status $body", '200 <script>', 'and a file of a ticket');
is_deeply([@$h{qw(content-type content-disposition x-content-type-options)}],
	['text/plain; charset=utf-8', 'attachment; filename="1"',
	'nosniff'],
	'as what it says, to be kept');
like($h->{'content-security-policy'}, qr/sandbox/, 'and never as a page');
($status) = ask('GET', '/x',
	['X-Answer: X-Accel-Redirect: /_attachments/../exports/1.csv']);
isnt($status, 200, 'and nothing beside it');

# ---- nginx's own answers ----
kill TERM => $responder{worker};
waitpid $responder{worker}, 0;
my $long = 'a' x 20_000;
my @own = (
	['400', 'GET', "/api/\0", []],
	['400', 'GET', '/api/%00', []],
	['413', 'POST', '/api/x', ['Content-Length: 2000000']],
	['414', 'GET', "/api/$long", []],
	['431', 'GET', '/api/x', ["X-A: $long"]],
	['405', 'TRACE', '/api/x', []],
	['501', 'POST', '/api/x', ['Transfer-Encoding: xchunked']],
	['501', 'POST', '/api/x', ['Transfer-Encoding: gzip',
		'Content-Length: 2000000']],
	['503', 'POST', '/api/worker/tasks/claim', []]);
for my $case (@own) {
	my ($code, $method, $path, $headers) = @$case;
	($status, $h, $body) = ask($method, $path, $headers);
	is($status, $code, "nginx itself answers $code");
	# Of a line that was not understood nothing is known.
	next if $path =~ /\0/;
	is($h->{'content-type'}, 'application/problem+json',
		"$code: as a problem");
	my $problem = eval { decode_json($body) } // {};
	is($problem->{status}, $code, "$code: with its status");
	is($problem->{requestId}, $h->{'x-request-id'}, "$code: and the id");
	ok($problem->{error}{code}, "$code: and the older members");
}
(undef, $h) = ask('POST', '/api/worker/tasks/claim');
like($h->{'retry-after'}, qr/^\d+$/, '503 says when to try again');
(undef, $h) = ask('TRACE', '/');
like($h->{allow}, qr/GET, HEAD, POST/, '405 says what is allowed');
($status, $h, $body) = ask('GET', '/orders', ["X-A: $long"]);
is("$status $h->{'content-type'}", '431 text/html; charset=utf-8',
	'a person gets a page');
like($body, qr{<h1>Request headers too large</h1>.*\Q$h->{'x-request-id'}\E}s,
	'with words and the request id');
for my $bad ("GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 3\r\n\r\nabc",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
	"GET / HTTP/1.1\r\nHost : a\r\n\r\n") {
	like(raw_http($port, $bad), qr/^HTTP\/1.1 400 .*X-Request-Id: \w/s,
		'400 well-formed: ' . $bad =~ s/\r\n/ /gr);
}

# ---- log ----
ask('GET', '/reset-password?token=verysecret',
	['Referer: http://a/?token=verysecret', 'Cookie: s=verysecret']);
my @lines = wait_for(5, sub {
	slurp("$dir/log/access.log") =~ /reset-password/ }) ? split(/\n/,
	slurp("$dir/log/access.log")) : ();
my @bad = grep { my $l = eval { decode_json($_) };
	!$l || ($l->{time} // '') !~ /^\d{4}-/ || !$l->{event} || !$l->{level} }
	@lines;
ok(@lines > 20 && !@bad, 'every line of the log is a JSON event')
	or diag($bad[0] // 'none');
is(scalar(grep { /verysecret/ } @lines), 0, 'no query, cookie or referrer');
ok(!-s "$dir/log/error.log" || slurp("$dir/log/error.log") !~ /\[(alert|emerg|crit)\]/,
	'nginx has nothing to complain about');
ok(defined stop_process($nginx), 'nginx stops when told to');
done_testing();
