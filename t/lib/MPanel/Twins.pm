# Twins.pm - two tenants of one panel who do the same, of the same names.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $twins = MPanel::Twins->new($stripe_secret, $panel, $other);
#	for my $probe ($twins->probes(@routes)) {
#		$probe->{before}->();
#		is($probe->{wrong}->(), '', $probe->{name});
#	}
#
# A probe is a deed (MPanel::Deeds) of one of them, after the other has done
# the same under the same e-mails, domains, payments, roles ...
package MPanel::Twins;
use strict;
use warnings;
use MPanel::Deeds;

sub new
{
	my ($class, $stripe, @tenants) = @_;
	my $self = bless { tenants => \@tenants, round => 0 }, $class;

	for my $tenant (@tenants) {
		deeds_begin($tenant, $stripe);
		$self->{at}{ $tenant->slug } = deeds_pause();
	}
	return $self;
}

# What went wrong; '' when it was done.
sub deed_of
{
	my ($self, $tenant, $name) = @_;

	deeds_resume($self->{at}{ $tenant->slug });
	deeds_number(1000 * $self->{round});
	my $r = eval { deed($name) };
	my $error = $@;
	$self->{at}{ $tenant->slug } = deeds_pause();
	return "dies: $error" unless $r;
	return $r->{status} =~ /^[23]/ ? '' : "answers $r->{status}";
}

sub probe
{
	my ($self, $first, $second, $name) = @_;

	return { name => "$name of " . $second->slug . ' after '
		. $first->slug, watch => $first->ready->{tenantId},
		before => sub {
			$self->{round}++;
			$self->deed_of($first, $name);
		},
		wrong => sub { $self->deed_of($second, $name) } };
}

# Each way round: which row comes first decides what a look-up finds.
sub probes
{
	my ($self, @routes) = @_;
	my ($one, $two) = @{ $self->{tenants} };
	my @names = grep { deed_is_known($_) } map { $_->{name} } @routes;

	return map { $self->probe($one, $two, $_), $self->probe($two, $one, $_) }
		@names;
}

1;
