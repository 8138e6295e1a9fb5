#!/usr/bin/perl
# phrases.t - what pages may show is there in every language.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Find;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_BUILD}, 'run by t/run, which builds the programs');

my $dir = source_dir();
my $state = scratch();
my $config = "$state/mpanel.conf";
spew($config, "state_dir=$state\ntemplate_dir=$dir/templates\n");

sub spew
{
	my ($file, $text) = @_;

	open my $to, '>', $file or die "$file: $!";
	print $to $text;
	close $to or die "$file: $!";
}

sub phrases
{
	my @args = @_;
	my $out = qx($ENV{MPANEL_BUILD}/mpanel --config $config phrases @args);

	is($?, 0, "phrases @args") or return;
	return $out =~ /^msgid "(.*)"$/mg;
}

my %all = map { $_ => 1 } phrases();
cmp_ok(scalar keys %all, '>', 300, 'pages have texts');
ok($all{'Orders'} && $all{'Suspend %s?'} && $all{'Skip to content'}
	&& $all{'In review'} && $all{'Nov'},
	'of templates, nouns, verbs, the menu, states and dates');

my $source = '';
find({ no_chdir => 1, wanted => sub {
	$source .= slurp($_) if /\.[ch]\z/;
} }, "$dir/app");
$source = joined($source);

# Literals that go on, on the next line or behind a width.
sub joined
{
	my ($text) = @_;

	return $text =~ s/"\s*PRId64\s*"/ld/gr =~ s/"\s*PRId64\b/ld"/gr
		=~ s/"\s*\n\s*"//gr;
}

# ---- what C itself says ----

# Where the text stands in calls that say it, counted from 0.
my %says = (say => 0, say_with => 1, say_within => 1, form_refusal => 2,
	put_errors => 1, put_problems => 1, reply_flash => 2, verb_link => 1, verb_ask => 1,
	verb_post => 1, fact_text => 1, fact_link => 1, fact_code => 1,
	fact_time => 1, tab_add => 2, form_field => 3, field_text => 2,
	field_select => 2, field_area => 2, tell_part => 2, say_printf => 1,
	show_plural => [2, 3],
	problem_add => 3, problem_add_words => 3, order_reason_add => 4);
# What only programs are told of what is wrong, or who runs the house.
my $for_programs = qr{^app/(?:agent|resource/describe|main/cmd_|main/openapi
	|hosting/agent_api|hosting/archive_api|provisioning/worker_api|orders/stripe_event
	|orders/checkout_api|identity/audit_api|identity/auth_api)}x;
# What is composed or a name is handed to these as it is.
my %said = (page_view => 1, crumb_add => 2, reply_flash => 2);
# Nobody translates a name.
my %names = map { $_ => 1 } qw(PDF MRR);

