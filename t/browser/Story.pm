# Story.pm - an evening of Demo Hosting's owner, from log-in to log-out.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $story = Story->new(browser => $b, panel => $panel,
#		look => sub { my ($name, %o) = @_; ... });
#	$story->run;
#	$story->leave;
#
# Told the same with scripts and without; look is called on every page, by a
# name, with the status it has when that is not 200.
package Story;
use strict;
use warnings;
use MPanel::Test;
use Test::More;

sub new
{
	my ($class, %o) = @_;

	return bless \%o, $class;
}

sub look
{
	my ($self, $name, %o) = @_;

	$self->{look}->($name, %o);
}

# Go there and look.
sub see
{
	my ($self, $name, $path, %o) = @_;

	$self->{browser}->go($path);
	$self->look($name, %o);
}

sub enter
{
	my ($self, $email, $password) = @_;
	my $b = $self->{browser};

	$b->fill('#f-email', $email);
	$b->fill('#f-password', $password);
	$b->press('Sign in');
}

sub run
{
	my ($self) = @_;

	$self->door;
	$self->soon;
	$self->errors;
}

sub door
{
	my ($self) = @_;
	my $b = $self->{browser};
	my $ready = $self->{panel}->ready;

	$b->go('/orders?status=review');
	is($b->at, '/login?next=%2Forders%3Fstatus%3Dreview',
		'who is not signed in stands before the door');
	$self->look('login');
	$self->enter($ready->{adminEmail}, 'a wrong password');
	is($b->text('[role=alert]'), 'E-mail or password is not right.',
		'a wrong password is told');
	is($b->value('#f-email'), $ready->{adminEmail},
		'and the address is kept');
	$self->look('login-wrong', status => 401);
	$self->enter($ready->{adminEmail}, $ready->{adminPassword});
	is($b->at, '/orders?status=review',
		'the right one leads to where one wanted to go');
}

# All pages of the menu that say that they come later.
sub soon
{
	my ($self) = @_;
	my $b = $self->{browser};
	my $brief = 0;

	$b->go('/dashboard');
	my $paths = $b->script(<<'JS');
return [...document.querySelectorAll('.nav a:has(.soon)')]
	.map(a => a.getAttribute('href'));
JS
	cmp_ok(@$paths, '>', 20, 'the menu shows what is still to come');
	for my $path (@$paths) {
		(my $name = "soon$path") =~ tr{/}{-};
		$self->see($name, $path, brief => $brief++);
	}
}

sub errors
{
	my ($self) = @_;

	$self->see('error-404', '/no/such/page', status => 404);
	$self->see('error-404-order', '/orders/no-such-order', status => 404);
}

sub leave
{
	my ($self) = @_;
	my $b = $self->{browser};

	$b->go('/dashboard');
	$b->press('Sign out');
	is($b->at, '/login', 'signing out leads to the door');
	$b->go('/dashboard');
	like($b->at, qr{^/login}, 'and nothing is open any more');
	$self->see('door-404', '/no/such/page', status => 404);
}

1;
