# FakePanel.pm - a panel of a few lines, and an agent to talk to it.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $panel = FakePanel->new($dir);	# listens at once
#	my $agent = $panel->agent(poll_seconds => 1);
#	$panel->task('website', 'create', { domain => ..., siteId => ... });
#	my $done = $panel->outcome;		# body of the next /complete
#
# The server is a process of its own; what is asked of it lies in files: one
# per task in queue/, words in mode, a line per request in journal.
package FakePanel;
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use JSON::PP ();
use MIME::Base64 qw(decode_base64);
use MPanel::Test;
use POSIX ();
use Time::HiRes qw(sleep time);

my $json = JSON::PP->new->utf8->canonical;

sub new
{
	my ($class, $dir) = @_;
	my $self = bless { dir => $dir, port => free_port(), seen => 0,
		n => 0 }, $class;

	mkdir "$dir/queue";
	$self->mode('');
	$self->start;
	return $self;
}

sub url { return "http://127.0.0.1:$_[0]{port}" }

sub start
{
	my ($self) = @_;
	my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
		LocalPort => $self->{port}, Listen => 20, ReuseAddr => 1)
		or die "listen: $!";

	$self->{pid} = fork // die "fork: $!";
	if ($self->{pid} == 0) {
		$SIG{TERM} = sub { POSIX::_exit(0) };
		$SIG{PIPE} = 'IGNORE';
		while (my $c = $listen->accept) {
			eval { $self->serve($c) };
			close $c;
		}
		POSIX::_exit(0);
	}
	close $listen;
}

sub stop
{
	my ($self) = @_;
	my $pid = delete $self->{pid} or return;
	local $?; # may be the end of the test, whose status it is not
	kill KILL => $pid;
	waitpid $pid, 0;
}

sub DESTROY { $_[0]->stop if $_[0]{pid} }

sub put
{
	my ($file, $text) = @_;

	open my $fh, '>', "$file.new" or die "$file: $!";
	print $fh $text;
	close $fh;
	rename "$file.new", $file or die "$file: $!";
}

# Words that change what it does: "drop" closes the connection on /complete
# without an answer, "conflict" answers 409 there, "lost" on a task's
# heartbeat, "busy" answers everything with 503; "refuse" takes no archive, and
# "forget" loses a piece of it.
sub mode { my ($self, $words) = @_; put("$self->{dir}/mode", $words) }

# ---- the server ----

# True: it has answered as it should not have (HostilePanel.pm).
sub misbehaves { 0 }

sub answer
{
	my ($c, $status, $body) = @_;
	my $text = $json->encode($body);

	print $c "HTTP/1.1 $status X\r\nContent-Type: application/json\r\n",
		"Content-Length: ", length $text,
		"\r\nConnection: close\r\n\r\n$text";
}

sub serve
{
	my ($self, $c) = @_;
	my ($head, $body) = ('', '');

	while ($head !~ /\r\n\r\n/s) {
		sysread($c, $head, 65536, length $head) or return;
	}
	($head, $body) = split /\r\n\r\n/, $head, 2;
	my ($length) = $head =~ /^Content-Length: (\d+)/mi;
	while (length $body < ($length // 0)) {
		sysread($c, $body, 65536, length $body) or return;
	}
	my ($path) = $head =~ m{^POST (\S+) } or return answer($c, 404, {});
	my $mode = slurp("$self->{dir}/mode");
	my $status = $mode =~ /busy/ ? 503 : 200;
	$status = 401 unless $head =~ /^Authorization: Bearer sekrit\r?$/mi
		|| $path =~ /enroll$/;
	$status = 409 if $mode =~ /conflict/ && $path =~ /complete$/;
	$status = 409 if $mode =~ /lost/ && $path =~ m{tasks/.*/heartbeat$};

	my $said = $json->decode($body);
	# of a piece of an archive its length will do
	$said->{data} = length $said->{data} if $path =~ m{/archive$};
	open my $journal, '>>', "$self->{dir}/journal" or die;
	$journal->autoflush(1);
	print $journal $json->encode({ path => $path, status => $status,
		body => $said, at => time }), "\n";
	return if $mode =~ /drop/ && $path =~ /complete$/;
	return if $self->misbehaves($c, $path);
	my $reply = { success => JSON::PP::true };
	if ($status == 200 && $path =~ /claim$/) {
		my ($file) = sort glob "$self->{dir}/queue/*.json";
		$reply = { task => undef };
		if ($file) {
			$reply->{task} = $json->decode(slurp($file));
			unlink $file;
		}
	}
	if ($status == 200 && $path =~ m{/archive$}) {
		$status = 413 if $mode =~ /refuse/;
		$reply = { success => JSON::PP::true,
			received => $self->keep_piece($json->decode($body),
				$mode =~ /forget/) };
	}
	if ($path =~ /enroll$/) {
		$reply = { token => 'mpk_own', serverId => 's', tenantId => 't' };
		$status = 403 unless $json->decode($body)->{token} eq 'once';
	}
	answer($c, $status, $reply);
}

# A piece of an archive goes into the file `received`; the third one is lost
# where the panel is to forget.  Returns how much there is.
sub keep_piece
{
	my ($self, $piece, $forgets) = @_;
	my $file = "$self->{dir}/received";
	my $data = decode_base64($piece->{data});

	truncate $file, 0 if $piece->{offset} == 0;
	my $size = -s $file // 0;
	return $size if $piece->{offset} != $size
		|| sha256_hex($data) ne $piece->{sha256}
		|| $forgets && ++$self->{pieces} == 3;
	open my $fh, '>>:raw', $file or die "$file: $!";
	print $fh $data;
	close $fh;
	return -s $file;
}

# ---- the test's side ----

sub uuid
{
	return sprintf '0190a0b0-%04x-7%03x-8%03x-%012x', map { int rand $_ }
		65536, 4096, 4096, 1 << 47;
}

# Queue a task; returns its id.
sub task
{
	my ($self, $type, $step, $payload, %more) = @_;
	my $id = uuid();

	put(sprintf('%s/queue/%04d.json', $self->{dir}, $self->{n}++),
		$json->encode({ id => $id, type => $type, step => $step,
			status => 'in_progress', attempt => 1,
			payload => $payload, leaseToken => "lease-$id",
			leaseSeconds => 60, %more }));
	return $id;
}

# All requests so far whose path matches.
sub requests
{
	my ($self, $match) = @_;
	my $file = "$self->{dir}/journal";
	my $text = -e $file ? slurp($file) : '';

	return grep { $_->{path} =~ $match }
		map { $json->decode($_) } $text =~ /^(.*)\n/mg;
}

# The next request of that kind, each once; undef after $seconds.
sub next_of
{
	my ($self, $match, $seconds) = @_;

	return wait_for($seconds // 20, sub {
		my @all = $self->requests($match);
		my $n = $self->{next}{$match} // 0;
		return undef unless @all > $n;
		$self->{next}{$match} = $n + 1;
		return $all[$n];
	});
}

