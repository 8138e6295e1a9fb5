# Lets.pm - checks of permissions that can be passed by (t/mutants/let.h).
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A check is named by its file and text: "web/gate.c: is_kind_for(...)".  In a
# copy of the source each gets a number; the program is built from that.  The
# object stands in the place of MPanel::Armed for MPanel::Probe.
package MPanel::Lets;
use strict;
use warnings;
use File::Find ();
use MPanel::Preload;
use MPanel::Test;

use constant MAX => 512;

# Calls that say who may, wherever they stand.
my $calls = qr/\b(?:perm_has|perms_within|request_may|portal_may|is_kind_for|
	sender_is_own)
	(\((?:[^()]++|(?1))*\))/x;

# Conditions that refuse, by their file.
my %refusing = (
	'web/permit.c' => [
		'actor->must_enrol && !(r->flags & ROUTE_ENROL)',
		'id_is_set(&actor->behind) && r->flags & ROUTE_SELF' ],
	'web/csrf.c' => ['!str_eq_secret(given, want)'],
	'identity/approval.c' => ['a->is_mine',
		'tx->actor->kind != ACTOR_USER || id_is_set(&tx->actor->behind)' ],
	'identity/gate_api.c' => ['!str_eq(t.id.s, owner->s)'],
);

sub new
{
	my ($class) = @_;
	my $self = bless { file => scratch() . '/lets', names => [],
		dir => scratch() . '/src' }, $class;

	put_file($self->{file}, 0666, "\0" x (16 * MAX));
	return $self;
}

# Conditions of the list that stand nowhere any more.
sub lost
{
	return map { my $file = $_;
		my $text = slurp(source_dir() . "/app/$file");
		map { "$file: $_" } grep { index($text, $_) < 0 }
			@{ $refusing{$file} }
	} sort keys %refusing;
}

sub environment { return (MPANEL_LETS => $_[0]{file}) }

# ---- the program ----

# An installed tree whose mpanel asks the file; compiled tests may be made, too.
sub programs
{
	my ($self, @also) = @_;
	my $src = source_dir();
	my $flags = "CPPFLAGS='-include config.h "
		. "-include $self->{dir}/t/mutants/let.h'";

	mkdir $self->{dir};
	run_or_die("cp -a '$_' '$self->{dir}/'")
		for grep { !m{/(?:build|var)(?:-(?!aux)[^/]*)?$} } glob("$src/*");
	File::Find::find({ no_chdir => 1, wanted => sub {
		$self->mark($_) if /\.c$/ } }, "$self->{dir}/app");
	run_or_die("'$self->{dir}/tools/build' '$self->{dir}/build' -- "
		. "$flags mpanel mpanel-agent @also");
	run_or_die("make -s -C '$self->{dir}/build' install $flags "
		. "prefix='$self->{dir}/inst'");
	return wrapped("$self->{dir}/inst", $self->environment);
}

sub run_or_die
{
	my ($command) = @_;

	system("($command) >/dev/null") == 0 or die "$command: $?";
}

sub mark
{
	my ($self, $file) = @_;
	my $name = $file =~ s{.*/app/}{}r;
	my $text = slurp($file);

	# at the start of a line it is defined
	$text =~ s/(?<![\n\w])$calls/$self->numbered($name, $&, $&)/ge;
	for my $condition (@{ $refusing{$name} // [] }) {
		$text =~ s/\Q$condition\E/'!' . $self->numbered($name, $&,
			"!($&)")/ge or die "$name: no $condition";
	}
	$text .= qq{#include "../../t/mutants/let.c"\n}
		if $name eq 'base/arena.c';
	put_file($file, 0644, $text);
}

sub numbered
{
	my ($self, $file, $text, $code) = @_;
	my $name = "$file: " . $text =~ s/\s+/ /gr;
	my $nth = ++$self->{seen}{$name};

	push @{ $self->{names} }, $nth > 1 ? "$name ($nth)" : $name;
	return "LET($#{ $self->{names} }, $code)";
}

# ---- what the processes share ----

sub take
{
	my ($self, @names) = @_;
	my %number = map { $self->{names}[$_] => $_ } 0 .. $#{ $self->{names} };

	open my $fh, '+<:raw', $self->{file} or die "$self->{file}: $!";
	for my $n (@{ $self->{taken} // [] }, map { $number{$_} } @names) {
		sysseek $fh, 16 * $n + 8, 0;
		syswrite $fh, pack 'Q', scalar grep { $number{$_} == $n } @names;
	}
	$self->{taken} = [map { $number{$_} } @names];
	close $fh;
}

sub asked
{
	my ($self) = @_;
	my @n = unpack 'Q*', slurp($self->{file});

	return { map { $self->{names}[$_] => $n[2 * $_] }
		0 .. $#{ $self->{names} } };
}

# Every probe is worth trying.
sub patience { return 1000 }

sub names { return @{ $_[0]{names} } }
sub watch { }
sub refused { return 0 }

1;
