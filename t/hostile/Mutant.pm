# Mutant.pm - requests that nobody should send, made from those one should.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $m = Mutant->new(routes => \@routes, who => \%who, ids => \%ids,
#		host => '127.0.0.1:8080', static => '/static/...');
#	my $r = $m->request;	# { method, bytes, framing, half, trail }
#
# rand() decides everything, so that srand() repeats it.  `framing` is true
# where the request's own limits may be wrong: then it is not known how many
# answers come.  `trail` tells what was done to it.
package Mutant;
use strict;
use warnings;
use JSON::PP ();

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

sub new
{
	my ($class, %o) = @_;
	my @soon = grep { $_->{name} =~ /^soon / } @{ $o{routes} };
	my @built = grep { $_->{name} !~ /^soon / } @{ $o{routes} };

	return bless { %o, soon => \@soon, built => \@built }, $class;
}

sub one { return $_[rand @_] }

sub chance { return rand() < $_[0] }

# ---- text to put anywhere ----

my @evil = ("'", '"', "\\", '%00', '%0d%0aX-Evil:%201', '../../etc/passwd',
	'%2e%2e%2f', '%252e', "\xc0\xaf", "\xff\xfe", "\xed\xa0\x80",
	'<script>alert(1)</script>', '{{x}}', '${7*7}', '%n%s%s', '-1', '0',
	'9223372036854775808', '1e309', 'NaN', 'null', '[]', '{}', "O'Brien",
	"' OR '1'='1", '1;DROP TABLE orders', "\xe2\x80\xae", 'a' x 300,
	'%', '%zz', '%u0041', '+', '&', '=', ';', '#', "\t", ' ', '');

sub noise
{
	my $n = 1 + int rand 12;

	return join '', map { chr int rand 256 } 1 .. $n;
}

# As an address may hold it: what is no printable character, encoded.
sub in_an_address
{
	my ($text) = @_;

	$text =~ s/([^\x21-\x7e])/sprintf '%%%02X', ord $1/ge if chance(0.8);
	return in_a_line($text);
}

# A line of the request may hold anything but the end of it.
sub in_a_line
{
	my ($text) = @_;

	$text =~ tr/\r\n//d;
	return $text;
}

sub twist
{
	my ($text) = @_;
	my $at = int rand(1 + length $text);
	my $kind = int rand 5;

	return substr($text, 0, $at) . one(@evil) . substr $text, $at
		if $kind == 0;
	return substr($text, 0, $at) . noise() . substr $text, $at
		if $kind == 1;
	return substr $text, 0, $at if $kind == 2;
	return one(@evil) if $kind == 3;
	substr($text, $at, 1) = chr int rand 256 if $at < length $text;
	return $text;
}

# ---- a request as it should be ----

sub path_of
{
	my ($self, $route) = @_;
	my $before = '';

	return join '/', map {
		my $segment = $_;
		my $ids = $self->{ids}{$before};
		$before = $segment;
		$segment eq '*' ? 'x'
			: $segment =~ /^:/ ? ($ids && chance(0.8)
				? one(@$ids) : $self->{missing}) : $segment;
	} split m{/}, $route->{path} . '', -1;
}

