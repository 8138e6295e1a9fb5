#!/usr/bin/perl
# template_cmd.t - mpanel template renders files and names their faults.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use IPC::Open3;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my $mpanel = ($ENV{MPANEL_BUILD} // source_dir() . '/build') . '/mpanel';
need(-x $mpanel, "$mpanel is not built");

my $dir = scratch();

sub put
{
	my ($name, $text) = @_;

	open my $f, '>', "$dir/$name" or die "$name: $!";
	print $f $text;
	close $f or die "$name: $!";
}

# Exit status, standard output, standard error.
sub template
{
	my ($stdin, @args) = @_;

	put('.in', $stdin);
	put('.err', '');
	open my $in, '<', "$dir/.in" or die $!;
	open my $err, '+<', "$dir/.err" or die $!;
	my $pid = open3('<&' . fileno $in, my $out, '>&' . fileno $err,
		$mpanel, '--set', "state_dir=$dir", 'template', @args);
	my $text = do { local $/; <$out> };
	waitpid $pid, 0;
	return ($? >> 8, $text, slurp("$dir/.err"));
}

put('a.html', "Hi {{x}}\n  {{>p}}\n");
put('p.html', "<{{n}}>\n");
put('p.mustache', 'the wrong one');
put('open.html', "a\n{{#x}}\n");
put('self.html', "\n{{>self}}\n");
put('d.json', '{"x":"a&b","n":1.50}');
put('bad.json', "{\n\"x\":}");

my @cases = (
	['a file over data, its partial beside it', '',
		["--data=$dir/d.json", "$dir/a.html"],
		0, qr/\AHi a&amp;b\n  <1\.50>\n\z/, qr/\A\z/],
	['without data everything is empty', '', ["$dir/a.html"],
		0, qr/\AHi \n  <>\n\z/, qr/\A\z/],
	['standard input, to its last newline', "{{x}}\n",
		['--data', "$dir/d.json", '-'], 0, qr/\Aa&amp;b\n\z/, qr/\A\z/],
	['an open section is named with file and line', '',
		["$dir/open.html"], 65, qr/\A\z/,
		qr/\A\Q$dir\E\/open\.html:2: section "x" is not closed\n\z/],
	['a template that calls itself is named too', '',
		["$dir/self.html"], 65, qr/\A\z/,
		qr/\A\Q$dir\E\/self\.html:2: nesting is deeper than 64\n\z/],
	['broken standard input', "\n{{/x}}", ['-'], 65, qr/\A\z/,
		qr/\A-:2: /],
	['data that is no JSON', '', ['--data', "$dir/bad.json", "$dir/a.html"],
		65, qr/\A\z/, qr/bad\.json: /],
	['no such template', '', ["$dir/none.html"], 66, qr/\A\z/,
		qr/none\.html: no such template/],
	['no such data', '', ['--data', "$dir/none.json", "$dir/a.html"],
		66, qr/\A\z/, qr/none\.json: No such file/],
	['no template at all', '', [], 64, qr/\A\z/, qr/usage/],
	['two templates', '', ["$dir/a.html", "$dir/p.html"], 64, qr/\A\z/,
		qr/usage/],
);

for my $i (0 .. $#cases) {
	my ($claim, $stdin, $args, $status, $out, $err) = @{ $cases[$i] };
	my @got = template($stdin, @$args);

	is($got[0], $status, "$i: $claim: exit status");
	like($got[1], $out, "$i: $claim: output");
	like($got[2], $err, "$i: $claim: complaint");
}

done_testing();
