# Bound.pm - is each table of a statement bound to a tenant?
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my %tables = tenant_tables('data/mpanel.db');
#	my @free = unbound($sql, \%tables);	# ('orders o', ...)
#
# Tables that have a tenant_id must have it compared, in the scope where they
# are named (a SELECT, one part of a UNION, an UPDATE ...), with a parameter, a
# row of an outer scope, or a table that is bound itself; what is inserted names
# the column.  A comparison counts only where it must hold: not beside an OR.
# It reads what this house writes, not all of SQL: keywords in capitals.  A row of
# tenants is known.  It does not tell the ON of a LEFT JOIN, or what is selected,
# from a condition that keeps rows out.
package MPanel::Bound;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(tenant_tables unbound);

my $word = qr/[a-z_]\w*/;
my $nested = qr/(\((?:[^()']++|'[^']*'|(?1))*\))/;

# Of an SQLite file that the program made: name => 1.
sub tenant_tables
{
	my ($file) = @_;

	open my $out, '-|', 'sqlite3', '-readonly', $file,
		"SELECT m.name FROM sqlite_schema m, pragma_table_info(m.name) p
		WHERE m.type = 'table' AND p.name = 'tenant_id'"
		or die "sqlite3: $!";
	chomp(my @names = <$out>);
	close $out or die "sqlite3 $file: $?";
	return map { $_ => 1 } @names;
}

# What is free in a statement and in all that is nested in it.
sub unbound
{
	my ($sql, $tables) = @_;
	my ($text, @inner) = lift($sql);
	my @free = map { free_in($_, $tables) } split /\bUNION(?: ALL)?\b/,
		$text;

	push @free, unbound($_, $tables) for @inner;
	return @free;
}

# The text with each nested SELECT taken out of its brackets, and those.
sub lift
{
	my ($sql) = @_;
	my @inner;

	$sql =~ s{$nested}{
		my $in = substr $1, 1, -1;
		if (hands_on($in)) {
			'handed_on';
		} elsif ($in =~ /^\s*(?:SELECT|WITH|DELETE|UPDATE|INSERT)\b/) {
			push @inner, $in;
			'()';
		} else {
			my ($kept, @more) = lift($in);
			push @inner, @more;
			"($kept)";
		}
	}ge;
	return ($sql, @inner);
}

# A SELECT that gives its tenants to the scope around it, which has to compare
# them: it is a table there.
sub hands_on
{
	my ($sql) = @_;

	return $sql =~ /^SELECT tenant_id, / && !grep {
		!/^\s*SELECT tenant_id, [^()]* FROM $word\s*$/ }
		split /\bUNION(?: ALL)?\b/, $sql;
}

# The tables of one scope that nothing binds.
sub free_in
{
	my ($text, $tables) = @_;
	my (%table, @free);

	while ($text =~ /\bINSERT\ INTO\ ($word)(?:\ AS\ $word)?\ ?$nested?/gx) {
		push @free, "$1, where it goes" if $tables->{$1}
			&& ($2 // '') !~ /\btenant_id\b/;
	}
	for my $ref (refs_of($text)) {
		my ($name, $alias) = @$ref;
		$table{$alias} = $name
			if $tables->{$name} || $name eq 'handed_on';
	}
	my %bound = bound_by(\%table, must_hold($text));
	return @free, map { "$table{$_} $_" } grep { !$bound{$_} } sort keys %table;
}

# [table, alias] of each that is read or changed.
sub refs_of
{
	my ($text) = @_;
	my @refs;

	while ($text =~ /\b(?:FROM|JOIN|UPDATE)\ ($word)(?:\ (?:AS\ )?($word))?
		((?:,\ $word(?:\ (?:AS\ )?$word)?)*)/gx) {
		my ($first, $alias, $more) = ($1, $2, $3);
		push @refs, [$first, $alias // $first];
		push @refs, map { my ($t, $a) = /^($word)(?:\ (?:AS\ )?($word))?/;
			[$t, $a // $t] } grep { $_ } split /, /, $more;
	}
	return @refs;
}

# The parts of a scope whose conditions must hold: what stands beside an OR,
# and in a bracket that does, need not.
sub must_hold
{
	my ($text) = @_;
	my @parts;

	while ($text =~ s/$nested/ /) {
		push @parts, must_hold(substr $1, 1, -1);
	}
	my $flat = $text;
	for my $part (split /\b(?:WHERE|ON|SET|RETURNING|ORDER\ BY|GROUP\ BY|
		LIMIT|FROM|(?:LEFT\ |CROSS\ )?JOIN|SELECT|UPDATE|DELETE)\b/x, $flat) {
		push @parts, $part unless $part =~ /\bOR\b/;
	}
	return @parts;
}

# By comparisons, from what is known: a parameter, or a row of another scope.
sub bound_by
{
	my ($table, @parts) = @_;
	my @alone = grep { $_ eq $table->{$_} } keys %$table;
	my %bound;
	my @pairs;

	for my $part (@parts) {
		while ($part =~ /(?<![\w.])((?:$word\.)?tenant_id)\ =\ 
			((?:$word\.)?$word|\?\d+)(?!\w)/gx) {
			push @pairs, [side($1, @alone), side($2, @alone)];
		}
	}
	for (0 .. @pairs) {
		for my $pair (@pairs) {
			my ($a, $b) = @$pair;
			$bound{$a} = 1 if $table->{$a} && (!$table->{$b} || $bound{$b});
			$bound{$b} = 1 if $table->{$b} && (!$table->{$a} || $bound{$a});
		}
	}
	return %bound;
}

# Whose column a side is: an alias, or what it says.
sub side
{
	my ($text, @alone) = @_;

	return $1 if $text =~ /^($word)\.tenant_id$/;
	return @alone == 1 ? $alone[0] : 'of several' if $text eq 'tenant_id';
	return "=$text";
}

1;
