# Instance.pm - one running panel, started by ./start for a test.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Replies are HTTP::Tiny's hashes (status, headers, content) with {json} added
# when the content is JSON.  ready() is what ./start wrote into ready.json.
#
# Customers get no account with their first order unless welcome => 1.
package MPanel::Instance;
use strict;
use warnings;
use HTTP::Tiny;
use IPC::Open2;
use JSON::PP;
use MPanel::Openapi;
use POSIX ();
use Test::More ();
use Time::HiRes qw(sleep time);

my $json = JSON::PP->new->utf8->canonical;

sub start
{
	my ($class, %o) = @_;
	my $self = bless { %o, log => "$o{state}.log" }, $class;

	$self->launch($o{patience} // 120);
	# by itself an order makes a person, of which most tests know nothing
	$self->run(qw(tenant no-welcome demo)) unless $o{welcome} || $o{empty};
	return $self;
}

# Also for a second start on the same directory, after stop().
sub launch
{
	my ($self, $patience) = @_;
	my $ready = "$self->{state}/ready.json";
	my $end = time + $patience;

	$self->{pid} = MPanel::Test::spawn($self->{log}, $self->argv);
	until (-s $ready) {
		if (waitpid($self->{pid}, POSIX::WNOHANG()) != 0) {
			die "./start gave up:\n" . $self->log_text;
		}
		die "./start is not ready:\n" . $self->log_text
			if time > $end;
		sleep 0.05;
	}
	$self->{ready} = $json->decode(MPanel::Test::slurp($ready));
	return $self;
}

sub argv
{
	my ($self) = @_;
	my @argv = (MPanel::Test::source_dir() . '/start',
		'--state', $self->{state}, '--port', $self->{port});

	push @argv, '--db', $self->{db} if $self->{db};
	push @argv, '--workers', $self->{workers} if $self->{workers};
	push @argv, '--empty' if $self->{empty};
	push @argv, '--no-agent' unless $self->{agent};
	push @argv, '--set', "$_=$self->{set}{$_}"
		for sort keys %{ $self->{set} // {} };
	return (@argv, @{ $self->{args} // [] });
}

# Seconds that it took; undef when it had to be killed.  What a sanitizer build
# had to say fails the test.
sub stop
{
	my ($self) = @_;
	my $took = MPanel::Test::stop_process($self->{pid}, 8);

	for my $log (glob "$self->{state}/log/*.log") {
		my ($report) = MPanel::Test::slurp($log) =~
			/^(.*(?:ERROR: \w+Sanitizer|runtime error:).*(?:\n.*){0,30})/m;
		Test::More::fail("no memory error in $log")
			or Test::More::diag($report) if $report;
	}
	return $took;
}

sub pid { return $_[0]{pid} }
sub ready { return $_[0]{ready} }
sub slug { return $_[0]{slug} // 'demo' }
sub state_dir { return $_[0]{state} }

# As its browsers name it.
sub url
{
	my ($self) = @_;
	my $host = $self->{host} // return $self->{ready}{url};

	return $self->{ready}{url} =~ s{//[^:/]+}{//$host}r;
}

# The same panel for callers of another tenant: slug, host, and what differs
# in ready().
sub of_tenant
{
	my ($self, %o) = @_;

	return bless { %$self, slug => $o{slug}, host => $o{host},
		ready => { %{ $self->{ready} }, %{ $o{ready} } } }, ref $self;
}

# The last that ./start and the parts behind it said.
sub log_text
{
	my ($self) = @_;
	my $text = '';

	for my $file ($self->{log}, glob "$self->{state}/log/*.log") {
		my @lines = split /^/m,
			-r $file ? MPanel::Test::slurp($file) : '';
		splice @lines, 0, -12 if @lines > 12;
		$text .= "== $file\n" . join '', @lines if @lines;
	}
	return $text;
}

# One request, whose answer nobody reads.  Options: token, json (a body to
# encode), body, type, headers, host, cookie.
sub ask
{
	my ($self, $method, $path, %o) = @_;
	my %headers = %{ $o{headers} // {} };
	my %request = (headers => \%headers);

	$headers{authorization} = "Bearer $o{token}" if $o{token};
	$headers{cookie} = $o{cookie} if $o{cookie};
	$headers{host} = $o{host} if $o{host};
	$headers{'content-type'} = $o{type} if $o{type};
	if (defined $o{json}) {
		$headers{'content-type'} //= 'application/json';
		$request{content} = $json->encode($o{json});
	} elsif (defined $o{body}) {
		$request{content} = $o{body};
	}
	# HTTP::Tiny refuses a Host header of ours: name it in the address.
	my $url = $self->url;
	my $host = delete $headers{host};
	$url =~ s{//[^:/]+}{//$host} if $host;
	$request{peer} = '127.0.0.1' if $host // $self->{host};
	my $http = HTTP::Tiny->new(max_redirect => 0, timeout => 30);
	return $http->request($method, $url . $path, \%request);
}

# The same; {json}, where there is some, is as the OpenAPI document says.
sub request
{
	my ($self, $method, $path, %o) = @_;
	my $reply = $self->ask($method, $path, %o);

	if (($reply->{headers}{'content-type'} // '') =~ /json/) {
		$reply->{json} = eval { $json->decode($reply->{content}) };
		$self->judge($method, $path, $reply) if defined $reply->{json};
	}
	return $reply;
}

# An answer that is not as the OpenAPI document says fails the test.
sub judge
{
	my ($self, $method, $path, $reply) = @_;
	my @wrong = MPanel::Openapi::wrong($method, $path, $reply);

	return unless @wrong;
	Test::More::fail("an answer is as the OpenAPI document says");
	Test::More::diag($_) for @wrong;
}

sub get { my $self = shift; return $self->request('GET', @_) }

sub post { my $self = shift; return $self->request('POST', @_) }

# As a browser sends a form of a person's (cookie, csrf; sign_in()).
sub form
{
	my ($self, $who, $path, %fields) = @_;

	$fields{csrf} //= $who->{csrf};
	utf8::encode($_) for grep { utf8::is_utf8($_) } values %fields;
	return $self->post($path, cookie => $who->{cookie},
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $self->url },
		body => join '&', map { "$_=" . $fields{$_} =~
			s/([^A-Za-z0-9._-])/sprintf '%%%02X', ord $1/ger }
			sort keys %fields);
}

# The same of a form with files, each [field, name, bytes].
sub upload
{
	my ($self, $who, $path, $fields, @files) = @_;
	my $mark = 'mark' . int rand 1e9;
	my %text = (%$fields, csrf => $who->{csrf});
	my @names = map { $_->[1] } @files;
	my $body = '';

	utf8::encode($_) for grep { utf8::is_utf8($_) } values %text, @names;
	$body .= "--$mark\r\nContent-Disposition: form-data; name=\"$_\""
		. "\r\n\r\n$text{$_}\r\n" for sort keys %text;
	for my $file (@files) {
		$body .= "--$mark\r\nContent-Disposition: form-data; "
			. "name=\"$file->[0]\"; filename=\"" . shift(@names)
			. "\"\r\nContent-Type: text/html\r\n\r\n$file->[2]\r\n";
	}
	return $self->post($path, cookie => $who->{cookie},
		type => "multipart/form-data; boundary=$mark",
		headers => { origin => $self->url },
		body => "$body--$mark--\r\n");
}

# The hidden fields of a page's form that leads to a path; undef: it has none.
sub hidden_fields
{
	my ($self, $page, $action) = @_;
	my ($form) = $page->{content} =~
		m{<form[^>]* action="\Q$action\E">(.*?)</form>}s
		or return;

	return { $form =~ /<input type="hidden" name="([^"]*)" value="([^"]*)"/g };
}

# The sacred path's first step; %$order overrides a small valid order.
sub intake
{
	my ($self, $order, %o) = @_;
	my %body = (
		stripePaymentIntentId => 'pi_' . sprintf('%016x', rand 2**52),
		customerEmail => 'client@example.com',
		customerName => 'Client Name',
		items => [{ productSlug => 'starter', qty => 1,
			unitPrice => 29.88, billingPeriod => 'year' }],
		primaryDomain => 'd' . int(rand 1e9) . '.example.com',
		%{ $order // {} });

	return $self->post('/api/public/orders/stripe-completed',
		token => $self->ready->{intakeToken}, json => \%body, %o);
}

# The worker's calls, as the node that ready.json names.
sub worker
{
	my ($self, $path, $body) = @_;

	return $self->post("/api/worker/$path",
		token => $self->ready->{workerToken}, json => $body // {});
}

# Log in as the tenant's owner; returns the access token.
sub admin_token
{
	my ($self) = @_;
	my $ready = $self->ready;
	my $r = $self->post('/api/auth/login', json => {
		email => $ready->{adminEmail},
		password => $ready->{adminPassword} });

	die "log-in: $r->{status} $r->{content}" unless $r->{status} == 200;
	return $r->{json}{accessToken};
}

# `mpanel work` stands still until the pid that is returned is told to go on, and
# not in the midst of a write, which would keep everybody from writing.
sub hold_work
{
	my ($self) = @_;
	my $work = $self->ready->{pids}{work} or die 'no work';

	for (1 .. 50) {
		kill STOP => $work or die "work: $!";
		return $work if eval { $self->admin_token };
		kill CONT => $work;
		sleep 0.1;
	}
	die "the work is never between two writes: $@";
}

# The name=value pairs that a reply sets.
sub cookies_of
{
	my ($reply) = @_;
	my $set = $reply->{headers}{'set-cookie'} // [];

	return map { /^([^;]+)/ } ref $set ? @$set : $set;
}

sub csrf_of
{
	my ($page) = @_;

	return ($page->{content} =~ /name="csrf" value="([^"]+)"/)[0];
}

# Through the log-in page, as a browser: (cookie => the session's, csrf => its
# token for forms).  Options: host, email, password; the demo's owner.
sub sign_in
{
	my ($self, %o) = @_;
	my @host = $o{host} ? (host => $o{host}) : ();
	my $origin = $self->url;
	my $email = $o{email} // $self->ready->{adminEmail};
	my $password = $o{password} // $self->ready->{adminPassword};

	$origin =~ s{//[^:/]+}{//$o{host}} if $o{host};
	my $door = $self->get('/login', @host);
	my $r = $self->post('/login', @host, cookie => (cookies_of($door))[0],
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $origin },
		body => join '&', map { "$_->[0]=" . $_->[1] =~
			s/([^A-Za-z0-9._-])/sprintf '%%%02X', ord $1/ger }
			['email', $email], ['password', $password],
			['csrf', csrf_of($door)]);
	my ($cookie) = grep { /^mp_session=/ } cookies_of($r);

	die "log-in: $r->{status} $r->{content}" unless $cookie;
	my $page = $self->get('/dashboard', @host, cookie => $cookie);
	return (cookie => $cookie, csrf => csrf_of($page));
}

# The command line on this panel's configuration: (exit status, output).
sub run
{
	my ($self, @args) = @_;
	my $ready = $self->ready;

	open my $out, '-|', $ready->{bin}{mpanel}, '--config',
		$ready->{config}, @args or die "mpanel: $!";
	my $text = do { local $/; <$out> };
	close $out;
	return ($? >> 8, $text // '');
}

# The same with something on its standard input; what it says, or it dies.
sub run_with
{
	my ($self, $input, @args) = @_;
	my $ready = $self->ready;
	my $pid = open2(my $from, my $to, $ready->{bin}{mpanel}, '--config',
		$ready->{config}, @args);

	print $to $input;
	close $to;
	my $out = do { local $/; <$from> } // '';
	waitpid $pid, 0;
	die "mpanel @args: $out" if $?;
	return $out;
}

1;
