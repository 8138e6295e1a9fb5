# Fcgi.pm - a FastCGI responder that tells what it was asked, for edge tests.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $pid = MPanel::Fcgi::serve('/tmp/x/ui.sock', 'ui');
#
# Answers every request with JSON {"pool":NAME,"params":{...},"body":"..."};
# a request header `X-Answer` is sent back as answer headers, CRLF for "|".
package MPanel::Fcgi;
use strict;
use warnings;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX ();

sub serve
{
	my ($path, $name) = @_;
	my $listen = IO::Socket::UNIX->new(Local => $path, Listen => 64)
		or die "$path: $!";
	chmod 0666, $path;
	my $pid = fork // die "fork: $!";

	return $pid if $pid;
	while (my $s = $listen->accept) {
		answer($s, $name);
		close $s;
	}
	POSIX::_exit(0);
}

# A record is version, type, id, content length, padding length, reserved.
sub record
{
	my ($s) = @_;

	read($s, my $head, 8) == 8 or return;
	my (undef, $type, undef, $len, $pad) = unpack 'CCnnC', $head;
	my $content = '';
	read($s, $content, $len) == $len or return if $len;
	read $s, my $padding, $pad if $pad;
	return ($type, $content);
}

sub length_at
{
	my ($bytes, $at) = @_;
	my $n = unpack 'C', substr $$bytes, $$at, 1;

	if ($n & 0x80) {
		$n = unpack('N', substr $$bytes, $$at, 4) & 0x7fffffff;
		$$at += 3;
	}
	$$at++;
	return $n;
}

sub pairs
{
	my ($bytes) = @_;
	my ($at, @pairs) = (0);

	while ($at < length $bytes) {
		my $n = length_at(\$bytes, \$at);
		my $v = length_at(\$bytes, \$at);
		push @pairs, substr($bytes, $at, $n),
			substr($bytes, $at + $n, $v);
		$at += $n + $v;
	}
	return @pairs;
}

sub answer
{
	my ($s, $name) = @_;
	my ($params, $body) = ('', '');

	while (my ($type, $content) = record($s)) {
		$params .= $content if $type == 4;
		$body .= $content if $type == 5;
		last if $type == 5 && $content eq '';
	}
	my %params = pairs($params);
	my $headers = $params{HTTP_X_ANSWER} // 'Content-Type: application/json';
	$headers =~ s/\|/\r\n/g;
	my $out = "$headers\r\n\r\n" . JSON::PP->new->canonical->encode({
		pool => $name, params => \%params, body => $body });
	print $s pack('CCnnCC', 1, 6, 1, length $out, 0, 0), $out,
		pack('CCnnCC', 1, 3, 1, 8, 0, 0), "\0" x 8;
}

1;