sub body_of
{
	my ($self, $route) = @_;

	return if $route->{method} =~ /^(?:GET|DELETE)$/;
	if ($route->{path} !~ m{^/(?:api|webhooks|graphql)}) {
		return ('application/x-www-form-urlencoded', join '&',
			'csrf=' . ($self->{who}{csrf} // ''), 'reason=because',
			'email=x' . int(rand 1e9) . '%40example.com');
	}
	my $sample = $self->{bodies}{ $route->{path} };
	return ('application/json', $json->encode(
		ref $sample eq 'CODE' ? $sample->() : $sample // {}));
}

# Whom the route wants, as a rule.
sub credentials
{
	my ($self, $route) = @_;
	my $who = $self->{who};

	return () if chance(0.03);
	return (Authorization => 'Bearer ' . one(@$who{qw(intake worker admin)}))
		if chance(0.03);
	return (Authorization => "Bearer $who->{worker}")
		if $route->{auth} eq 'server';
	return (Authorization => "Bearer $who->{intake}")
		if $route->{auth} eq 'token';
	return () unless $route->{auth} =~ /^(?:session|api)$/;
	return (Authorization => "Bearer $who->{admin}")
		if $route->{path} =~ m{^/api/} && chance(0.7);
	return (Cookie => $who->{cookie}, Origin => "http://$self->{host}",
		'X-CSRF-Token' => $who->{csrf});
}

sub plain
{
	my ($self) = @_;
	my $route = chance(0.04) ? one(@{ $self->{soon} })
		: one(@{ $self->{built} });
	my $path = $self->path_of($route);
	my %r = (method => $route->{method}, version => 'HTTP/1.1',
		path => $path, query => '');

	if (chance(0.05)) {
		@r{qw(method path)} = ('GET', one($self->{static}, '/robots.txt',
			'/static/x/css/none.css', '/favicon.ico', '/.git/config'));
	}
	$r{query} = '?' . one('limit=5', 'q=client', 'sort=-createdAt',
		'cursor=3e', 'status=active', 'range=24h', 'page=2', 'format=csv')
		if $r{method} eq 'GET' && chance(0.5);
	my ($type, $body) = $self->body_of($route);
	$r{body} = $body;
	my @headers = (Host => $self->{host}, $self->credentials($route),
		'User-Agent' => 'mutant', defined $type
		? ('Content-Type' => $type) : ());
	$r{headers} = [];
	push @{ $r{headers} }, [splice @headers, 0, 2] while @headers;
	return \%r;
}

# ---- what is done to it; each returns what it did ----

sub header
{
	my ($r, @rows) = @_;

	splice @{ $r->{headers} }, int rand(1 + @{ $r->{headers} }), 0, @rows;
}

my %on_json = (
	deep => sub { '[' x (1 + int rand 200) . '1' },
	long => sub { '{"customerName":"' . 'n' x int(rand 300_000) . '"}' },
	twice => sub { my $b = $_[0]; $b =~ s/\{/{"email":"a","email":"b",/; $b },
	text => sub { my $b = $_[0]; $b =~ s/"([^"]*)"/'"' . twist($1) . '"'/e; $b },
	types => sub { my $b = $_[0];
		$b =~ s/:("[^"]*"|\d+)/':' . one('null', '[]', '{}', '1e400',
			'-0', 'true', '"\u0000"', '"\ud800"', '1.005')/ge; $b },
	unknown => sub { my $b = $_[0]; $b =~ s/\{/{"__proto__":{},/; $b },
);

my %mutators = (
	method => sub { my ($r) = @_;
		$r->{method} = in_a_line(one(qw(GET HEAD POST PUT PATCH DELETE
			OPTIONS TRACE CONNECT BREW get), 'X' x 40));
		$r->{framing} = 1 if $r->{method} =~ /^(?:CONNECT|TRACE)$/; },
	path => sub { my ($r) = @_;
		my @s = split m{/}, $r->{path}, -1;
		my $i = int rand @s;
		$s[$i] = in_an_address(twist($s[$i]));
		$r->{path} = '/' . join('/', @s) =~ s{^/+}{}r; },
	encode => sub { my ($r) = @_;
		my $share = rand;
		$r->{path} =~ s{([^/])}{rand() < $share
			? sprintf '%%%02X', ord $1 : $1}ge; },
	slashes => sub { my ($r) = @_;
		my $with = one('//', '/./', '/../', '/;/', '\\', '/%2f/');
		$r->{path} =~ s{/}{$with}; },
	absolute => sub { my ($r) = @_;
		$r->{path} = one('http://evil.test', 'HTTP://127.0.0.1:1',
			'http://a@b', '*', 'evil.test:80') . $r->{path}; },
	query => sub { my ($r) = @_;
		$r->{query} = '?' . in_an_address(join '&', map {
			twist(one(qw(limit q sort cursor status customerId
				page format x)) . '=' . one(@evil))
		} 0 .. rand 4); },
	flood => sub { my ($r) = @_;
		$r->{query} = '?' . join '&', map { "p$_=1" }
			1 .. 1 + rand 400; },
	huge => sub { my ($r) = @_;
		header($r, ['X-Huge', 'h' x rand 70_000]); },
	many => sub { my ($r) = @_;
		header($r, map { ["X-Many-$_", $_] } 1 .. rand 300); },
	odd_header => sub { my ($r) = @_;
		header($r, [in_a_line(one('X-' . noise(), 'Host ', '', 'X_Y',
			'Content-Length ')), in_a_line(noise())]); },
	known_header => sub { my ($r) = @_;
		header($r, [one(qw(Cookie Authorization Accept Accept-Encoding
			Idempotency-Key If-Match If-None-Match Range Origin
			Referer X-Forwarded-For X-Forwarded-Host X-CSRF-Token
			Sec-Fetch-Site Expect Upgrade Connection Forwarded
			X-Original-Uri X-Accel-Redirect Proxy)),
			in_a_line(twist(one(@evil, 'Bearer x', 'mp_session=x',
			'bytes=0-1', '100-continue', 'websocket', 'close')))]);
		$r->{framing} = 1; },
	twice => sub { my ($r) = @_;
		header($r, [@{ one(@{ $r->{headers} }) }]); },
	lose => sub { my ($r) = @_;
		splice @{ $r->{headers} }, int rand @{ $r->{headers} }, 1; },
	spoil => sub { my ($r) = @_;
		my $h = one(@{ $r->{headers} });
		$h->[1] = in_a_line(twist($h->[1])); },
	type => sub { my ($r) = @_;
		$_->[1] = one('text/plain', 'application/xml', 'multipart/form-data',
			'multipart/form-data; boundary=' . 'b' x 90,
			'application/json; charset=utf-16', '', 'a/b/c')
			for grep { $_->[0] eq 'Content-Type' } @{ $r->{headers} };
		},
	body => sub { my ($r) = @_;
		$r->{body} = twist($r->{body} // ''); },
	json => sub { my ($r) = @_;
		return unless ($r->{body} // '') =~ /^\{/;
		$r->{body} = $on_json{ one(sort keys %on_json) }->($r->{body}); },
	big => sub { my ($r) = @_;
		$r->{body} = 'x' x (200_000 + rand 1_200_000);
		$r->{framing} = 1; },
	bytes => sub { my ($r) = @_;
		$r->{body} = join '', map { noise() } 1 .. 20; },
	chunked => sub { my ($r) = @_;
		$r->{chunked} = one(qw(right right wrong)); },
	version => sub { my ($r) = @_;
		$r->{version} = one('HTTP/1.0', 'HTTP/0.9', 'HTTP/1.2',
			'HTTP/2.0', 'HTP/1.1', 'http/1.1', '');
		$r->{framing} = 1; },
	length => sub { my ($r) = @_;
		$r->{length} = one(0, 1, -1, '+5', '0x10', '5, 5', '1e3',
			99999999999999999999, length($r->{body} // '') + 5);
		$r->{framing} = 1; },
	coding => sub { my ($r) = @_;
		header($r, ['Transfer-Encoding', one('chunked', 'gzip',
			'chunked, chunked', 'xchunked', "\x0bchunked")]);
		$r->{framing} = 1; },
	line => sub { my ($r) = @_;
		$r->{end} = one("\n", "\r", "\r\n ", "\0\r\n");
		$r->{framing} = 1; },
	pipeline => sub { my ($r) = @_;
		$r->{again} = 1 + int rand 5; $r->{framing} = 1; },
	half => sub { my ($r) = @_;
		$r->{cut} = rand; $r->{framing} = $r->{half} = 1; },
);
# What nginx stops, as a rule, and what comes through to the program.
my @shallow = qw(absolute chunked coding half huge length line lose many method
	odd_header pipeline slashes version);
my %is_shallow = map { $_ => 1 } @shallow;
my @deep = grep { !$is_shallow{$_} } sort keys %mutators;

# ---- as bytes ----

sub chunks
{
	my ($text, $how) = @_;
	my $out = '';

	while (length $text) {
		my $piece = substr $text, 0, 1 + int rand 5000, '';
		$out .= sprintf "%x\r\n%s\r\n", length $piece, $piece;
	}
	$out =~ s/\A[0-9a-f]+/one('zz', '-1', 'fffffffff', '')/e
		if $how eq 'wrong';
	return "${out}0\r\n\r\n";
}

sub bytes_of
{
	my ($r) = @_;
	my $end = $r->{end} // "\r\n";
	my $text = "$r->{method} $r->{path}$r->{query} $r->{version}\r\n";
	my $body = $r->{body} // '';

	$text .= "$_->[0]: $_->[1]$end" for @{ $r->{headers} };
	if ($r->{chunked}) {
		$text .= "Transfer-Encoding: chunked\r\n";
		$body = chunks($body, $r->{chunked});
		$r->{framing} = 1 if $r->{chunked} eq 'wrong';
	} elsif (defined $r->{body} || defined $r->{length}) {
		$text .= 'Content-Length: '
			. ($r->{length} // length $body) . "\r\n";
	}
	$text .= "\r\n$body";
	$text x= $r->{again} if $r->{again};
	return defined $r->{cut} ? substr $text, 0, $r->{cut} * length $text
		: $text;
}

# More steps up than down.
sub climbs_out
{
	my ($path) = @_;
	my $depth = 0;

	$path =~ s/%([0-9a-f]{2})/chr hex $1/gie;
	for my $segment (split m{/+}, $path =~ s{^/+}{}r) {
		$depth += $segment eq '..' ? -1 : $segment eq '.' ? 0 : 1;
		return 1 if $depth < 0;
	}
	return 0;
}

sub request
{
	my ($self) = @_;
	my $r = $self->plain;
	my @trail;

	# One in ten as it is: the answers' good cases are judged, too.
	my $times = chance(0.1) ? 0 : 1 + int rand 3;
	for (1 .. $times) {
		my $name = one(chance(0.3) ? @shallow : @deep);
		push @trail, $name;
		$mutators{$name}->($r);
		last unless @{ $r->{headers} };
	}
	# Whatever a header became, nginx may take it for the end of a request.
	$r->{framing} = 1 if grep { !/^\w/ || $_ eq 'spoil' } @trail;
	my $bytes = bytes_of($r);
	# Whose first line nobody can read gets no JSON for its path.
	my $path = qr/(?:[^\x00-\x20\x7f%?]|%(?!00)[0-9a-f]{2})*/i;
	my $is_api = $bytes =~ m{\A[A-Z]+[ ]/(?:api|webhooks|graphql)
		(?:/$path)?(?:\?[^\x00-\x20\x7f]*)?[ ]HTTP/1\.[01]\r\n}x
		&& !climbs_out($r->{path});

	return { method => $r->{method}, bytes => $bytes, api => $is_api,
		framing => $r->{framing}, half => $r->{half},
		bad_chunks => ($r->{chunked} // '') eq 'wrong',
		trail => join ' ', @trail };
}

1;
