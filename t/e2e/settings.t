#!/usr/bin/perl
# settings.t - what a company sets for itself: one table, seen by its form, its
# JSON, its log and whatever goes by it.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP ();
use MPanel::Orders;
use MPanel::Test;
use POSIX ();
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

use constant API => '/api/admin/settings';

my $word = 'rusty anvil picnic';
my ($panel, $db, %who);

sub person
{
	my ($name, $role) = @_;
	my $email = "$name\@example.com";

	$panel->run_with($word, qw(user add --tenant demo --password-stdin
		--role), $role, '--email', $email);
	$who{$name} = { email => $email, $panel->sign_in(email => $email,
		password => $word), token => token($email) };
}

sub token
{
	my ($email) = @_;

	return $panel->post('/api/auth/login', json => { email => $email,
		password => $word })->{json}{accessToken};
}

sub get { return $panel->get(API, token => $who{ $_[0] }{token}) }

sub patch
{
	my ($name, $body, %o) = @_;

	return $panel->request(PATCH => API, token => $who{$name}{token},
		json => $body, %o);
}

sub form
{
	my ($name, $path, %fields) = @_;

	return $panel->form($who{$name}, $path, %fields);
}

sub page
{
	my ($name, $path) = @_;

	return $panel->get($path, cookie => $who{$name}{cookie});
}

sub hidden
{
	my ($page, $name) = @_;
	my ($value) = $page->{content} =~ /name="$name" value="([^"]*)"/;

	return $value;
}

