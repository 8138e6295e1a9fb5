# Armed.pm - tenant predicates that can be taken away, by t/mutants/arm.c.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A predicate is named by its place in its statement and the statement's text:
# "0\tSELECT ... WHERE tenant_id = ?1".
package MPanel::Armed;
use strict;
use warnings;
use MPanel::Preload;
use MPanel::Test;

use constant { SLOTS => 8192, HEAD => 12, WIDTH => 3 };
my $library = 't/mutants/arm.so';

sub new
{
	my ($class) = @_;
	my $self = bless { file => scratch() . '/armed' }, $class;

	put_file($self->{file}, 0666, "\0" x (8 * (HEAD + WIDTH * SLOTS)));
	put_file("$self->{file}.sql", 0666, '');
	return $self;
}

sub environment { return (MPANEL_ARMED => $_[0]{file}) }

sub programs { return preloaded($library, $_[0]->environment) }

# Seconds to spend on one predicate that may stay unnoticed, by what its probes
# take: others that ask the same would say the same.
sub patience
{
	my ($self, $predicate) = @_;

	return $self->must($predicate) ? 10 : is_by_id($predicate) ? 1 : 3;
}

# On a busy machine seconds are soon gone: so many probes are tried at least; and
# the last time, for one that must be noticed, all that take no time.
sub tries
{
	my ($self, $predicate, $is_last) = @_;

	return 10 unless $self->must($predicate);
	return $is_last ? 'inf' : 400;
}

# That one must be noticed: else it is by an id, or named.
sub must
{
	my ($self, $predicate) = @_;

	return !is_by_id($predicate) && !$self->{named}{$predicate};
}

# Those that need not be noticed.
sub excuse { my ($self, $named) = @_; $self->{named} = $named; return }

sub library { return MPanel::Preload::compiled($library) }

# ---- what the processes share ----

sub put
{
	my ($self, $at, $bytes) = @_;

	open my $fh, '+<:raw', $self->{file} or die "$self->{file}: $!";
	sysseek $fh, 8 * $at, 0;
	syswrite $fh, $bytes;
	close $fh;
}

sub numbers { return unpack 'Q*', slurp($_[0]{file}) }

# Take these predicates away; all others are there.
sub take
{
	my ($self, @predicates) = @_;
	my $slots = $self->slots;

	$self->put($_, pack 'Q', 0) for @{ $self->{taken} // [] };
	$self->{taken} = [map { HEAD + WIDTH * $slots->{$_} + 2 } @predicates];
	$self->put($_, pack 'Q', 1) for @{ $self->{taken} };
	$self->put(0, pack 'Q', ++$self->{version});
}

# From now on nothing is committed that wrote a row of this tenant.
sub watch { $_[0]->put(2, pack 'a40', $_[1] // '') }

# How many transactions were refused for that.
sub refused { return ($_[0]->numbers)[1] }

# The table of the last row that one was refused for.
sub touched { return unpack 'x56 Z40', slurp($_[0]{file}) }

# Where each predicate is; one that is just being noted comes later.
sub slots
{
	my ($self) = @_;
	my $known = $self->known;

	return $self->{slots} if $self->{slots_of}
		&& $self->{slots_of} == keys %$known;
	my %name = reverse %$known;
	my @n = $self->numbers;
	$self->{slots} = {};
	for my $i (0 .. SLOTS - 1) {
		my $name = $name{ sprintf '%016x', $n[HEAD + WIDTH * $i] };
		$self->{slots}{$name} = $i if defined $name;
	}
	$self->{slots_of} = keys %$known;
	return $self->{slots};
}

# How often each predicate has kept out a row that all else let in.
sub asked
{
	my ($self) = @_;
	my $slots = $self->slots;
	my @n = $self->numbers;

	return { map { $_ => $n[HEAD + WIDTH * $slots->{$_} + 1] }
		keys %$slots };
}

# All that was prepared so far: predicate => its number.
sub known
{
	my ($self) = @_;
	my $size = -s "$self->{file}.sql";

	return $self->{known} if $self->{known} && $self->{read} == $size;
	$self->{read} = $size;
	$self->{known} = { map { my ($number, $nth, $sql) = split /\t/, $_, 3;
		("$nth\t$sql" => $number) }
		split /\n/, slurp("$self->{file}.sql") };
	return $self->{known};
}

# ---- what statements say ----

# The predicates of a statement in order, each with its place.
sub predicates
{
	my ($sql) = @_;
	my @found;

	while ($sql =~ /(?<![\w.])((?:\w+\.)?tenant_id\ *=\ *
		(?:\?\d+|\w+(?:\.\w+)?))/gx) {
		my ($start, $length) = ($-[0], length $1);
		push @found, [$start, $length]
			if substr($sql, 0, $start) !~ /(?:,|SET) *$/;
	}
	return @found;
}

# The predicate's text, and what is said before and behind it.
sub cut_out
{
	my ($nth, $sql) = split /\t/, $_[0], 2;
	my ($start, $length) = @{ (predicates($sql))[$nth] };

	return (substr($sql, $start, $length), substr($sql, 0, $start),
		substr $sql, $start + $length);
}

sub text_of { return (cut_out($_[0]))[0] }

# The conditions beside it that hold for the same row.
sub beside
{
	my (undef, $before, $behind) = cut_out($_[0]);

	for my $part ($before, $behind) {
		1 while $part =~ s/\([^()]*\)//;
	}
	$before =~ s/.*(?:\(|\b(?:WHERE|ON)\b)//s;
	$behind =~ s/(?:\)|\b(?:WHERE|ON|LEFT|JOIN|GROUP|ORDER|LIMIT|RETURNING|
		UNION)\b).*//sx;
	return $before . $behind;
}

# Beside the tenant an id is compared, or a key made of one, which no other
# tenant's row can have.
sub is_by_id
{
	return beside($_[0]) =~ /(?:\bid|(?<!tenant|intent|.event)_id|
		_hash|dedupe_key|actor_key)
		\ (?:=|IN)\ /x;
}

# The literals of a program, as SQLite gets them.
sub literals
{
	my ($program) = @_;
	my %texts;

	for my $text (split /\0/, slurp($program)) {
		next if $text =~ /[^\x20-\x7e]/;
		$text =~ s{/\*pg\{\*/.*?/\*\}pg\*/}{}g;
		$text =~ s{/\*(?:lite\{|\}lite)\*/}{}g;
		$text =~ s/\$(?=\d)/?/g;
		$texts{$text} = 1;
	}
	return sort keys %texts;
}

# Those that are whole statements.
sub statements
{
	return grep { /^(?:WITH|SELECT|UPDATE|DELETE|INSERT) /
		&& /\b(?:FROM|UPDATE|INTO) [a-z]/ && !/(?:=|MATCH) $/ }
		literals(@_);
}

# All predicates of literals.
sub declared
{
	return map { my ($text, @p) = ($_, predicates($_));
		map { "$_\t$text" } 0 .. $#p } literals(@_);
}

# A statement whose nth predicate says nothing.
sub without
{
	my ($nth, $sql) = @_;
	my ($start, $length) = @{ (predicates($sql))[$nth] };

	substr($sql, $start, $length) = '1 = 1';
	return $sql;
}

1;
