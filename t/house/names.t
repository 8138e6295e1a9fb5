#!/usr/bin/perl
# names.t - every source names itself and its licence, and no machine.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use File::Basename;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my $top = source_dir();

# The NUL-separated names that a program prints.
sub listed
{
	my (@argv) = @_;

	open my $out, '-|', @argv or return;
	my $text = do { local $/; <$out> } // '';
	close $out;
	return split /\0/, $text;
}

# What is under version control; without git (a tarball) what is there.
sub files
{
	my @list = listed('git', '-C', $top, 'ls-files', '-z');

	@list = map { s{^\Q$top\E/}{}r } listed('find',
		map({ "$top/$_" } qw(app db nginx t templates static tools)),
		'-type', 'f', '-print0') unless @list;
	return grep { -f "$top/$_" } @list;
}

# Comment marks by the ending of a name; undef: not our text.
sub head_wanted
{
	my ($path) = @_;

	return undef if $path =~ m{^t/spec/|^static/(?:font|img)/|LICENSE};
	return qr{/\*} if $path =~ /\.(?:c|h|inc|css|js)$/;
	return qr{--} if $path =~ /\.sql$/;
	return qr{#} if $path =~ /\.(?:pm|t|sh|pl|conf|service|m4|types)(?:\.in)?$/
		|| $path =~ m{^(?:start|check|autogen\.sh|\.ci/run|t/run|tools/\w+|t/lib/[\w-]+)$};
	return undef;
}

# What the first lines of a file lack.
sub head_lacks
{
	my ($path, $mark, @lines) = @_;
	(my $name = basename($path)) =~ s/\.in$//;
	my @lacks;

	$name = 'nginx.conf' if $path eq 'nginx/start.conf.in';
	$name = 'mpanel.conf' if $path eq 'nginx/site.conf.in';
	shift @lines if @lines && $lines[0] =~ /^#!/;
	# The first line is `name - what it is`; a stylesheet's says it its way.
	push @lacks, 'its name'
		unless ($lines[0] // '') =~ /^$mark\s*\Q$name\E\b/
		|| $path =~ /\.(?:css|js|sql)$|\.m4$/;
	push @lacks, 'SPDX'
		unless grep { /SPDX-License-Identifier: [\w.-]+/ }
		grep { defined } @lines[0 .. 5];
	return @lacks;
}

my $machine = join '|', map { "/$_/" } 'wor' . 'k', 'far' . 'm', 'tmp/mp';
my ($n, @anonymous, @machines, @asleep) = (0);
for my $path (files()) {
	my $text = slurp("$top/$path");
	next if $text =~ /\0/;
	push @machines, $path if $text =~ m{(?:^|[\s"'`=:(])(?:$machine)};
	push @asleep, $path if $path =~ m{^t/\w+/.*\.t$} && !-x "$top/$path";
	my $mark = head_wanted($path) // next;
	my @lacks = head_lacks($path, $mark, split /\n/, $text);
	push @anonymous, "$path lacks: @lacks" if @lacks;
	$n++;
}
ok($n > 100, "there are files to look at ($n)");
is_deeply(\@anonymous, [], 'every source names itself and its licence')
	or diag(join "\n", @anonymous);
is_deeply(\@machines, [], 'no path of one machine');
is_deeply(\@asleep, [], 'every test script is executable');

# ---- it sees ----
is_deeply([head_lacks('app/a/b.c', qr{/\*}, '/* b.c - x.',
	' * SPDX-License-Identifier: AGPL-3.0-or-later')], [], 'a good head');
is_deeply([head_lacks('app/a/b.c', qr{/\*}, '/* c.c - x.', '#include')],
	['its name', 'SPDX'], 'a planted bad head is found');
done_testing();
