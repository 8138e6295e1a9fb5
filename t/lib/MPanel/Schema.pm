# Schema.pm - does a value fit a JSON Schema, as far as ours go?
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my @wrong = MPanel::Schema->new($document)->wrong($schema, $value);
#
# Of the 2020-12 vocabulary it knows what app/face/openapi_schema.c writes, and
# dies of any other word.  Values come from JSON::PP, unchanged: what is a
# number and what a text is seen in them.
package MPanel::Schema;
use strict;
use warnings;
no warnings 'experimental::builtin';
use JSON::PP ();

my %formats = (
	'uuid' => qr/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
	'date-time' => qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
	'date' => qr/^\d{4}-\d\d-\d\d$/,
	'email' => qr/^[^@\s]+@[^@\s]+$/,
	'ipv4' => qr/^\d+(?:\.\d+){3}$/,
	'ipv6' => qr/^[0-9a-f:.]+$/i,
);

sub new
{
	my ($class, $document) = @_;

	return bless { document => $document }, $class;
}

sub follow
{
	my ($self, $schema) = @_;

	while (defined(my $ref = $schema->{'$ref'})) {
		$schema = $self->{document};
		$schema = $schema->{$_} // die "no $ref"
			for split m{/}, $ref =~ s{^#/}{}r;
	}
	return $schema;
}

sub type_of
{
	my ($value) = @_;

	return 'null' unless defined $value;
	return 'boolean' if JSON::PP::is_bool($value);
	return lc ref $value if ref $value;
	return 'string' unless builtin::created_as_number($value);
	return $value == int $value ? 'integer' : 'number';
}

sub is_of
{
	my ($got, $wanted) = @_;

	return grep { $_ eq $got || ($_ eq 'number' && $got eq 'integer')
		|| ($_ eq 'object' && $got eq 'hash') }
		ref $wanted ? @$wanted : $wanted;
}

# Each keyword: what is wrong with the value, as (place, words) pairs joined.
my %words = (
	type => sub {
		my ($self, $is, $v, $at) = @_;

		return is_of(type_of($v), $is) ? () : "$at is a " . type_of($v);
	},
	enum => sub {
		my ($self, $is, $v, $at) = @_;

		return if grep { defined $v ? defined && $_ eq $v : !defined }
			@$is;
		return "$at is not in the list: " . ($v // 'null');
	},
	format => sub {
		my ($self, $is, $v, $at) = @_;
		my $like = $formats{$is} // die "format $is";

		return !defined $v || $v =~ $like ? () : "$at is no $is: $v";
	},
	pattern => sub {
		my ($self, $is, $v, $at) = @_;

		return !defined $v || $v =~ /$is/ ? () : "$at is not like $is";
	},
	minimum => sub {
		my ($self, $is, $v, $at) = @_;

		return !defined $v || $v >= $is ? () : "$at is below $is";
	},
	maximum => sub {
		my ($self, $is, $v, $at) = @_;

		return !defined $v || $v <= $is ? () : "$at is above $is";
	},
	minLength => sub {
		my ($self, $is, $v, $at) = @_;

		return !defined $v || length $v >= $is ? () : "$at is short";
	},
	minItems => sub {
		my ($self, $is, $v, $at) = @_;

		return !defined $v || @$v >= $is ? () : "$at has few items";
	},
	maxItems => sub {
		my ($self, $is, $v, $at) = @_;

		return !defined $v || @$v <= $is ? () : "$at has many items";
	},
	items => sub {
		my ($self, $is, $v, $at) = @_;

		return unless ref $v eq 'ARRAY';
		return map { $self->wrong($is, $v->[$_], "$at\[$_]") }
			0 .. $#$v;
	},
	properties => sub {
		my ($self, $is, $v, $at) = @_;

		return unless ref $v eq 'HASH';
		return map { $self->wrong($is->{$_}, $v->{$_}, "$at.$_") }
			grep { exists $v->{$_} } sort keys %$is;
	},
	required => sub {
		my ($self, $is, $v, $at) = @_;

		return unless ref $v eq 'HASH';
		return map { "$at.$_ is missing" }
			grep { !exists $v->{$_} } @$is;
	},
	oneOf => sub {
		my ($self, $is, $v, $at) = @_;
		my @tries = map { [$self->wrong($_, $v, $at)] } @$is;

		return if 1 == grep { !@$_ } @tries;
		return "$at fits not just one: "
			. join ', ', map { @$_ } @tries;
	},
);

# What is wrong, a sentence each; nothing when it fits.
sub wrong
{
	my ($self, $schema, $value, $at) = @_;
	my @wrong;

	$at //= '$';
	$schema = $self->follow($schema);
	for my $word (sort keys %$schema) {
		if ($word eq 'additionalProperties') {
			push @wrong, map { "$at.$_ is not described" }
				grep { !$schema->{properties}{$_} }
				ref $value eq 'HASH' ? sort keys %$value : ();
			next;
		}
		my $look = $words{$word} // die "unknown word $word";
		push @wrong, $look->($self, $schema->{$word}, $value, $at);
	}
	return @wrong;
}

1;
