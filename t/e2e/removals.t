#!/usr/bin/perl
# removals.t - many websites are removed at once, and more than the rule says
# only with a second person, also one by one.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

use constant {
	LIST => '/api/admin/approvals',
	BULK => '/api/admin/websites/bulk/remove',
	PAGE => '/websites/bulk/remove',
};

my $word = 'rusty anvil picnic';
my ($panel, %who, $n);

# Somebody of staff: a token for calls, a cookie for pages.
sub person
{
	my ($name, $role) = @_;
	my $email = "$name\@example.com";

	$panel->run_with($word, qw(user add --tenant demo --password-stdin
		--role), $role // 'editor', '--email', $email);
	$who{$name} = { $panel->sign_in(email => $email, password => $word),
		token => $panel->post('/api/auth/login', json => {
			email => $email, password => $word })
		->{json}{accessToken} };
}

sub call
{
	my ($name, $path, $body, $method) = @_;

	return $panel->request($method // 'POST', $path,
		token => $who{$name}{token} // $name, json => $body // {});
}

sub page
{
	my ($name, $path) = @_;

	return $panel->get($path, cookie => $who{$name}{cookie});
}

sub form
{
	my ($name, $path, %fields) = @_;

	return $panel->form($who{$name}, $path, %fields);
}

sub count
{
	my ($sql) = @_;

	return (rows($panel, "SELECT count(*) FROM $sql", 'demo'))[0][0];
}

sub removed { count("provisioning_tasks WHERE step = 'remove'") }
sub noted { count("audit_logs WHERE action = 'website.remove'") }

# So many new ones that run: their ids.
sub sites
{
	my ($how_many) = @_;
	my $before = (rows($panel, "SELECT coalesce(max(CAST(id AS text)), '0')
		FROM websites", 'demo'))[0][0];

	$panel->intake(small_order('pi_' . ++$n)) for 1 .. $how_many;
	while (my $task = $panel->worker('tasks/claim')->{json}{task}) {
		$panel->worker("tasks/$task->{id}/complete", {
			status => 'success', leaseToken => $task->{leaseToken},
		});
	}
	my @ids = map { $_->[0] } rows($panel, "SELECT id FROM websites
		WHERE CAST(id AS text) > '$before' AND status = 'active'",
		'demo');
	is(scalar @ids, $how_many, "$how_many websites run");
	return @ids;
}

sub one { "/api/admin/websites/$_[0]/remove" }
sub approve { call($_[0], LIST . "/$_[1]/approve") }

# ---- calls ----

sub check_few
{
	my $r = call(eve => BULK, { ids => [sites(3)], reason => 'old' });

	is($r->{status}, 200, 'as many as the rule lets one remove need nobody');
	is("$r->{json}{count} @{ $r->{json}{leftOut} }", '3 ', 'all are done');
	is(removed(), 3, 'by a task each');
}

sub check_many
{
	my @ids = sites(4);
	my %call = (ids => [reverse @ids], reason => 'was <old>');
	my ($tasks, $notes) = (removed(), noted());
	my $r = call(ann => BULK, \%call);

	is($r->{status}, 202, 'more wait');
	is($r->{json}{status}, 'waiting', 'and say so');
	my $id = $r->{json}{approvalId};
	is(call(ann => BULK, { %call, ids => \@ids })->{json}{approvalId}, $id,
		'the same again, in any order, waits in the same place');
	is(removed() . noted(), "$tasks$notes", 'and nothing is done');
	is(approve(ann => $id)->{status}, 403, 'nobody approves their own');
	is(approve(lou => $id)->{status}, 404,
		'who may not remove websites does not even see it');
	is(call(lou => BULK, \%call)->{status}, 403, 'nor removes any');
	is_deeply([map { $_->{kind} } @{ $panel->get('/api/admin/notifications',
		token => $who{bob}{token})->{json}{items} }], ['approval'],
		'who may is told');
	is(count("outbox WHERE template = 'mail/staff-approval'"), 1,
		'by a mail as well');
	my $a = $panel->get(LIST . "/$id", token => $who{bob}{token})->{json};
	is("$a->{action} $a->{title}: $a->{wish}{reason}",
		'website.remove Remove 4 websites: was <old>', 'what and why');
	is_deeply([sort map { $_->{id} } @{ $a->{wish}{websites} }],
		[sort @ids], 'and which');
	is_deeply([sort(at_once(2, sub { approve($_[0] => $id)->{status} },
		'bob', 'dan'))], [200, 409], 'of two who approve one does');
	is(removed(), $tasks, 'which does nothing yet');
	is(call(ann => BULK, { %call, ids => [@ids[0 .. 2], sites(1)] })
		->{status}, 202, 'others than these wait');
	is(call(bob => BULK, \%call)->{status}, 202,
		'and so do these of another person');
	my @done = at_once(4, sub { my $r = call(ann => BULK, \%call);
		"$r->{status} " . ($r->{json}{count} // '') }, 1 .. 4);
	is_deeply([sort @done], ['200 0', '200 0', '200 0', '200 4'],
		'who asked does it, once, and hears that nothing is left');
	is(removed() - $tasks, 4, 'a task each');
	is(noted() - $notes, 4, 'each is noted once');
	is(count("audit_logs WHERE action = 'approval.use'"), 1,
		'and so is the approval');
}

sub check_gone
{
	my @ids = sites(4);
	my %call = (ids => \@ids);
	my $id = call(fay => BULK, \%call)->{json}{approvalId};
	my $tasks = removed();

	approve(bob => $id);
	is(call(dan => one($ids[1]))->{status}, 200, 'one goes meanwhile');
	my $r = call(fay => BULK, \%call);
	is($r->{status}, 200, 'the others are removed');
	is("$r->{json}{count} @{ $r->{json}{leftOut} }", "3 $ids[1]",
		'and the one that was left out is named');
	is(removed() - $tasks, 4, 'each has one task');
	my @more = sites(1);
	is(call(gus => BULK, { ids => [@more, $id] })->{status}, 409,
		'what is no website stops it');
	is(removed() - $tasks, 4, 'and nothing is done');
}

sub check_refused
{
	my %call = (ids => [sites(4)]);
	my $id = call(gus => BULK, \%call)->{json}{approvalId};
	my $tasks = removed();

	is(call(bob => LIST . "/$id/refuse")->{json}{status}, 'refused',
		'it is refused');
	is(call(gus => BULK, \%call)->{status}, 202, 'and has to be asked again');
	is(removed(), $tasks, 'nothing was done');
}

# ---- one by one ----

sub check_one_by_one
{
	my @ids = sites(6);
	my %key = map { $_ => call(ira => '/api/admin/api-tokens', {
		name => $_, scopes => ['websites:write', 'websites:read'],
		belongsTo => $_ })->{json}{token} } qw(person company);
	my $tasks = removed();

	is(call(ira => one($ids[0]))->{status}, 200, 'one');
	is(call($key{person}, one($ids[1]))->{status}, 200,
		'one by a key of one\'s own');
	is(form(ira => "/websites/$ids[2]/remove")->{headers}{location},
		"/websites/$ids[2]", 'one on its page');
	is(call(ira => one($ids[2]))->{status}, 200,
		'what is going needs nobody');
	my $r = call(ira => one($ids[3]));
	is($r->{status}, 202, 'the next waits');
	my $id = $r->{json}{approvalId};
	is(call($key{person}, one($ids[3]))->{json}{approvalId}, $id,
		'also by the key');
	is(form(ira => "/websites/$ids[3]/remove")->{headers}{location},
		"/approvals/$id", 'and on its page');
	is(removed() - $tasks, 3, 'and is not removed');
	like(page(bob => "/approvals/$id")->{content},
		qr/Remove the website pi-\d+\.example\.com/, 'it is named');
	is(approve(bob => $id)->{json}{status}, 'approved', 'approved');
	is(call(ira => one($ids[3]))->{status}, 200, 'it is removed');
	is(call(ira => one($ids[4]))->{status}, 202, 'it alone');
	is(call(bob => one($ids[5]))->{status}, 200, 'another person may');
	is(removed() - $tasks, 5, 'a task each');
	check_company_key($key{company}, $ids[4]);
}

# It has nobody who could ask, and is counted with whoever made it.
sub check_company_key
{
	my ($key, $id) = @_;
	my $tasks = removed();
	my $r = call($key, one($id));

	is($r->{status}, 403, 'a company\'s key cannot ask');
	like($r->{content}, qr/no person(?:&#39;|')s own/, 'and is told why');
	is(removed(), $tasks, 'nothing was done');
}

# Nor is one at the same moment.
sub check_at_once
{
	my @ids = sites(6);
	my @got = at_once(6, sub { call(kim => one($_[0]))->{status} }, @ids);

	is_deeply([sort @got], [200, 200, 200, 202, 202, 202],
		'of six at once three wait');
}

# ---- pages ----

sub check_pages
{
	my @ids = sites(4);
	my %picks = map { ("pick-$_" => 1) } @ids;
	my $tasks = removed();

	like(page(mia => '/websites')->{content}, qr{formaction="@{[PAGE]}"},
		'the list offers it');
	like(page(mia => PAGE . '?' . join '&', map { "$_=1" } sort keys %picks)
		->{content}, qr/Remove 4 websites\?/, 'and asks');
	my $at = form(mia => PAGE, %picks, reason => q{O'Brien & "Söhne"})
		->{headers}{location};
	like($at, qr{^/approvals/[0-9a-f-]{36}$}, 'the form leads to what waits');
	like(page(mia => $at)->{content}, qr/second person must approve/,
		'which says so');
	is(removed(), $tasks, 'and nothing is done');
	like(page(bob => $at)->{content}, qr/pi-\d+\.example\.com, pi-/,
		'somebody else sees which');
	is(form(bob => "$at/approve")->{status}, 303, 'and approves it');
	is(call(dan => one($ids[0]))->{status}, 200, 'one goes meanwhile');
	my $form = $panel->hidden_fields(page(mia => $at), PAGE);
	ok($form, 'who asked gets a button');
	s/&#(\d+);/chr $1/ge, s/&quot;/"/g, s/&#x27;/'/g, s/&amp;/&/g
		for values %$form;
	delete $form->{$_} for qw(csrf key);
	my $r = form(mia => PAGE, %$form);
	is($r->{headers}{location}, '/websites', 'and presses it');
	is(removed() - $tasks, 4, 'then they are removed');
	like(page(mia => '/websites')->{content}, qr/3\ websites\ are\ being\ removed\.
		\ Nothing\ was\ left\ to\ do\ for\ 1\ website\./x,
		'which says what was left out');
	like(page(mia => $at)->{content}, qr/has been done/, 'and that it was');
}

# ---- the rule ----

sub check_rule
{
	my $settings = '/api/admin/settings';
	my @ids = sites(3);
	my $set = sub { call(ann => $settings, { approveRemovalsOver => $_[0] },
		'PATCH') };

	is($set->(100)->{status}, 200,
		'a higher limit than the installation\'s loosens nothing');
	is(call(nat => BULK, { ids => [@ids, sites(1)] })->{status}, 202,
		'its limit holds');
	is($set->(1)->{status}, 200, 'a lower one needs nobody');
	is(call(nat => BULK, { ids => \@ids })->{status}, 202, 'and holds');
	is(call(nat => one($ids[0]))->{status}, 200, 'one goes');
	is(call(nat => one($ids[1]))->{status}, 202, 'two do not');
	my $r = $set->(2);
	is($r->{status}, 202, 'to loosen it needs a second person');
	is($panel->get(LIST . "/$r->{json}{approvalId}",
		token => $who{ann}{token})->{json}{title},
		'Let one person alone remove more websites', 'and says what');
}

# Without a rule they are removed by whoever may.
sub check_no_rule
{
	my ($db) = @_;

	$panel = start_instance(db => $db, agent => 0,
		set => { approve_removals_over => 0 });
	person('ann');
	is(call(ann => BULK, { ids => [sites(7)] })->{json}{count}, 7,
		'without a rule any number is removed');
	$panel->stop;
}

for my $db (engines()) {
	$panel = start_instance(db => $db, agent => 0,
		set => { approve_removals_over => 3 });
	person(ann => 'admin');
	is(call(ann => '/api/admin/roles', { name => 'Lookout', permissions =>
		['dashboard:read', 'websites:read'] })->{status}, 201, 'a role');
	person($_) for qw(bob dan eve fay gus kim mia nat);
	person(ira => 'admin');
	person(lou => 'Lookout');
	subtest "$db: few" => \&check_few;
	subtest "$db: many" => \&check_many;
	subtest "$db: one is gone" => \&check_gone;
	subtest "$db: refused" => \&check_refused;
	subtest "$db: one by one" => \&check_one_by_one;
	subtest "$db: at the same moment" => \&check_at_once;
	subtest "$db: pages" => \&check_pages;
	subtest "$db: the rule" => \&check_rule;
	is(doctor_says($panel), '', "$db: the doctor finds nothing wrong");
	$panel->stop;
	subtest "$db: no rule" => sub { check_no_rule($db) };
}
done_testing();