sub outcome
{
	my ($self, $seconds) = @_;

	return ($self->next_of(qr/complete$/, $seconds) // {})->{body} // {};
}

# Do a task and wait for its outcome.
sub run
{
	my ($self, @task) = @_;

	$self->task(@task);
	return $self->outcome(30);
}

# ---- the agent ----

sub binary
{
	return ($ENV{MPANEL_BUILD} // source_dir() . '/build')
		. '/mpanel-agent';
}

# Start it on $dir/node and wait until it is there.  As root the node belongs to
# nobody, which the agent becomes.  What is in {wrap} goes before its command
# line.
sub agent
{
	my ($self, %set) = @_;

	$self->launch_agent(%set);
	$self->await_agent;
	return $self->{agent};
}

sub launch_agent
{
	my ($self, %set) = @_;
	my $config = "$self->{dir}/agent.conf";
	my @wrap = @{ $self->{wrap} // [] };

	%set = (panel_url => $self->url, token => 'sekrit', poll_seconds => 1,
		host_name => 'node.example.test', %set);
	put($config, join '', map { "$_ = $set{$_}\n" } sort keys %set);
	$self->{http} //= free_port();
	$self->{root} = "$self->{dir}/node";
	unless (-d $self->{root}) {
		mkdir $self->{root};
		chown((getpwnam 'nobody')[2, 3], $self->{root}) if $> == 0;
	}
	$self->{log} = "$self->{dir}/agent.log";
	$self->{agent} = spawn($self->{log}, @wrap, binary(), '--config', $config,
		'--root', $self->{root}, '--http-port', $self->{http}, 'run');
}

sub await_agent
{
	my ($self) = @_;

	wait_for(10, sub { $self->page('nosuch.test')->{status} != 599 })
		or die "no nginx:\n" . slurp($self->{log});
}

sub stop_agent
{
	my ($self, $patience) = @_;

	return stop_process(delete $self->{agent}, $patience);
}

# A page of a site, by Host header; status 599 where nobody answers.
sub page
{
	my ($self, $host, $path) = @_;
	my $got = raw_http($self->{http}, 'GET ' . ($path // '/')
		. " HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n\r\n");
	my ($head, $body) = split /\r\n\r\n/, $got, 2;
	my ($status) = ($head // '') =~ m{^HTTP/1\.1 (\d+)};

	if (($head // '') =~ /^Transfer-Encoding: chunked/mi) {
		my $whole = '';
		while ($body =~ s/^([0-9a-f]+)\r\n//i && hex $1) {
			$whole .= substr $body, 0, hex $1, '';
			$body =~ s/^\r\n//;
		}
		$body = $whole;
	}
	return { status => $status // 599, content => $body // '',
		headers => { map { /^([^:]+): (.*?)\r?$/ ? (lc $1 => $2) : () }
			split /\n/, $head // '' } };
}

1;
