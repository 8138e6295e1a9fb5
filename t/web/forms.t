#!/usr/bin/perl
# forms.t - forms are read as a judge that we did not write reads them.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my $judge = oracle('corpora/run.mjs');
my $cmd = ($ENV{MPANEL_BUILD} // source_dir() . '/build')
	. '/t/web/form_cmd';
need(system('command -v node >/dev/null') == 0, 'no node here');

for my $suite (qw(urlencoded multipart)) {
	my $log = scratch() . "/$suite";
	my $pid = spawn($log, 'node', $judge, $suite, '--', $cmd);

	waitpid $pid, 0;
	my $status = $?;
	my $said = slurp($log);
	is($status, 0, "every $suite form of the corpus is read so")
		or diag($said);
	like($said, qr/^TOTAL $suite pass=(?:1[4-9]|2\d) /m,
		"$suite: there were cases");
}

done_testing();
