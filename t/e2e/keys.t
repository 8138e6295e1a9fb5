#!/usr/bin/perl
# keys.t - pages make both sorts of API keys, say which will end before they do,
# and what it was afterwards.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Encode ();
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

use constant LIST => '/api/admin/api-tokens';

my $word = 'rusty anvil picnic';
my ($panel, %boss, %ann);

sub person
{
	my ($email, $role) = @_;

	$panel->run_with($word, qw(user add --tenant demo --password-stdin
		--role), $role, '--email', $email);
	my ($row) = rows($panel, "SELECT id FROM users
		WHERE email = '$email'", 'demo');
	return (email => $email, id => $row->[0],
		$panel->sign_in(email => $email, password => $word));
}

sub page
{
	my ($who, $path) = @_;

	return Encode::decode('UTF-8',
		$panel->get($path, cookie => $who->{cookie})->{content});
}

sub form
{
	my ($who, $path, %fields) = @_;

	$fields{csrf} = $who->{csrf};
	return $panel->post($path, cookie => $who->{cookie},
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $panel->url },
		body => join '&', map { my $v = $fields{$_};
			s/([^A-Za-z0-9._-])/sprintf '%%%02X', ord $1/ge
				for my $n = $_, $v;
			"$n=$v" } sort keys %fields);
}

# The row of a key in the list, as text.
sub row_of
{
	my ($who, $name) = @_;
	my ($row) = grep { /\b\Q$name\E\b/ }
		page($who, '/api-keys') =~ m{<tr><td.*?</tr>}gs;

	return '' unless $row;
	$row =~ s/<[^>]*>/ /g;
	return $row =~ s/\s+/ /gr;
}

sub make
{
	my ($who, $name, %more) = @_;
	my $r = form($who, '/api-keys/new', name => $name, days => 30,
		'orders:read' => 1, %more);

	return ($r->{content} =~ /(mpk_[\w-]+)/)[0] // "status $r->{status}";
}

sub status_by
{
	return $panel->get('/api/admin/orders', token => $_[0])->{status};
}

# ---- making ----

sub check_making
{
	my $new = page(\%ann, '/api-keys/new');

	like($new, qr/name="belongsTo" value="person" checked/,
		'a key is one\'s own unless one says otherwise');
	like($new, qr/name="belongsTo" value="company">/,
		'which can be said');
	my $mine = make(\%ann, 'Report', belongsTo => 'person');
	my $plain = make(\%ann, 'Plain');
	my $shop = make(\%ann, 'Shop', belongsTo => 'company');
	is(status_by($_), 200, 'each is good') for $mine, $plain, $shop;
	like(row_of(\%ann, 'Report'), qr/Yours .*Active/, 'listed as yours');
	like(row_of(\%ann, 'Plain'), qr/Yours/, 'also the one of a plain form');
	like(row_of(\%ann, 'Shop'), qr/The company’s, made by you .*Active/,
		'and as the company\'s');
	like(row_of(\%boss, 'Report'), qr/ann\@example\.com/,
		'others see whose it is');
	like(row_of(\%boss, 'Shop'), qr/company’s, made by ann\@example\.com/,
		'and who made it');
	my $r = form(\%ann, '/api-keys/new', name => 'X', 'orders:read' => 1,
		belongsTo => 'nobody');
	is($r->{status}, 422, 'a third sort is refused');
	like($r->{content}, qr/no such choice/, 'with the reason');
	is($panel->post(LIST, token => $panel->admin_token, json => {
		name => 'X', scopes => ['orders:read'],
		belongsTo => 'nobody' })->{status}, 422, 'by calls as well');
	is(make(\%ann, 'Y', 'platform:tenants' => 1, belongsTo => 'company'),
		'status 403', 'nor does a company\'s key do more than its maker');
	return ($mine, $shop);
}

# ---- said before ----

sub check_warnings
{
	my $user = "/admin/users/$ann{id}";

	like(page(\%ann, '/account'), qr/ends 2 personal API keys of yours/,
		'said before a password is changed');
	like(page(\%ann, '/account/factors'),
		qr/ends 2 personal API keys of yours/, 'and a factor');
	for my $verb (qw(role sign-out disable)) {
		like(page(\%boss, "$user/$verb"),
			qr/Ends for good: 2 personal API keys of this person/, $verb);
	}
	like(page(\%boss, "$user/disable"), qr/still good: 1 key of the company\./,
		'who goes may know keys of the company');
	unlike(page(\%boss, "$user/sign-out"), qr/of the company/,
		'which is not said of who stays');
	unlike(page(\%boss, '/account') . page(\%boss, '/account/factors')
		. page(\%boss, "/admin/users/$boss{id}/role"),
		qr/personal API key/, 'nothing is said to who has none');
}

# ---- and after ----

sub check_password
{
	my ($mine, $shop) = @_;
	my $r = form(\%ann, '/account/password', currentPassword => $word,
		newPassword => 'violet canoe drum');

	is($r->{status}, 303, 'a password is changed');
	is(status_by($mine), 401, 'the personal key is over');
	is(status_by($shop), 200, 'the company\'s is not');
	like(row_of(\%boss, 'Report'), qr/Password changed .*Ended/,
		'the list says why');
	unlike(row_of(\%boss, 'Report'), qr/Revoke/, 'and offers nothing');
	like(row_of(\%boss, 'Shop'), qr/Active Revoke/,
		'but the company\'s can be revoked');
	open my $list, '-|', $panel->ready->{bin}{mpanel}, '--config',
		$panel->ready->{config}, qw(token list --tenant demo)
		or die "token list: $!";
	my %state = map { (split /\t/)[5, 2] } map { s/\n//r } <$list>;
	is("$state{Report} $state{Shop}", 'ended active',
		'the command line says so, too');
	my ($mail) = rows($panel, "SELECT payload FROM outbox
		WHERE template = 'mail/password-changed'", 'demo');
	like($mail->[0], qr/"what":\s*"2"/, 'the mail about it says how many');
	my %new = $panel->sign_in(email => $ann{email},
		password => 'violet canoe drum');
	unlike(page(\%new, '/account'), qr/personal API key/,
		'nothing is left to end');
	is($panel->request(DELETE => LIST . '/' . (rows($panel, "SELECT id
		FROM api_tokens WHERE name = 'Shop'", 'demo'))[0][0],
		token => $panel->admin_token)->{status}, 200, 'revoked');
	like(row_of(\%boss, 'Shop'), qr/Revoked/, 'it is shown so');
	is(status_by($shop), 401, 'and is over');
}

# Whoever had a key of a role is told on the role's form.
sub check_role
{
	my $made = $panel->post('/api/admin/roles', token => $panel->admin_token,
		json => { name => 'Desk', permissions => [qw(orders:read
		settings:read settings:write)] })->{json};
	my %tim = person('tim@example.com', 'Desk');
	my $form = "/role-management/$made->{id}/change";

	like(page(\%boss, $form), qr/have to sign in again\.</,
		'a role without keys');
	my $key = make(\%tim, 'Tims');
	is(status_by($key), 200, 'one of its people makes a key');
	like(page(\%boss, $form), qr/and 1 personal API key of theirs will end/,
		'which its form mentions');
}

for my $db (engines()) {
	$panel = start_instance(db => $db);
	%boss = person('boss@example.com', 'super_admin');
	%ann = person('ann@example.com', 'admin');
	note("== $db");
	my @keys = check_making();
	check_warnings();
	check_password(@keys);
	check_role();
	is(doctor_says($panel), '', "$db: the doctor finds nothing wrong");
	$panel->stop;
}
done_testing();
