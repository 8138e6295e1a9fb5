#!/usr/bin/perl
# symbols.t - the executor's code can't reach the network or a shell.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my $build = $ENV{MPANEL_BUILD} // source_dir() . '/build';

# Undefined symbols of an archive or program.
sub imports
{
	my (@argv) = @_;

	open my $nm, '-|', 'nm', @argv or die "nm: $!";
	my %names = map { /\bU (\w+)/ ? ($1 => 1) : () } <$nm>;
	close $nm;
	return \%names;
}

my $executor = imports("$build/libagent.a");
ok(keys %$executor > 50, 'the executor\'s library has imports');
is_deeply([grep { /^(?:connect|bind|listen|accept|socket|getaddrinfo|sendto)$/
	|| /^(?:curl_|http_|res_)/ } keys %$executor], [],
	'none of them opens a connection');
is_deeply([grep { /^(?:system|popen|wordexp|exec[lv]p\w*|posix_spawnp)$/ }
	keys %$executor], [], 'or searches for a program');
ok($executor->{posix_spawn}, 'it does spawn');
ok($executor->{$_}, "and uses $_") for qw(signalfd socketpair);
my $whole = imports('-D', '--undefined-only', "$build/mpanel-agent");
is_deeply([grep { /^(?:system|popen|wordexp|exec[lv]p\w*|posix_spawnp)$/ }
	keys %$whole], [], 'nor does the whole program');
done_testing();
