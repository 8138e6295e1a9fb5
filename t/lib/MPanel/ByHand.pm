# ByHand.pm - rows changed behind the panel's back, for what takes days to happen.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	by_hand($panel, "UPDATE outbox SET status = 'dead' WHERE id = '$id'");
#
# In one transaction, past row-level security, while the panel runs.
package MPanel::ByHand;
use strict;
use warnings;
use Exporter 'import';
use MPanel::Test;

our @EXPORT = qw(by_hand);

sub by_hand
{
	my ($panel, @sql) = @_;
	my ($url) = slurp($panel->ready->{config}) =~ /^database = (.*)$/m;
	my @argv = $url =~ /^sqlite:(.*)/
		? ("$ENV{MPANEL_BUILD}/t/bench/lite", $1)
		: (qw(psql -qX -v ON_ERROR_STOP=1),
			$url =~ s/user=\w+/user=postgres/r);

	# whoever else writes has to wait, and no checkpoint is begun here
	unshift @sql, 'PRAGMA wal_autocheckpoint = 0',
		'PRAGMA busy_timeout = 10000' if $argv[0] =~ /lite$/;
	open my $in, '|-', @argv or die "$argv[0]: $!";
	print $in map { "$_;\n" } @sql;
	close $in or die "$argv[0]: failed";
	return;
}

1;