sub wrong { return join ' ', sort map { "$_->{field}:$_->{code}" }
	@{ $_[0]{json}{errors} // [] } }

sub logged
{
	return map { $_->[0] =~ s/\\x5c/\\/gr } rows($panel, "SELECT detail FROM audit_logs
		WHERE action = 'settings.change' ORDER BY id", 'demo');
}

sub kept
{
	return join ' ', map { $_->[0] } rows($panel, "SELECT name
		FROM tenant_settings ORDER BY name", 'demo');
}

# ---- values ----

sub check_values
{
	my $r = get('ann');
	my %first = %{ $r->{json} };

	is($r->{status}, 200, "$db: the settings are read");
	is($first{invoiceDueDays}, 14, 'a default');
	is($first{timeZone}, 'UTC', 'and another');
	is_deeply($first{own}, [], 'nothing is its own at first');
	is(kept(), '', 'and no row is there');

	my $name = "O'Brien & Söhne <GmbH> 🚀 שלום";
	$r = patch('ann', { legalName => $name, invoiceDueDays => 30,
		bankInstructions => "IBAN DE02\nReference: <number>",
		version => $first{version} });
	is($r->{status}, 200, 'they are changed');
	is($r->{json}{legalName}, $name, 'any text comes back as it was');
	is($r->{json}{bankInstructions}, "IBAN DE02\nReference: <number>",
		'with its lines');
	is($r->{json}{version}, $first{version} + 1, 'as another version');
	is_deeply([sort @{ $r->{json}{own} }],
		[qw(bankInstructions invoiceDueDays legalName)],
		'and these are its own');
	is(kept(), 'bankInstructions invoiceDueDays legalName',
		'a row for each, and no other');
	my ($detail) = logged();
	is_deeply(JSON::PP->new->utf8->decode($detail)->{invoiceDueDays},
		{ from => 14, to => 30 }, 'the log has both values');

	is(patch('ann', { invoiceDueDays => 30 })->{json}{version},
		$first{version} + 1, 'the same again is no change');
	is(scalar(logged()), 1, 'and no entry');
	is(patch('ann', { invoiceDueDays => 14 })->{status}, 200,
		'back to the default');
	is(kept(), 'bankInstructions legalName', 'the row is gone');
	is(patch('ann', { legalName => undef })->{json}{legalName}, '',
		'null is the default, too');
}

sub check_refused
{
	my $before = get('ann')->{json}{version};
	my %bad = (
		'invoiceDueDays:out_of_range' => { invoiceDueDays => 366 },
		'invoiceDueDays:required' => { invoiceDueDays => undef },
		'timeZone:not_in_list' => { timeZone => 'Mars/Olympus' },
		'dateFormat:not_in_list' => { dateFormat => 'stardate' },
		'country:bad_format' => { country => 'Germany' },
		'currency:required' => { currency => '' },
		'legalName:too_long' => { legalName => 'x' x 129 },
		'legalName:bad_format' => { legalName => "a\nb" },
		'approveRoleChanges:wrong_type' =>
			{ approveRoleChanges => 'yes' },
		'factorRequiredRoles:not_in_list' =>
			{ factorRequiredRoles => ['admin', 'wizard'] },
		'database:unknown_field' => { database => 'x' },
		'country:bad_format invoiceDueDays:out_of_range' =>
			{ country => 'x', invoiceDueDays => -1 },
	);

	for my $say (sort keys %bad) {
		my $r = patch('ann', $bad{$say});
		like($r->{status}, qr/^4(?:00|22)$/, "refused: $say");
		is(wrong($r), $say, 'and why');
	}
	is(patch('sam', { legalName => 'x' })->{status}, 403,
		'support may not change them');
	is(patch('ann', { legalName => 'x', version => $before - 1 })
		->{status}, 409, 'who saw an older version is told');
	is(get('ann')->{json}{version}, $before, 'nothing of it was kept');
}

# ---- pages ----

sub check_pages
{
	my $page = page('ann', '/settings?group=money');

	is($page->{status}, 200, 'a form');
	like($page->{content}, qr/Days to pay/, 'with its label');
	unlike($page->{content}, qr/approveRefundOver/,
		'and nothing of other groups');
	my %seen = (group => 'money', version => hidden($page, 'version'),
		began => hidden($page, 'began'));
	is(form('ann', '/settings', %seen, invoiceDueDays => 'soon')
		->{status}, 422, 'what is no number is refused');
	my $r = form('ann', '/settings', %seen, invoiceDueDays => 21,
		approveRefundOver => 1);
	is($r->{status}, 303, 'a right form is saved');
	is(get('ann')->{json}{invoiceDueDays}, 21, 'and is');
	is(get('ann')->{json}{approveRefundOver}, 0,
		'a field of another group is not looked at');
	like(page('ann', '/settings?group=money')->{content},
		qr/The default is 14\./, 'the default is named');
	is(page('ann', '/settings?group=x')->{status}, 422, 'no such group');
	is(form('ann', '/settings', group => 'x')->{status}, 422,
		'nor to be saved');

	# two with the same form
	$r = form('ann', '/settings', %seen, invoiceDueDays => 10,
		invoiceFooter => '', bankInstructions =>
		"IBAN DE02\r\nReference: <number>");
	is($r->{status}, 409, 'an older form is not');
	like($r->{content}, qr/ann\@example\.com was faster/, 'by whom');
	like($r->{content}, qr/value="21" required>.*value="10" required>/s,
		'both values, none chosen: both have changed it');
	unlike($r->{content}, qr/name="bankInstructions"/,
		'what is the same is not asked');
	my %now = (group => 'money', version => hidden($r, 'version'),
		began => hidden($r, 'began'));
	is(form('ann', '/settings', %now, invoiceDueDays => 10)->{status},
		303, 'the choice is saved');
	is(get('ann')->{json}{invoiceDueDays}, 10, 'mine');

	# what only I have changed is chosen already
	patch('ann', { invoiceFooter => 'Thank you.' });
	$r = form('ann', '/settings', %{ { group => 'money',
		version => get('ann')->{json}{version} - 1,
		began => hidden(page('ann', '/settings?group=money'),
		'began') } }, invoiceDueDays => 11);
	like($r->{content}, qr/value="10" required>.*value="11" required checked>/s,
		'what only I have changed is chosen already');

	# the installation
	is(page('ann', '/settings?group=installation')->{status}, 422,
		'a company sees nothing of the installation');
}

sub check_installation
{
	my @mine = ('--config', $panel->ready->{config});
	system($panel->ready->{bin}{mpanel}, @mine, qw(tenant add --slug hq
		--name Headquarters --platform --host hq.test)) == 0
		or die 'tenant add';
	$panel->run_with($word, qw(user add --tenant hq --password-stdin
		--role owner --email chief@hq.test));
	my %chief = $panel->sign_in(host => 'hq.test',
		email => 'chief@hq.test', password => $word);
	my $page = $panel->get('/settings?group=installation',
		host => 'hq.test', cookie => $chief{cookie});

	is($page->{status}, 200, "the platform's owner sees it");
	like($page->{content}, qr/session_idle_s.*43200/s, 'values');
	like($page->{content}, qr/smtp_url.*?not set/s, 'but no secret');
	unlike($page->{content}, qr/sqlite:\/|postgresql:\/\/\S+@/,
		'not even where the database is');
}

# ---- what goes by them ----

sub check_invoice
{
	patch('ann', { legalName => 'Demo Hosting GmbH', line1 => 'Weg 1',
		city => 'Kassel', country => 'DE', taxId => 'DE123' });
	$panel->intake(small_order('pi_seller'));
	my ($row) = rows($panel, "SELECT seller FROM invoices
		ORDER BY id DESC LIMIT 1", 'demo');
	my $seller = JSON::PP->new->utf8->decode($row->[0]);

	is($seller->{legalName}, 'Demo Hosting GmbH',
		'an invoice says who sells');
	is("$seller->{line1}, $seller->{city} $seller->{country}",
		'Weg 1, Kassel DE', 'from where');
	is($seller->{taxId}, 'DE123', 'and the tax id');
	my $r = patch('ann', { currency => 'EUR' });
	is($r->{status}, 409, 'the currency stays now');
	is(wrong($r), 'currency:conflict', 'because of the books');
}

sub check_people
{
	patch('ann', { timeZone => 'Europe/Berlin', dateFormat => 'day' });
	my $r = $panel->post('/api/admin/users', token => $who{ann}{token},
		json => { email => 'new@example.com', role => 'support' });
	is($r->{status}, 201, 'somebody new');
	is("$r->{json}{timeZone} $r->{json}{dateFormat}", 'Europe/Berlin day',
		'begins with the company\'s time and dates');
}

# A company's own rules are as good as the installation's, and who may change
# them can't take them away alone.
sub check_rules
{
	is(patch('ann', { approveRefundOver => 1, approveRoleChanges =>
		JSON::PP::true, factorRequiredRoles => ['editor'] })
		->{status}, 200, 'to be stricter needs nobody');

	my $order = $panel->intake(small_order('pi_rule'))->{json}{orderId};
	is($panel->post("/api/admin/orders/$order/refund",
		token => $who{ann}{token}, json => {})->{status}, 202,
		'a refund waits for a second person now');
	is($panel->post('/api/admin/users', token => $who{ann}{token},
		json => { email => 'x@example.com', role => 'admin' })
		->{status}, 202, 'so does an invitation');
	is($panel->get('/api/admin/orders', token => $who{ed}{token})
		->{status}, 403, 'an editor has to set up a second factor');
	my $status = $panel->get('/api/2fa/status', token => $who{ed}{token});
	ok($status->{json}{required}, 'and is told that it is required');

	my %loose = (approveRoleChanges => JSON::PP::false);
	my $r = patch('ann', { %loose, legalName => 'Sneaky Ltd' });
	is($r->{status}, 202, 'to loosen one needs a second person');
	my $id = $r->{json}{approvalId};
	is(get('ann')->{json}{legalName}, 'Demo Hosting GmbH',
		'and nothing of that call is kept');
	ok(get('ann')->{json}{approveRoleChanges}, 'the rule holds');
	is(patch('ann', { approveRefundOver => 0 })->{status}, 202,
		'a higher limit as well');
	is(patch('ann', { approveRefundOver => 5 })->{status}, 202,
		'even a little higher');
	is(patch('ann', { factorRequiredRoles => [] })->{status}, 202,
		'and fewer roles with a second factor');
	is(patch('ann', { factorRequiredRoles => ['editor', 'support'] })
		->{status}, 200, 'more of them do not');
	is($panel->post("/api/admin/approvals/$id/approve",
		token => $who{ann}{token}, json => {})->{status}, 403,
		'who asked may not approve it');
	is($panel->post("/api/admin/approvals/$id/approve",
		token => $who{bob}{token}, json => {})->{status}, 200,
		'somebody else may');
	ok(get('ann')->{json}{approveRoleChanges}, 'that alone does nothing');
	is(patch('ann', { %loose, approveRefundOver => 0 })->{status}, 202,
		'what was approved is that and no more');

	# as the page offers it
	my $page = page('ann', "/approvals/$id");
	my ($again) = $page->{content} =~
		m{<form[^>]* action="/settings">(.*?)</form>}s;
	my %f = ($again // '') =~ /name="([^"]*)" value="([^"]*)"/g;
	is($f{approveRoleChanges}, 'false', 'the page offers to do it now');
	ok(!exists $f{approveRefundOver}, 'and no more than was asked for');
	is(form('ann', '/settings', %f)->{status}, 303, 'which does it');
	ok(!get('ann')->{json}{approveRoleChanges}, 'now the rule is gone');
	is(patch('ann', { approveRoleChanges => JSON::PP::true })->{status},
		200, 'it comes back');
	is(patch('ann', \%loose)->{status}, 202, 'and is asked for anew');
	check_whole_wish();
	check_refused_first();
}

# What is stricter in the same form is not lost.
sub check_whole_wish
{
	my $r = form('ann', '/settings', group => 'security',
		approveRefundOver => 7, approveRoleChanges => 'true',
		factorRequiredRoles => 'editor, support, owner');
	my ($id) = ($r->{headers}{location} // '') =~ m{/approvals/(\S+)};

	ok($id, 'a looser and a stricter rule in one form wait');
	$panel->post("/api/admin/approvals/$id/approve",
		token => $who{bob}{token}, json => {});
	my ($again) = page('ann', "/approvals/$id")->{content} =~
		m{<form[^>]* action="/settings">(.*?)</form>}s;
	my %f = ($again // '') =~ /name="([^"]*)" value="([^"]*)"/g;
	$f{factorRequiredRoles} =~ s/&quot;/"/g;
	is(form('ann', '/settings', %f)->{status}, 303,
		'and are saved together');
	is(get('ann')->{json}{approveRefundOver}, 7, 'the looser one');
	is_deeply(get('ann')->{json}{factorRequiredRoles},
		[qw(editor support owner)], 'and the stricter one');
}

# Nobody is asked for what will be refused.
sub check_refused_first
{
	my $waiting = sub { (rows($panel,
		'SELECT COUNT(*) FROM approvals', 'demo'))[0][0] };
	my $before = $waiting->();
	my $r = patch('ann', { approveRoleChanges => JSON::PP::false,
		currency => 'EUR' });

	is($r->{status}, 409, 'what the books refuse is refused at once');
	is(wrong($r), 'currency:conflict', 'and why');
	is($waiting->(), $before, 'and nobody is asked');
}

# The stricter of company and installation holds.
sub check_installation_rules
{
	$panel = start_instance(db => $db, agent => 0, set => {
		approve_refund_over => 1, factor_required_roles => 'editor' });
	person(ann => 'admin');
	person(ed => 'editor');
	is(patch('ann', { approveRefundOver => 1000000 })->{status}, 200,
		'a higher limit than the installation\'s loosens nothing');
	my $order = $panel->intake(small_order('pi_inst'))->{json}{orderId};
	is($panel->post("/api/admin/orders/$order/refund",
		token => $who{ann}{token}, json => {})->{status}, 202,
		'its limit holds');
	is(patch('ann', { factorRequiredRoles => ['support'] })->{status}, 200,
		'nor does another list');
	is(page('ed', '/orders')->{headers}{location}, '/account/factors',
		'its roles need their factor');
	$panel->stop;
}

# Eight at the same moment, from the same version: one is kept.
sub check_race
{
	my $version = get('ann')->{json}{version};
	my @said = map { my $i = $_;
		my $pid = open(my $from, '-|') // die "fork: $!";
		if ($pid == 0) {
			print patch('ann', { city => "City $i",
				version => $version })->{status};
			POSIX::_exit(0) if close STDOUT;
		}
		$from } 1 .. 8;
	my %n;

	$n{ readline $_ }++ for @said;
	close $_ for @said;
	is_deeply(\%n, { 200 => 1, 409 => 7 },
		'of eight with one version one wins');
	is(get('ann')->{json}{version}, $version + 1, 'and changes once');
	my %o = (headers => { 'idempotency-key' => "k$db" });
	my $body = { city => 'Keyed', version => $version + 1 };
	is(patch('ann', $body, %o)->{status}, 200, 'a key');
	my $again = patch('ann', $body, %o);
	is($again->{status}, 200, 'gives the same answer again');
	is($again->{json}{version}, $version + 2, 'and changes nothing');
	is(get('ann')->{json}{version}, $version + 2, 'indeed');
}

for (engines()) {
	$db = $_;
	# all settings are as a new company has them
	$panel = start_instance(db => $db, agent => 0, welcome => 1);
	person(ann => 'admin');
	person(bob => 'admin');
	person(ed => 'editor');
	person(sam => 'support');
	check_values();
	check_refused();
	check_pages();
	check_installation();
	check_invoice();
	check_people();
	check_race();
	check_rules();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	$panel->stop;
	check_installation_rules();
}
done_testing();
