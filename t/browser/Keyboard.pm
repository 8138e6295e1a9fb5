# Keyboard.pm - somebody who uses the keyboard alone, and a record of it.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A step is a key of navigation, Enter, or a field that is typed.
package Keyboard;
use strict;
use warnings;
use Test::More;

my %key = (Tab => "\x{e004}", Enter => "\x{e007}", Control => "\x{e009}");

sub new
{
	my ($class, $b) = @_;

	return bless { b => $b, steps => [] }, $class;
}

# Signed in, on the dashboard, with nothing recorded.
sub sign_in
{
	my ($self, $ready) = @_;
	my $b = $self->{b};

	$b->go('/login');
	$b->fill('#f-email', $ready->{adminEmail});
	$b->fill('#f-password', $ready->{adminPassword});
	$b->press('Sign in');
	$b->go('/dashboard');
	$self->{steps} = [];
}

# Where the keyboard is, in words; not those that nobody is told.
sub here
{
	my ($self) = @_;

	return $self->{b}->script('const e = document.activeElement;
		const of = (e.labels && e.labels[0] || e).cloneNode(true);
		of.querySelectorAll("[aria-hidden]").forEach(x => x.remove());
		return (!e.labels?.[0] && e.getAttribute("aria-label")
			|| of.textContent).trim().slice(0, 30)');
}

# To whatever has the focus, as a keyboard does; with Control held down.
sub send_keys
{
	my ($self, $text, $is_held) = @_;
	my @keys = map { ({ type => 'keyDown', value => $_ },
		{ type => 'keyUp', value => $_ }) } split //, $text;

	@keys = ({ type => 'keyDown', value => $key{Control} }, @keys,
		{ type => 'keyUp', value => $key{Control} }) if $is_held;
	$self->{b}->post('actions',
		{ actions => [{ type => 'key', id => 'k', actions => \@keys }] });
}

sub note_step { my ($self, $what) = @_; push @{ $self->{steps} }, $what }

sub press
{
	my ($self, $name) = @_;

	$self->note_step("$name on " . $self->here) if $name eq 'Enter';
	$self->send_keys($key{$name});
	$self->note_step("$name to " . $self->here) if $name eq 'Tab';
}

# Enter, and another page comes.
sub enter
{
	my ($self) = @_;

	$self->{b}->leaving(sub { $self->press('Enter') });
}

sub type
{
	my ($self, $text) = @_;

	$self->note_step("type '$text' into " . $self->here);
	$self->send_keys($text);
}

# Control and a letter.
sub chord
{
	my ($self, $letter) = @_;

	$self->note_step("Control-$letter");
	$self->send_keys($letter, 1);
}

# Tab until the focus is on what is called so.
sub tab_to
{
	my ($self, $words) = @_;

	for (1 .. 12) {
		$self->press('Tab');
		return if $self->here =~ /^\Q$words\E/;
	}
	die join "\n", "no way to '$words':", @{ $self->{steps} };
}

# What was pressed and typed is the record, and no more than so many steps.
sub took
{
	my ($self, $most, $what) = @_;
	my @steps = @{ $self->{steps} };

	cmp_ok(scalar @steps, '<=', $most, "$what: at most $most steps");
	note(sprintf '%2d  %s', $_ + 1, $steps[$_]) for 0 .. $#steps;
}

1;
