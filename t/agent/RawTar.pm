# RawTar.pm - archives as no honest program writes them, byte by byte.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $gz = RawTar::archive(
#		{ name => 'www/', type => 5 },
#		{ name => 'www/x', data => 'x' });	# and its manifest
#	my $gz = RawTar::archive({ name => 'www/x', data => 'x',
#		manifest => 0 });			# not listed there
package RawTar;
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use IO::Compress::Gzip ();

# POSIX.1-1988 ustar, as GNU tar understands it.
sub entry
{
	my (%e) = @_;
	my $data = $e{data} // '';
	my $size = $e{size} // length $data;
	my $head = pack 'a100 a8 a8 a8 a12 a12 a8 a1 a100 a6 a2 a32 a32 a8 a8 a155 a12',
		$e{name}, sprintf('%07o', $e{mode} // 0644), '0000000', '0000000',
		sprintf('%011o', $size), sprintf('%011o', $e{mtime} // 1700000000),
		' ' x 8, $e{type} // 0, $e{link} // '', "ustar\0", '00', '', '',
		sprintf('%07o', $e{major} // 0), sprintf('%07o', $e{minor} // 0),
		'', '';

	substr $head, 148, 8, sprintf("%06o\0 ", unpack '%32C*', $head);
	return $head . $data . "\0" x (-length($data) % 512);
}

sub manifest
{
	return join '', map { sha256_hex($_->{data} // '') . "  $_->{name}\n" }
		grep { !($_->{type} // 0) && ($_->{manifest} // 1) } @_;
}

sub pack_up
{
	my ($tar) = @_;

	IO::Compress::Gzip::gzip(\$tar, \my $gz) or die;
	return $gz;
}

# The entries, then their manifest, in gzip.
sub archive
{
	my (@entries) = @_;

	return pack_up(join('', map({ entry(%$_) } @entries,
		{ name => 'MANIFEST.sha256', data => manifest(@entries) }))
		. "\0" x 1024);
}

1;