my $string = qr/"(?:[^"\\]|\\.)*"/;
my $nested = qr/(\((?:[^()"]|$string|(?-1))*\))/;

# [arguments] of each call of the name.
sub calls
{
	my ($text, $name) = @_;
	my @calls;

	while ($text =~ /\b$name\s*$nested/g) {
		my $inside = substr $1, 1, -1;
		my @args = ('');

		while ($inside =~ /\G($nested|$string|,|.)/gs) {
			if ($1 eq ',') { push @args, '' } else { $args[-1] .= $1 }
		}
		push @calls, \@args;
	}
	return @calls;
}

# The literals of an expression, but not those within another call.
sub literals
{
	my ($expression) = @_;

	$expression =~ s/($string)|\b\w+\s*$nested/$1 \/\/ ''/ge;
	$expression =~ s/"\s*"//g;
	return map { s/\\(["\\])/$1/gr } $expression =~ /"((?:[^"\\]|\\.)*)"/g;
}

# Functions that say a text of their callers, or pass it on to problem_add: of
# the file, or of the program. [name, argument]
sub passing
{
	my ($text) = @_;
	my (@own, @all);

	while ($text =~ /^((?:static )?)\w[\w *]*\n(\w+)($nested)\n\{(.*?)^\}/gms) {
		my ($static, $name, $params, $body) = ($1, $2, $3, $5);
		my @params = map { /(\w+)\W*\z/ ? $1 : '' } split /,/, $params;

		my @values = map { @$_[4 .. $#$_] }
			(grep { ($_->[3] // '') =~ /^\s*"%s"\s*\z/ }
				calls($body, 'problem_add')),
			calls($body, 'problem_add_words');
		push @values, map { $_->[0] } calls($body, 'say');
		push @values, map { $_->[1] // '' } calls($body, 'say_with');
		for my $text (map { /^\s*(\w+)\s*\z/ ? $1 : () } @values) {
			push @{ $static ? \@own : \@all }, map { [$name, $_] }
				grep { $params[$_] eq $text } 0 .. $#params;
		}
	}
	return (\@own, \@all);
}

my (%spoken, @unsaid);
my @passed;
find({ no_chdir => 1, wanted => sub {
	push @passed, @{ (passing(slurp($_)))[1] } if /\.c\z/;
} }, "$dir/app");
ok((grep { $_->[0] eq 'money_take' } @passed), 'who passes texts on is found');
find({ no_chdir => 1, wanted => sub {
	return unless /\.c\z/ && !/styleguide/;
	my $file = s{^\Q$dir/\E}{}r;
	my $text = joined(slurp($_) =~ s{/\*.*?\*/}{}gsr);

	for my $pass ($file =~ $for_programs ? () : @{ (passing($text))[0] },
		@passed) {
		$spoken{$_} //= $file for grep { /[A-Za-z]{2}/ && !$names{$_} }
			map { literals($_->[$pass->[1]] // '') }
			calls($text, $pass->[0]);
	}
	$spoken{$_} //= $file for grep { /[A-Za-z]{2}/ }
		map { literals($_) } map { @$_[4 .. $#$_] }
		calls($text, 'problem_add_words');
	for my $name (grep { $_ ne 'problem_add' || $file !~ $for_programs }
		keys %says) {
		my $at = ref $says{$name} ? $says{$name} : [$says{$name}];

		$spoken{$_} //= $file
			for grep { /[A-Za-z]{2}/ && !$names{$_} }
			map { literals($_ // '') } map { @{$_}[@$at] }
			calls($text, $name);
	}
	for my $ask ($text =~ /\(struct\ ask\)\s*(\{(?:[^{}"]|$string|(?-1))*\})/g) {
		$spoken{$_} //= $file for grep { /[A-Za-z]{2}/ }
			map { literals($_) } $ask =~
			/\.(?:title|text|yes|no_label)\s*=\s*
			((?:[^,"(){}]|$string|\((?:[^()"]|$string)*\))*)/gx;
	}
	for my $name (keys %said) {
		push @unsaid, map { "$file: $_" } grep { /[A-Za-z]{2}/ }
			map { literals(($_->[$said{$name}] // '')
				=~ s/\barena_printf\s*\(/(/r) }
			grep { $name ne 'reply_flash' || $_->[2] =~ /arena_printf/ }
			calls($text, $name);
	}
} }, "$dir/app");
cmp_ok(scalar keys %spoken, '>', 250, 'C says texts');
is(join("\n", sort @unsaid), "", 'titles, crumbs and flashes are said');

my @files = glob "$dir/templates/lang/*.po";
cmp_ok(scalar @files, '>', 0, 'another language');
for my $file (@files) {
	my ($lang) = $file =~ /(\w+)\.po\z/;

	is_deeply([phrases("--missing-in $file")], [],
		"$lang: nothing is missing");
	my %there = map { s/\\(["\\])/$1/gr => 1 }
		slurp($file) =~ /^msgid "(.*)"$/mg;
	is(join("\n", map { "$spoken{$_}: $_" } grep { !$there{$_} }
		sort keys %spoken), "", "$lang: nothing that C says is missing");
	is_deeply([grep { $_ ne '' && !$all{$_} && index($source, qq("$_")) < 0 }
		slurp($file) =~ /^msgid "(.*)"$/mg], [],
		"$lang: nothing is there that no page says");
}

my $half = "$state/half.po";
spew($half, qq(msgid "Orders"\nmsgstr "Bestellungen"\n));
my @missing = phrases("--missing-in $half");
is(scalar @missing, keys(%all) - 1, 'a catalogue of one lacks all others');
done_testing;
