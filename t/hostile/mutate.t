#!/usr/bin/perl
# mutate.t - thousands of spoiled requests through nginx to a whole panel.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Whatever is asked: each answer is well-formed HTTP with a request id, errors
# under /api are problem+json, a 5xx is 503 with Retry-After or a 501 that says
# what is not built, no worker dies, and the books are right afterwards.
# MPANEL_MUTANTS=100000 makes it long (make hostile); MPANEL_SEED repeats it.
use strict;
use warnings;
use FindBin;
use IO::Socket::INET;
use JSON::PP ();
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use Answer;
use MPanel::Orders;
use MPanel::Test;
use Mutant;
use Test::More;
use Victim;
use Time::HiRes qw(time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $total = $ENV{MPANEL_MUTANTS} // 1500;
my $clients = 6;
my $patience = 20;	# seconds, for the next piece of an answer
my $seed = int($ENV{MPANEL_SEED} // time);
diag("MPANEL_SEED=$seed, $total requests");

my $json = JSON::PP->new->utf8;

# ---- what an answer must be ----

# nginx itself says 501 to codings that it does not know (RFC 9112 section
# 6.1) and 505 to other versions (RFC 9110 section 15.6.6).
sub wrong_status
{
	my ($a, $r) = @_;
	my $status = $a->{status};

	return '' if $status < 500;
	return (Answer::values_of($a, 'retry-after'))[0] ? ''
		: '503 without Retry-After' if $status == 503;
	return '' if $status == 501 && ($a->{body} =~ /"notImplemented":true/
		|| $r->{bytes} =~ /^Transfer-Encoding:/mi
		|| $r->{method} eq 'HEAD');
	return '' if $status == 505 && $r->{bytes} !~ m{\A\S+ .* HTTP/1\.\d\r\n};
	return "answers $status";
}

sub wrong_body
{
	my ($a, $r) = @_;
	my ($type) = Answer::values_of($a, 'content-type');
	my ($id) = Answer::values_of($a, 'x-request-id');

	return '' if $r->{method} eq 'HEAD' || $a->{status} == 304;
	return length $a->{body} ? 'a body without a type' : ''
		unless defined $type;
	# Of an answer that it was about to give, nginx makes a bare page when
	# the chunks of the request turn out to be none.
	return '' if $r->{bad_chunks} && $a->{body} =~ m{\A<html>.*</html>}s;
	return 'half a page' if $type =~ m{^text/html}
		&& $a->{body} !~ m{\A<!DOCTYPE html>.*</html>\s*\z}is;
	return '' unless $type =~ /json/;
	# one object a line
	return join '', map { eval { $json->decode($_); 1 } ? ''
		: "no JSON line: $_" } split /\n/, $a->{body}
		if $type =~ /jsonl/;
	my $value = eval { $json->decode($a->{body}) };
	return "no JSON: $a->{body}" unless defined $value;
	return '' unless $type =~ /problem/;
	return "status $value->{status} in the problem"
		if $value->{status} != $a->{status};
	return 'another request id in the problem'
		if $value->{requestId} ne $id;
	return '';
}

sub wrong_headers
{
	my ($a, $r) = @_;
	my $status = $a->{status};
	my @id = Answer::values_of($a, 'x-request-id');
	my ($type) = Answer::values_of($a, 'content-type');

	return "request ids: @id" unless @id == 1 && $id[0] =~ /\A[0-9a-f]{32}\z/;
	for my $name (qw(content-type x-content-type-options
		content-security-policy location retry-after date)) {
		return "two of $name" if Answer::values_of($a, $name) > 1;
	}
	return 'no nosniff' unless Answer::values_of($a, 'x-content-type-options');
	return '405 without Allow'
		if $status == 405 && !Answer::values_of($a, 'allow');
	return '401 without WWW-Authenticate'
		if $status == 401 && !Answer::values_of($a, 'www-authenticate');
	return '429 without Retry-After'
		if $status == 429 && !Answer::values_of($a, 'retry-after');
	for my $to (Answer::values_of($a, 'location')) {
		return "leads to $to" unless $to =~ m{\A/(?!/)};
	}
	return "an error as $type"
		if $r->{api} && !$r->{bad_chunks} && $status >= 400
		&& ($type // '') !~ m{^application/(?:problem\+)?json}
		&& $r->{method} ne 'HEAD';
	return '';
}

sub judge
{
	my ($a, $r) = @_;

	return $a->{wrong} || wrong_status($a, $r) || wrong_headers($a, $r)
		|| wrong_body($a, $r);
}

# ---- one client ----

my ($socket, $stream);

sub connect_to
{
	my ($panel) = @_;

	$socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $panel->{port}, Timeout => $patience)
		or return;
	$socket->autoflush(1);
	$stream = Answer->new($socket);
}

sub hang_up
{
	close $socket if $socket;
	$socket = undef;
}

# What is there may be sent in part: the other side may have had enough.
sub send_all
{
	my ($bytes) = @_;
	my $at = 0;

	local $SIG{PIPE} = 'IGNORE';
	while ($at < length $bytes) {
		my $n = syswrite $socket, $bytes, 65536, $at;
		return unless $n;
		$at += $n;
	}
}

# Asks and returns (what is wrong or '', the statuses that came).
sub ask
{
	my ($panel, $r) = @_;
	my $wanted = 1 + (() = $r->{bytes} =~ /\r\n\r\n[A-Z]+ \//g);
	my ($closes, @statuses);

	hang_up() if $r->{framing};
	$socket || connect_to($panel) || return ('no connection');
	send_all($r->{bytes});
	shutdown $socket, 1 if $r->{half};
	while (@statuses < $wanted) {
		my $a = $stream->next($r->{method},
			$r->{framing} && !$r->{half} ? 1 : $patience);
		if (!$a && $r->{framing}) {
			last if $r->{half} || $stream->{eof};
			# It waits for the rest of what it takes for a request.
			shutdown $socket, 1;
			$a = $stream->next($r->{method}, $patience) || last;
		}
		return ('no answer') unless $a;
		push @statuses, $a->{status};
		my $wrong = judge($a, $r);
		$r->{api} = 0;	# what follows is no answer to its first line
		return ($wrong, @statuses) if $wrong;
		last if $closes = $a->{closes};
	}
	return ('bytes behind the answer', @statuses)
		if !$r->{framing} && length $stream->{got};
	hang_up() if $r->{framing} || $closes;
	return ('', @statuses);
}

# $n requests of one client; what was wrong, and how often each status came.
sub client
{
	my ($panel, $mutant, $n, $number) = @_;
	my (%statuses, @wrong);

	srand($seed + $number);
	for my $i (1 .. $n) {
		my $r = $mutant->request;
		# HTTP/0.9 has neither a status nor headers to judge.
		next if $r->{bytes} =~ /\A\S+ \S+ ?(?:HTTP\/0.9)?\r\n/;
		my ($wrong, @got) = ask($panel, $r);
		$statuses{$_}++ for @got ? @got : 'none';
		next if $wrong eq '';
		hang_up();
		push @wrong, "$wrong\n    after: $r->{trail}\n    "
			. substr($r->{bytes}, 0, 400)
				=~ s/([^\x20-\x7e])/sprintf '\\x%02x', ord $1/ger
			if @wrong < 3;
		$statuses{wrong}++;
	}
	hang_up();
	return { statuses => \%statuses, wrong => \@wrong };
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => 2,
		set => { stripe_webhook_secrets => 'whsec_mutants' });
	make_victim($panel);
	my (undef, $routes) = $panel->run(qw(routes --json));
	my %who = ($panel->sign_in, admin => $panel->admin_token,
		intake => $panel->ready->{intakeToken},
		worker => $panel->ready->{workerToken});
	ok($who{csrf}, "$db: signed in");
	my ($static) = $panel->get('/login')->{content}
		=~ m{(/static/[^/]+/css/[^"]+)};
	my $mutant = Mutant->new(who => \%who, bodies => bodies(),
		# Who logs out is of no more use here.
		routes => [grep { $_->{path} !~ m{/logout$|/sessions/:id} }
			@{ $json->decode($routes) }],
		ids => ids_of($panel), static => $static,
		missing => '019f0000-0000-7000-8000-000000000000',
		host => "127.0.0.1:$panel->{port}");

	my $begun = time;
	my @got = at_once($clients, sub {
		client($panel, $mutant, int($total / $clients), $_[0]);
	}, 1 .. $clients);
	my %statuses;
	for my $got (@got) {
		$statuses{$_} += $got->{statuses}{$_}
			for keys %{ $got->{statuses} };
	}
	diag(sprintf '%s: %d requests in %.1f s: %s', $db, $total,
		time - $begun, join ', ', map { "$statuses{$_} x $_" }
		sort keys %statuses);
	is(delete($statuses{wrong}) // 0, 0, 'every answer is well-formed')
		or diag(join "\n", map { @{ $_->{wrong} } } @got);
	cmp_ok($statuses{$_} // 0, '>', 0, "some are answered $_")
		for 200, 400, 404;

	my @ends = grep { /"event":"worker_(?!started)/ }
		split /\n/, slurp($panel->state_dir . '/log/master.log');
	is(scalar @ends, 0, 'no worker died') or diag(join "\n", @ends[0 .. 3]);
	is($panel->get('/api/health')->{status}, 200, 'the panel is healthy');
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
