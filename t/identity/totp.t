#!/usr/bin/perl
# totp.t - our codes are those of RFC 6238, and of others' programs.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my $judge = oracle('auth/totp.sh');
my $cmd = ($ENV{MPANEL_BUILD} // source_dir() . '/build') .
	'/t/identity/totp_cmd';

for my $tool (qw(oathtool jq)) {
	need(scalar(grep { -x "$_/$tool" } split /:/, $ENV{PATH}),
		"$tool is missing");
}

sub judged
{
	my (@argv) = @_;

	open my $out, '-|', $judge, @argv or die "$judge: $!";
	my @said = <$out>;
	close $out;
	return ($? >> 8, $said[-1] // '', join '', @said);
}

my ($status, $total, $said) = judged($cmd);
is($status, 0, "RFC 6238, RFC 4226 and 300 random ones: $total")
	or diag($said);
like($total, qr/pass=32\d fail=0/, 'they were all asked');

# A judge that passes everything is none.
my $wrong = scratch() . '/wrong';
open my $fh, '>', $wrong or die $!;
print $fh "#!/bin/sh\n$cmd \"\$@\" | tr 1 2\n";
close $fh;
chmod 0755, $wrong;
($status) = judged($wrong);
isnt($status, 0, 'a program with other codes is found out');
done_testing();
