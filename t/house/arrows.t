#!/usr/bin/perl
# arrows.t - who includes whom: the floor plan of the house, kept.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# base <- store <- resource <- rooms; base <- store <- web; base <- template <-
# web and rooms; face sees web and resource; a room sees the rooms to its left,
# and only its *_pages and *_api files see web and face; the agent's privileged
# side (libagent.a) sees base alone, the rest of the agent may speak to the
# outside.
use strict;
use warnings;
use File::Find;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my @rooms = qw(jobs tenancy mail identity catalog billing provisioning hosting
	domains orders announce portal knowledge support marketing insight platform);
my %place = map { $rooms[$_] => $_ } 0 .. $#rooms;

# What the halls see beside themselves.
my %sees = (
	base => [],
	store => [qw(base)],
	resource => [qw(base store)],
	template => [qw(base)],
	web => [qw(base store template)],
	face => [qw(base resource template web)],
	outside => [qw(base)],
	agent => [qw(base outside)],
);
# Libraries that have one door.
my @doors = (
	[qr/^sqlite3\.h$/, 'store'], [qr/^libpq/, 'store'],
	[qr/^fcgi/, 'web'], [qr/^curl\//, 'outside'],
	[qr/^liboath\//, 'identity'], [qr/^qrencode/, 'identity'],
	[qr/^(?:pango|cairo)/, 'billing'], [qr/^gmime\//, 'mail'],
	[qr/^cmark/, 'base'],
);

# The privileged side of the agent: what libagent.a is made of.
my ($privileged) = slurp(source_dir() . '/app/agent/local.mk')
	=~ /^libagent_a_SOURCES = (.*?[^\\])$/ms or die 'no libagent.a';
my %privileged = map { $_ => 1 } $privileged =~ m{app/(agent/\w+\.[ch])}g;

# Why `file` (below app/) may not include `what`; undef when it may.
sub wrong
{
	my ($file, $what) = @_;
	my ($from, $name) = $file =~ m{^(\w+)/(.+)$} or return 'no room';
	my $speaks_web = $name =~ /_(?:pages|api)\.[ch]$/;

	for my $door (@doors) {
		return "only $door->[1]/ opens this library"
			if $what =~ $door->[0] && $from ne $door->[1];
	}
	my ($to, $header) = $what =~ m{^(\w+)/(.+)$};
	return undef unless defined $to
		&& ($sees{$to} || defined $place{$to} || $to eq 'main');
	return undef if $from eq 'main';
	return 'its own room is no exception: only *_pages and *_api see those'
		if $header =~ /_(?:pages|api)\.h$/ && !$speaks_web;
	return 'the executor sees base and its own side alone'
		if $privileged{$file} && $to ne 'base' && !$privileged{$what};
	return undef if $to eq $from;
	if (my $seen = $sees{$from}) {
		return undef if grep { $_ eq $to } @$seen;
		return "$from/ sees only: " . join ' ', @$seen;
	}
	return "a room that the plan does not have: $from"
		unless defined $place{$from};
	return undef if $to =~ /^(?:base|store|resource|template|outside)$/;
	return $speaks_web ? undef : 'only *_pages and *_api see the web'
		if $to =~ /^(?:web|face)$/;
	return undef if defined $place{$to} && $place{$to} < $place{$from};
	return "$to/ is not to the left of $from/";
}

# [file, line, header, why] of every wrong arrow below $top/app.
sub wrong_arrows
{
	my ($top) = @_;
	my ($seen, @wrong) = (0);

	find({ no_chdir => 1, wanted => sub {
		return unless /\.(?:c|h|inc)$/;
		(my $file = $_) =~ s{^\Q$top\E/app/}{};
		open my $fh, '<', $_ or die "$_: $!";
		while (my $line = <$fh>) {
			$line =~ /^\s*#\s*include\s*[<"]([^>"]+)/ or next;
			my ($what, $why) = ($1);
			$seen++;
			$why = wrong($file, $what) // next;
			push @wrong, "$file:$.: $what: $why";
		}
	} }, "$top/app");
	return ($seen, @wrong);
}

my ($seen, @wrong) = wrong_arrows(source_dir());
ok($seen > 100, "there are arrows to look at ($seen)");
is_deeply(\@wrong, [], 'every include follows the floor plan')
	or diag(join "\n", @wrong);

# ---- it sees: one planted arrow of each kind, and the rightful ones ----
my @cases = (
	['base/x.c', 'base/text.h', 1], ['base/x.c', 'store/store.h', 0],
	['store/x.c', 'base/text.h', 1], ['store/x.c', 'web/web.h', 0],
	['store/x.c', 'sqlite3.h', 1], ['web/x.c', 'sqlite3.h', 0],
	['main/x.c', 'libpq-fe.h', 0], ['store/pg.c', 'libpq-fe.h', 1],
	['web/x.c', 'fcgiapp.h', 1], ['main/x.c', 'fcgiapp.h', 0],
	['outside/x.c', 'curl/curl.h', 1], ['orders/x.c', 'curl/curl.h', 0],
	['resource/x.c', 'web/web.h', 0], ['web/x.c', 'resource/resource.h', 0],
	['web/x.c', 'identity/session.h', 0],
	['template/x.c', 'base/text.h', 1], ['template/x.c', 'web/web.h', 0],
	['web/x.c', 'template/view.h', 1], ['store/x.c', 'template/view.h', 0],
	['orders/order.c', 'template/template.h', 1],
	['face/x.c', 'web/web.h', 1], ['face/x.c', 'store/store.h', 0],
	['outside/x.c', 'store/store.h', 0],
	['orders/order.c', 'billing/invoice.h', 1],
	['billing/invoice.c', 'orders/order.h', 0],
	['orders/order.c', 'web/web.h', 0],
	['orders/order_api.c', 'web/web.h', 1],
	['orders/order_pages.c', 'face/list.h', 1],
	['orders/order_pages.c', 'support/ticket.h', 0],
	['orders/order.c', 'orders/order_api.h', 0],
	['agent/puller.c', 'outside/http.h', 1],
	['agent/executor.c', 'outside/http.h', 0],
	['agent/executor.c', 'base/text.h', 1],
	['agent/executor.c', 'agent/frame.h', 1],
	['agent/executor.c', 'agent/puller.h', 0],
	['agent/puller.c', 'agent/executor.h', 1],
	['agent/puller.c', 'store/store.h', 0],
	['orders/order.c', 'main/main.h', 0],
	['main/serve.c', 'orders/order_api.h', 1],
	['attic/x.c', 'base/text.h', 0],
);
for my $i (0 .. $#cases) {
	my ($file, $what, $good) = @{ $cases[$i] };
	is(!defined wrong($file, $what), !!$good,
		"case $i: $file " . ($good ? 'sees' : 'does not see') . " $what");
}
my $planted = scratch();
mkdir "$planted/app";
mkdir "$planted/app/base";
open my $fh, '>', "$planted/app/base/bad.c" or die;
print $fh "#include \"config.h\"\n#include \"web/web.h\"\n";
close $fh;
(undef, @wrong) = wrong_arrows($planted);
is(scalar @wrong, 1, 'a wrong arrow in a file is found');
like($wrong[0], qr{^base/bad\.c:2: web/web\.h: }, 'with its place');
done_testing();
