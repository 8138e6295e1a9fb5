# Client.pm - the same for customers: their profile, what they are written,
# their export, and that they go.
# SPDX-License-Identifier: AGPL-3.0-or-later
package MPanel::Deeds::Client;
use strict;
use warnings;
use MPanel::Deeds::Account;

my $n = 0;
my $password = 'a long password of mine';

# Somebody who looks after all of an account of their own, signed in on pages,
# and the account.
sub owner
{
	my $who = MPanel::Deeds::Account::person('customer');
	my $account = MPanel::Deeds::Account::api('/api/admin/customers', {
		name => 'Owned', email => 'owned' . ++$n . '@example.com' })
		->{json}{id} // die 'customer';
	my $r = MPanel::Deeds::Account::api(
		"/api/admin/customers/$account/people", {
		email => $who->{email},
		rights => [qw(billing technical support)] });

	die "people: $r->{content}" if $r->{status} != 201;
	return { %{ MPanel::Deeds::Account::pages($who) },
		account => $account, email => $who->{email} };
}

sub call
{
	my ($method, $path, $body, $as) = @_;

	$as //= owner();
	return MPanel::Deeds::Account::panel()->request($method, $path,
		cookie => $as->{cookie}, $body ? (json => $body) : (),
		headers => { origin => MPanel::Deeds::Account::panel()->url,
			'x-csrf-token' => $as->{csrf} });
}

# Somebody who has asked to go, and the reply to that.
sub leaving
{
	my $who = owner();

	return ($who, call(POST => '/api/client/close', { confirm => 'Owned',
		password => $password }, $who));
}

sub form { goto &MPanel::Deeds::Account::form }

my %calls = (
	'client.profile.change' => sub { call(PATCH => '/api/client/profile',
		{ name => 'Another name' }) },
	'client.profile.page.save' => sub { form('/client/profile',
		{ name => 'Another name' }, owner()) },
	'client.notifications.change' => sub { call(PATCH =>
		'/api/client/notifications', { services => JSON::PP::false }) },
	'client.notifications.page.save' => sub { form(
		'/client/notifications', { invoices => 'yes' }, owner()) },
	'client.export.ask' => sub { call(POST => '/api/client/export', {}) },
	'client.export.page.ask' => sub { form('/client/export', {},
		owner()) },
	'client.close.ask' => sub { (leaving())[1] },
	'client.close.withdraw' => sub { call(DELETE => '/api/client/close',
		undef, (leaving())[0]) },
	'client.close.page.ask' => sub { form('/client/close', {
		confirm => 'Owned', password => $password }, owner()) },
	'client.close.page.withdraw' => sub { form('/client/close/withdraw',
		{}, (leaving())[0]) },
	'customers.close' => sub { MPanel::Deeds::Account::api(
		"/api/admin/customers/" . owner()->{account} . '/close') },
	'customers.page.close' => sub { form('/admin/customers/' .
		owner()->{account} . '/close') },
);

sub is_known { return $calls{ $_[0] } }

sub deed { return $calls{ $_[0] }->() }

1;
