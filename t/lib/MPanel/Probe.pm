# Probe.pm - what a test says while predicates are taken away.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A probe is { name, wrong => sub { '' or what is wrong }, and if need be
# before => sub { what comes first }, watch => a tenant none of whose rows may
# be written }.
package MPanel::Probe;
use strict;
use warnings;
use Exporter 'import';
use Time::HiRes qw(time);

our @EXPORT = qw(alone first_run noticed with_others);

# What is wrong without these predicates, and which are asked then.
sub tried
{
	my ($armed, $probe, @taken) = @_;

	$armed->take;
	$probe->{before}->() if $probe->{before};
	my ($before, $refused) = ($armed->asked, $armed->refused);
	$armed->watch($probe->{watch});
	$armed->take(@taken);
	my $bad = $probe->{wrong}->();
	$bad .= ' writes ' . $armed->touched if $armed->refused > $refused;
	$armed->take;
	$armed->watch;
	my $now = $armed->asked;
	return ($bad, grep { $now->{$_} > ($before->{$_} // 0) } keys %$now);
}

# With all of them: what is wrong, and the probe remembers which it asks.
sub first_run
{
	my ($armed, $probe) = @_;
	my $begun = time;
	my ($bad, @asked) = tried($armed, $probe);

	$probe->{seconds} = time - $begun;
	$probe->{asked} = { map { $_ => 1 } @asked };
	return $bad;
}

# The first of the probes that notices the predicate's loss, by $try: \&alone
# or \&with_others; but not one that goes on to complain when it is back.
sub noticed
{
	my ($armed, $try, $predicate, @probes) = @_;

	my @can = sort { $a->{seconds} <=> $b->{seconds} }
		grep { $_->{asked}{$predicate} } @probes;
	my ($spent, $n) = (0, 0);
	for my $probe (@can) {
		last if $spent > $armed->patience($predicate)
			&& $n >= $armed->tries($predicate,
				$try == \&with_others && $probe->{seconds} < 2);
		$spent += $probe->{seconds};
		$n++;
		my $bad = $try->($armed, $probe, $predicate) or next;
		return "$probe->{name}: $bad"
			unless (tried($armed, $probe))[0];
		$probe->{again}->() if $probe->{again};
		return "$probe->{name}: $bad"
			if $try->($armed, $probe, $predicate)
			&& !(tried($armed, $probe))[0];
	}
	return;
}

sub alone { return (tried(@_))[0] }

# Others are asked only once it is gone; without them, too.
sub with_others
{
	my ($armed, $probe, $predicate) = @_;
	my %taken = ($predicate => 1);

	for (1 .. 8) {
		my ($bad, @asked) = tried($armed, $probe, keys %taken);
		return $bad if $bad;
		my @more = grep { !$taken{$_} && !$probe->{asked}{$_} } @asked;
		return unless @more;
		$taken{$_} = 1 for @more;
	}
	return;
}

1;
