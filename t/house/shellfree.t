#!/usr/bin/perl
# shellfree.t - no shell and no PATH look-up, in source or in the binaries.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use File::Find;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my @calls = qw(system popen wordexp execlp execvp execvpe posix_spawnp);
my $calls = join '|', @calls;
my $build = $ENV{MPANEL_BUILD} // source_dir() . '/build';

# What is wrong with a C text, line by line.
sub shells
{
	my ($text) = @_;
	my ($n, @found) = (0);

	# Comments may speak of what the code must not do.
	$text =~ s{/\*.*?\*/}{ $& =~ s/[^\n]//gr }gse;
	$text =~ s{//[^\n]*}{}g;
	for my $line (split /\n/, $text) {
		$n++;
		push @found, "$n: $1" if $line =~ /\b($calls)\s*\(/;
		push @found, "$n: $1"
			if $line =~ m{("(?:/bin/(?:ba|da)?sh|(?:ba|da)?sh)")};
	}
	return @found;
}

# Which of the calls a program may make, by its dynamic symbols.
sub symbols
{
	my ($binary) = @_;

	open my $nm, '-|', 'nm', '-D', '--undefined-only', $binary
		or die "nm: $!";
	my %undefined = map { /\bU (\w+)/ ? ($1 => 1) : () } <$nm>;
	close $nm or die "nm $binary";
	return (scalar keys %undefined, grep { $undefined{$_} } @calls);
}

my ($files, @found) = (0);
find({ no_chdir => 1, wanted => sub {
	return unless /\.(?:c|h|inc)$/;
	$files++;
	my $file = $_;
	push @found, map { "$file:$_" } shells(slurp($file));
} }, source_dir() . '/app');
ok($files > 50, "there are sources to look at ($files)");
is_deeply(\@found, [], 'no source runs a shell or searches PATH');

for my $program (qw(mpanel mpanel-agent)) {
	ok(-x "$build/$program", "$program is built") or next;
	my ($n, @bad) = symbols("$build/$program");
	ok($n > 50, "$program has dynamic symbols ($n)");
	is_deeply(\@bad, [], "$program can call none of: @calls");
}

# ---- it sees ----
is_deeply([shells("int x;\n/* system(1) */\n\tsystem (s);\n")],
	['3: system'], 'a planted system() is found, one in a comment is not');
is_deeply([shells("posix_spawn(&p, \"/bin/sh\", 0);")], ['1: "/bin/sh"'],
	'a planted shell is found');
is_deeply([shells("file_system(x); my_system();")], [],
	'a longer name is not');
my $dir = scratch();
open my $fh, '>', "$dir/x.c" or die;
print $fh "#include <unistd.h>\nint main(int n, char **v)\n",
	"{ return n > 9 ? execvp(v[0], v) : 0; }\n";
close $fh;
is(system('cc', '-o', "$dir/x", "$dir/x.c"), 0, 'a planted program builds');
my (undef, @seen) = symbols("$dir/x");
is_deeply(\@seen, ['execvp'], 'and its execvp() is found');
done_testing();
