# Judges.pm - judges that we did not write: where they are, and one asked.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# ORACLES_HOME keeps what their setup.sh installs (/var/tmp/mpanel-oracles);
# the first time takes minutes.
package MPanel::Judges;
use strict;
use warnings;
use Exporter 'import';
use MPanel::Test;

our @EXPORT = qw(judge judges_dir);

my ($dir, $scratch);

# (exit status, all that a program said)
sub judge
{
	my ($name, @argv) = @_;

	$scratch //= scratch();
	my $log = "$scratch/$name.log";
	my $pid = spawn($log, @argv);

	waitpid $pid, 0;
	return ($? >> 8, slurp($log));
}

# Their directory, with what they need installed.
sub judges_dir
{
	my $home = $ENV{ORACLES_HOME} // '/var/tmp/mpanel-oracles';

	return $dir if $dir;
	$dir = oracle('.');
	unless (-e "$home/ready") {
		my ($status, $said) = judge('setup', "$dir/setup.sh", $home);
		need($status == 0, 'the judges could not be installed: '
			. substr $said, -400);
		open my $fh, '>', "$home/ready" or die "$home/ready: $!";
	}
	@ENV{qw(ORACLE_NPM ORACLE_NPM2 ORACLE_NPM3)} = ("$home/npm/",
		"$home/npm2/", "$home/npm3");
	return $dir;
}

1;
