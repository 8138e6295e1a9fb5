# HostilePanel.pm - a FakePanel that answers as no panel should.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $panel = HostilePanel->new($dir);
#	$panel->ill(qr/claim$/, 'half a status line', text => 'HTTP/1.');
#	$panel->ills;			# names of those still to come
#
# Each ill answer is given once, in the order they were asked for, to the first
# request whose path matches; other requests get good answers.  Options:
#	text	the bytes, after which the connection is closed
#	end	reset: closed by RST; drip: a byte of the text each tenth of a
#		second, then spaces for ever; flood: {more} for ever
package HostilePanel;
use strict;
use warnings;
use parent -norequire, 'FakePanel';
use FakePanel;
use IO::Select;
use JSON::PP ();
use MPanel::Test;
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(sleep);

my $json = JSON::PP->new->utf8->canonical;

sub new
{
	my ($class, $dir) = @_;

	mkdir "$dir/ills";
	return $class->SUPER::new($dir);
}

# ---- the server ----

# All of it, unless the other side has gone.
sub say_to
{
	my ($c, $text) = @_;

	while (length $text) {
		my $n = syswrite $c, $text or return 0;
		substr $text, 0, $n, '';
	}
	return 1;
}

# A client that has sent its request says no more until it goes.
sub is_gone { return IO::Select->new($_[0])->can_read($_[1]) }

sub drip
{
	my ($c, $text) = @_;

	until (is_gone($c, 0.1)) {
		say_to($c, length $text ? substr $text, 0, 1, '' : ' ')
			or return;
	}
}

my %ends = (
	close => sub { say_to($_[0], $_[1]{text}) },
	reset => sub {
		say_to($_[0], $_[1]{text});
		setsockopt $_[0], SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;
	},
	drip => sub { drip($_[0], $_[1]{text}) },
	flood => sub {
		my ($c, $ill) = @_;
		my $more = $ill->{more} x (1 + int 65536 / length $ill->{more});

		say_to($c, $ill->{text});
		1 while say_to($c, $more);
	},
);

sub files { return sort glob "$_[0]{dir}/ills/*.json" }

sub misbehaves
{
	my ($self, $c, $path) = @_;

	for my $file ($self->files) {
		my $ill = $self->{known}{$file} //= $json->decode(slurp($file));
		next unless $path =~ $ill->{on};
		unlink $file;
		$ends{ $ill->{end} // 'close' }->($c, $ill);
		return 1;
	}
	return 0;
}

# ---- the test's side ----

sub ill
{
	my ($self, $on, $name, %ill) = @_;
	my $file = sprintf '%s/ills/%04d.json', $self->{dir}, $self->{n}++;

	$self->{names}{$file} = $name;
	FakePanel::put($file, $json->encode({ %ill, on => "$on" }));
}

sub ills { return @{ $_[0]{names} }{ $_[0]->files } }

1;
