# Preload.pm - an installed tree whose programs run in an environment of ours,
# behind a library.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	local $ENV{MPANEL_INST} = preloaded('t/fault/short.so', %environment);
#	my $panel = start_instance(db => $db);
package MPanel::Preload;
use strict;
use warnings;
use Exporter 'import';
use File::Copy ();
use MPanel::Test;

our @EXPORT = qw(is_compiled preloaded put_file wrapped);

sub compiled
{
	my ($lib) = @_;

	return ($ENV{MPANEL_BUILD} // source_dir() . '/build') . "/$lib";
}

sub is_compiled { return -e compiled($_[0]) }

sub put_file
{
	my ($file, $mode, $text) = @_;

	open my $fh, '>', $file or die "$file: $!";
	print $fh $text;
	close $fh or die "$file: $!";
	chmod $mode, $file;
}

# The programs of an installed tree, in an environment of their own.
sub wrapped
{
	my ($real, %environment) = @_;
	my $inst = scratch();
	my $set = join ' ', map { "$_='$environment{$_}'" }
		sort keys %environment;

	mkdir "$inst/bin" or die "$inst/bin: $!";
	symlink "$real/share", "$inst/share";
	put_file("$inst/bin/$_", 0755, <<"SH") for qw(mpanel mpanel-agent);
#!/bin/sh
export $set
exec '$real/bin/$_' "\$@"
SH
	return $inst;
}

sub preloaded
{
	my ($lib, %environment) = @_;
	my $copy = scratch() . '/lib.so';

	File::Copy::copy(compiled($lib), $copy) or die "$lib: $!";
	chmod 0755, $copy;
	return wrapped($ENV{MPANEL_INST}, %environment, LD_PRELOAD => $copy);
}

1;
