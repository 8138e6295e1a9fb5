# History.pm - the newest program of an older schema, from git, built.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Of those whose migrations are today's, to the byte: one that was changed
# after its commit was never published (t/house/migrations.t), and nobody
# upgrades from it.
#
#	my ($commit, $why) = older_commit();
#	my $build = older_build($commit);
#
# It is built once, below the build directory, and quickly: it is no subject of
# measurements.
package MPanel::History;
use strict;
use warnings;
use Exporter 'import';
use File::Path ();
use MPanel::Test;

our @EXPORT = qw(older_build older_commit);

# Where the number is, and where it was.
my @headers = qw(app/store/schema_version.h app/store/store.h);

sub schema_in { return (($_[0] // '') =~ /^#define DB_SCHEMA_VERSION (\d+)/m)[0] // 0 }

sub schema_at
{
	my ($commit) = @_;

	for my $header (@headers) {
		my $schema = schema_in(git('show', "$commit:$header"));
		return $schema if $schema;
	}
	return 0;
}

# What it says; undef when it fails.
sub git
{
	my (@args) = @_;
	my $src = source_dir();

	# The tree may be another user's.
	open my $out, '-|', qw(sh -c), 'exec git "$@" 2>/dev/null', 'sh',
		'-c', "safe.directory=$src", '-C', $src, @args or return undef;
	my $text = do { local $/; <$out> } // '';
	return close $out ? $text : undef;
}

# Are the migrations up to $schema the same in $commit and in this tree?
sub has_our_steps
{
	my ($commit, $schema) = @_;
	my $src = source_dir();
	my @steps = grep { m{/(\d+)_[^/]*$} && $1 <= $schema }
		glob "$src/db/*.sql";

	return (git('diff', '--stat', $commit, '--', @steps) // 'unknown') eq '';
}

# The last commit before the schema was raised; (undef, why there is none).
sub older_commit
{
	my $today = schema_in(slurp(source_dir() . "/$headers[0]"));

	return (undef, 'no git, or no history: this tree is no clone')
		unless git(qw(rev-parse HEAD));
	my @raises = split /\n/, git('log', '--format=%H',
		'-GDB_SCHEMA_VERSION [0-9]', '--', @headers) // '';
	for my $commit ('HEAD', map { "$_^" } @raises) {
		my $schema = schema_at($commit);
		next if $schema == 0 || $schema >= $today
			|| !has_our_steps($commit, $schema);
		chomp(my $name = git(qw(rev-parse --short=12), $commit));
		return $name;
	}
	return (undef, "the history has no schema before $today: "
		. 'this clone is shallow');
}

sub run
{
	my ($log, @argv) = @_;
	my $pid = spawn($log, @argv);

	waitpid $pid, 0;
	die "@argv: exit $?\n" . substr slurp($log), -2000 if $?;
}

sub unpack_commit
{
	my ($commit, $dir) = @_;

	File::Path::make_path($dir);
	open my $tar, '|-', 'tar', '-x', '-C', $dir or die "tar: $!";
	print $tar git('archive', $commit) // die "git archive $commit\n";
	close $tar or die "git archive $commit: $?";
}

# The directory to `make install` from.
sub older_build
{
	my ($commit) = @_;
	my $at = "$ENV{MPANEL_BUILD}/older";
	my $dir = "$at/$commit";
	my $cc = (grep { -x "$_/ccache" } split /:/, $ENV{PATH})
		? 'ccache gcc' : 'gcc';

	return "$dir/build" if -e "$dir/made";
	File::Path::remove_tree($at);
	unpack_commit($commit, $dir);
	run("$at/log", "$dir/tools/build", "$dir/build", '--prefix=/usr',
		'--sysconfdir=/etc', 'CFLAGS=-O1', "CC=$cc", '--', 'all');
	open my $made, '>', "$dir/made" or die "$dir/made: $!";
	return "$dir/build";
}

1;
