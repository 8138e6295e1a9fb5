#!/usr/bin/perl
# pools.t - nginx sends every route to the pool that serves it.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use MPanel::Test;
use Test::More;

my $build = $ENV{MPANEL_BUILD} // source_dir() . '/build';

# The rows of http.conf's map, tried in order as nginx does.
my ($map) = slurp(source_dir() . '/nginx/http.conf')
	=~ /map "\$request_method \$uri" \$mp_pool \{(.*?)\n\}/s or die 'no map';
my @rows = map {
	/^\s*"(~?)(.*?)" mpanel_(\w+);/
		? [$1 ? qr{$2} : qr{^\Q$2\E$}, $3] : ()
} split /\n/, $map;
ok(@rows > 3, 'http.conf has a map');

sub pool_of
{
	my ($request) = @_;

	for my $row (@rows) {
		return $row->[1] if $request =~ $row->[0];
	}
	return 'ui';
}

open my $out, '-|', "$build/mpanel", 'routes', '--json' or die "mpanel: $!";
my $routes = decode_json(do { local $/; <$out> });
close $out;
ok(@$routes > 20, 'there are routes (' . @$routes . ')');
my @wrong;
for my $route (@$routes) {
	(my $path = $route->{path}) =~ s{:\w+|\*}{x}g;
	my $request = "$route->{method} $path";
	push @wrong, "$request: $route->{pool}, nginx says "
		. pool_of($request)
		unless pool_of($request) eq $route->{pool};
}
is_deeply(\@wrong, [], 'nginx and the route table agree about all of them')
	or diag(join "\n", @wrong);

# Hashing takes 60 ms of a core: wherever a password is sent to, it is the
# door.
my @hashing = grep { $_->{method} eq 'POST' && $_->{path} =~
	m{(?:/login|/(?:change-|reset-)?password|factors/disable|2fa/disable)$} }
	@$routes;
cmp_ok(scalar @hashing, '>=', 8, 'passwords are sent to several routes');
is_deeply([map { $_->{path} } grep { $_->{pool} ne 'door' } @hashing], [],
	'all of them are served at the door');
done_testing();
