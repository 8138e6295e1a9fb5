# Load.pm - floods of a panel, and what its processes hold meanwhile.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $load = MPanel::Load->new($panel);
#	my $file = $load->request(GET => '/api/health');
#	my $got = $load->flood("health:1:$file", rate => 500, seconds => 3);
#
# Requests are files for t/load/flood.c; what it prints comes back as a hash.
package MPanel::Load;
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP ();
use MPanel::Orders;
use MPanel::Test ();

sub new
{
	my ($class, $panel) = @_;

	return bless { panel => $panel, files => 0,
		dir => MPanel::Test::scratch(),
		token => $panel->admin_token }, $class;
}

sub token { return $_[0]{token} }

# A file with one request; options as of MPanel::Instance.
sub request
{
	my ($self, $method, $path, %o) = @_;
	my $body = $o{json} ? JSON::PP->new->canonical->encode($o{json})
		: $o{body};
	my @lines = ("$method $path HTTP/1.1", 'Host: 127.0.0.1');
	my $file = "$self->{dir}/" . ++$self->{files};

	push @lines, "Authorization: Bearer $o{token}" if $o{token};
	push @lines, "Cookie: $o{cookie}", 'Accept-Encoding: gzip'
		if $o{cookie};
	push @lines, 'Content-Type: application/json' if defined $body;
	push @lines, 'Content-Length: ' . length $body if defined $body;
	open my $fh, '>', $file or die "$file: $!";
	print $fh join("\r\n", @lines), "\r\n\r\n", $body // '';
	close $fh;
	return $file;
}

sub list { return $_[0]->request(GET => '/api/admin/orders',
	token => $_[0]{token}) }

sub page { return $_[0]->request(GET => '/orders', cookie => $_[0]->cookie) }

# Another order each time that it is sent.
sub intake
{
	my ($self) = @_;
	my $order = small_order('pi_serial');
	my $body = JSON::PP->new->canonical->encode($order);

	$body =~ s/serial/@{[ '@' x 12 ]}/g;
	return $self->request(POST => INTAKE, body => $body,
		token => $self->{panel}->ready->{intakeToken});
}

# The cookie of somebody who has logged in at the form.
sub cookie
{
	my ($self) = @_;
	my $ready = $self->{panel}->ready;
	my $door = $self->{panel}->get('/login');
	my %given = map { /^([^=;]+)=([^;]*)/ } map { ref $_ ? @$_ : $_ // () }
		$door->{headers}{'set-cookie'};
	my ($csrf) = $door->{content} =~ /name="csrf" value="([^"]*)"/;
	my $r = HTTP::Tiny->new(max_redirect => 0)->post_form(
		$self->{panel}->url . '/login', {
			email => $ready->{adminEmail},
			password => $ready->{adminPassword},
			csrf => $csrf // '' },
		{ headers => { cookie => join '; ',
			map { "$_=$given{$_}" } sort keys %given } });
	my $set = $r->{headers}{'set-cookie'};
	my ($cookie) = map { /(mp_session=[^;]+)/ } ref $set ? @$set : $set;

	return $cookie;
}

# Kinds are NAME:WEIGHT:FILE; options are flood's.
sub start
{
	my ($self, $kinds, %o) = @_;
	my @pin = $self->{cpu} ? ('taskset', '-c', $self->{cpu}) : ();

	$o{seed} //= 1 + int rand 60_000;
	open my $out, '-|', @pin, "$ENV{MPANEL_BUILD}/t/load/flood",
		'--port', $self->{panel}{port},
		(map { ("--$_", $o{$_}) } sort keys %o), @$kinds
		or die "flood: $!";
	return $out;
}

sub finish
{
	my ($self, $out) = @_;
	my $text = do { local $/; <$out> };

	close $out or die "flood: exit $?\n";
	return JSON::PP::decode_json($text);
}

sub flood
{
	my ($self, $kinds, %o) = @_;

	return $self->finish($self->start(ref $kinds ? $kinds : [$kinds], %o));
}

# ---- the panel's processes ----

sub children
{
	my ($parent) = @_;

	open my $fh, '<', "/proc/$parent/task/$parent/children" or return;
	return split ' ', <$fh> // '';
}

# nginx's and the master's, without themselves.
sub workers
{
	my ($self, $part) = @_;

	return children($self->{panel}->ready->{pids}{$part});
}

# The panel on the first processor and the clients on the others, so that a
# flood takes nothing from those it asks.  False where there is only one.
sub part_ways
{
	my ($self) = @_;
	my $n = () = MPanel::Test::slurp('/proc/cpuinfo') =~ /^processor\s/mg;
	my $pids = $self->{panel}->ready->{pids};

	return 0 if $n < 2;
	for (grep { $_ } values %$pids) {
		system "taskset -acp 0 $_ >/dev/null" for $_, children($_);
	}
	$self->{cpu} = '1-' . ($n - 1);
	return 1;
}

# Of one process, in KiB: what it holds alone, shared pages by share.
sub pss
{
	my ($pid) = @_;
	my $text = eval { MPanel::Test::slurp("/proc/$pid/smaps_rollup") } // '';

	return $text =~ /^Pss:\s+(\d+)/m ? $1 : 0;
}

sub descriptors
{
	my ($pid) = @_;
	my @open = glob "/proc/$pid/fd/*";

	return scalar @open;
}

1;
