#!/usr/bin/perl
# services.t - what customers do with their services and domains themselves: by
# JSON and on pages, as far as they may, and what `mpanel work` makes of it.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use HTTP::Tiny;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::ByHand;
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use POSIX qw(strftime);
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, $admin, %person, %customer, %service);

# ---- a scene ----

# An account with one service, and who looks after what of it.
sub account
{
	my ($name, %rights) = @_;
	my $r = $panel->intake(small_order("pi_$name",
		customerEmail => "$name\@example.com",
		customerName => "Account $name"));

	$customer{$name} = $r->{json}{customerId};
	$service{$name} = $r->{json}{subscriptions}[0]{id};
	for my $who (sort keys %rights) {
		$person{$who} = person($panel, $who, 'customer');
		is($panel->post("/api/admin/customers/$customer{$name}/people",
			token => $admin, json => { email => "$who\@example.com",
			rights => $rights{$who} })->{status}, 201,
			"$who looks after $name: @{ $rights{$who} }");
	}
}

sub one
{
	my ($sql) = @_;

	return (rows($panel, $sql, 'demo'))[0][0];
}

sub call
{
	my ($who, $method, $path, $body) = @_;

	return $panel->request($method, "/api/client/$path",
		token => $person{$who}{token}, $body ? (json => $body) : ());
}

sub page
{
	my ($who, $path) = @_;

	return $panel->get(length $path ? "/client/$path" : '/client', cookie => $person{$who}{cookie});
}

sub form
{
	my ($who, $path, %fields) = @_;
	my ($csrf) = page($who, '')->{content} =~ /name="csrf" value="([^"]+)"/;

	return $panel->post("/client/$path", cookie => $person{$who}{cookie},
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $panel->url },
		body => join '&', "csrf=$csrf",
			map { "$_=$fields{$_}" } sort keys %fields);
}

# ---- ending ----

# Nobody but who looks after both, and nobody of elsewhere.
sub check_who_may
{
	my ($path, $body) = @_;
	my $own = $path =~ s/:id/$service{alpha}/r;

	is(call($_, POST => $own, $body)->{status}, 403,
		"$_ may not POST $path") for qw(bill tess);
	is(call('bob', POST => $own, $body)->{status}, 404,
		'what is another\'s is not there');
	is(call('ann', POST => $path =~ s/:id/$service{beta}/r,
		$body)->{status}, 404, 'for nobody');
	is($panel->post("/api/client/$own", json => $body)->{status}, 401,
		'a stranger signs in first');
}

sub check_cancel
{
	my $id = $service{alpha};
	my $get = sub { call('ann', GET => "services/$id")->{json} };

	check_who_may("services/:id/$_", {}) for qw(cancel keep);
	is(call('ann', POST => "services/$id/cancel",
		{ reason => 'because' })->{status}, 422, 'a reason is one of ours');
	is(call('ann', POST => "services/$id/cancel",
		{ why => 'moving' })->{status}, 400, 'a member is one that is known');
	my $renews = $get->()->{renewDate};
	my $r = call('ann', POST => "services/$id/cancel",
		{ reason => 'moving', note => 'Far away.' });
	is($r->{status}, 200, 'a service is cancelled');
	is($r->{json}{endsOn}, $renews, 'for when it would have renewed');
	is($r->{json}{renewDate}, undef, 'which it does not');
	is($r->{json}{status}, 'active', 'and it runs until then');
	is(call('ann', POST => "services/$id/cancel", {})->{json}{endsOn},
		$renews, 'a second time changes nothing');
	my $staff = $panel->get("/api/admin/subscriptions/$id",
		token => $admin)->{json};
	is_deeply([@$staff{qw(endReason endNote endAskedBy)}],
		['moving', 'Far away.', 'ann@example.com'],
		'staff read why, and who said so');
	my $seen = page('ann', "services/$id")->{content};
	like($seen, qr/Ends on .*You can keep it until then\./s,
		'its page says until when');
	like($seen, qr{action="/client/services/$id/keep"}, 'with the way back');
	unlike(page('tess', "services/$id")->{content}, qr{/keep"|/cancel"},
		'for who may go it');
	like(page('ann', '')->{content}, qr/ends <time/, 'home says it, too');

	is(form('ann', "services/$id/keep")->{status}, 303, 'it is kept');
	is($get->()->{endsOn}, undef, 'and goes on');
	is($get->()->{renewDate}, $renews, 'and renews');
	is(call('ann', POST => "services/$id/keep", {})->{status}, 200,
		'keeping what is kept is nothing');
	is(form('ann', "services/$id/cancel", reason => 'because')->{status},
		422, 'a form with a wrong reason comes back');
	my $ask = page('ann', "services/$id/cancel")->{content};
	like($ask, qr/We have no backups of it/, 'the question says what is lost');
	is(form('ann', "services/$id/cancel", reason => 'trouble',
		note => 'Slow+%26+dear')->{status}, 303, 'a good one does it');
	ok($get->()->{endsOn}, 'as it says');
}

# Staff do and undo the same.
sub check_staff
{
	my $api = "/api/admin/subscriptions/$service{alpha}";
	my $seen = sub { $panel->get("/subscriptions/$service{alpha}",
		cookie => $person{staff}{cookie})->{content} };

	like($seen->(), qr{/resume"}, 'staff are offered to keep it');
	unlike($seen->(), qr{/cancel"}, 'and not to cancel it again');
	is($panel->post("$api/resume", token => $admin, json => {})->{status},
		200, 'they keep it');
	like($seen->(), qr{/cancel"}, 'then they are offered to cancel it');
	unlike($seen->(), qr{/resume"}, 'and not to keep it');
	is($panel->post("$api/cancel", token => $admin, json => {
		reason => 'other' })->{status}, 200, 'they cancel it');
}

# ---- another plan ----

sub check_plans
{
	my $id = $service{gamma};
	my $own = "services/$id";
	my $mine = sub { call('cleo', GET => "$own/changes")->{json}{items} };
	my $staff = sub { my ($verb, $body) = @_;
		$panel->post("/api/admin/plan-changes/" . $mine->()->[0]{id}
			. "/$verb", token => $admin, json => $body // {}) };
	my $todo = sub { $panel->get('/dashboard',
		cookie => $person{staff}{cookie})->{content} };

	check_who_may("services/:id/$_", { product => 'premium' })
		for qw(change-plan withdraw);
	is(call($_, GET => "services/$service{alpha}/plans")->{status}, 403,
		"$_ may not look at plans") for qw(bill tess);
	my %plan = map { $_->{product} => $_ }
		@{ call('cleo', GET => "$own/plans")->{json}{items} };
	is_deeply([map { "$_ $plan{$_}{price} $plan{$_}{atOnce}" }
		qw(premium student)], ['premium 59.88 1', 'student 9.88 0'],
		'the plans of the same kind are there, with what they cost');
	is(call('cleo', POST => "$own/change-plan",
		{ product => 'daily-backups-30d' })->{status}, 422,
		'what is no site is none');
	is(call('cleo', POST => "$own/withdraw", {})->{status}, 409,
		'nothing can be taken back yet');

	my $r = call('cleo', POST => "$own/change-plan",
		{ product => 'premium', note => 'More.' });
	is_deeply([$r->{status}, @{ $r->{json} }{qw(status name price)}],
		[201, 'open', 'Premium', '59.88'], 'a plan is asked for');
	is(call('cleo', POST => "$own/change-plan",
		{ product => 'student' })->{status}, 409, 'one at a time');
	like($todo->(), qr{1 customer.*asks for another plan.*/plan-changes}s,
		'it waits for staff');
	like($panel->get("/plan-changes/$r->{json}{id}",
		cookie => $person{staff}{cookie})->{content},
		qr{href="/subscriptions/$id"}, 'with the service');
	like(page('cleo', "$own/plan")->{content},
		qr/You asked for Premium\./, 'the customer sees that it waits');
	is(form('cleo', "$own/plan/withdraw")->{status}, 303,
		'and takes it back');
	unlike($todo->(), qr/asks for another plan/, 'nothing waits');

	like(page('cleo', "$own/plan?to=premium")->{content},
		qr/\$59\.88 .yr, instead of \$29\.88 .yr now\..*You pay nothing now\./s,
		'what is charged when is said before');
	is(form('cleo', "$own/plan", product => 'none')->{status}, 422,
		'a form with another plan is refused');
	is(form('cleo', "$own/plan", product => 'premium')->{status}, 303,
		'a good one asks');
	is($staff->('decline', {})->{status}, 422, 'no has a reason');
	is($staff->('decline', { reason => 'No room.' })->{status}, 200,
		'staff say no');
	is($mine->()->[0]{reason}, 'No room.', 'which the customer reads');

	is(call('cleo', POST => "$own/change-plan",
		{ product => 'premium' })->{status}, 201, 'asked again');
	my @r = at_once(2, sub { $panel->post('/api/admin/plan-changes/'
		. $_[0] . '/accept', token => $admin, json => {})->{status} },
		($mine->()->[0]{id}) x 2);
	is("@r", '200 200', 'two of staff accept it at once');
	is(one("SELECT count(*) FROM provisioning_tasks WHERE
		subscription_id = '$id' AND step = 'configure'"), 1,
		'which is done once');
	ok(wait_for(60, sub { one("SELECT status FROM provisioning_tasks WHERE
		subscription_id = '$id' AND step = 'configure'") eq 'success' }),
		'on its server, too');
	my ($conf) = glob $panel->ready->{node}{root} . '/sites/' . one(
		"SELECT id FROM websites WHERE subscription_id = '$id'")
		. '/conf.json';
	like(slurp($conf), qr/"plan":"premium"/, 'which knows the plan');
	is(call('cleo', GET => $own)->{json}{price}, '59.88',
		'the price is the next period\'s');
	is($panel->post("/api/admin/subscriptions/$id/change-plan",
		token => $admin, json => { product => 'student' })->{status},
		200, 'staff change a plan themselves');
	is($mine->()->[0]{status}, 'accepted', 'a smaller one later');
	is(call('cleo', POST => "$own/cancel", {})->{status}, 200,
		'a service that is cancelled');
	is($mine->()->[0]{status}, 'withdrawn', 'changes no more');
	unlike(page('cleo', $own)->{content}, qr{/plan"}, 'nor is asked');
}

# The day comes: the clock of one run of `mpanel work` stands there.
sub check_day
{
	my $id = $service{alpha};
	my $site = one("SELECT domain FROM websites
		WHERE subscription_id = '$id'");
	(my $url = $panel->ready->{node}{httpUrl}) =~ s{//[^:/]+}{//$site};
	my $status = sub { HTTP::Tiny->new->request(GET => $url,
		{ peer => '127.0.0.1' })->{status} };
	# a session would not live as long as what was paid for
	my $work = sub { my ($days) = @_;
		my $day = strftime('%Y-%m-%d', gmtime(time + $days * 86400));
		by_hand($panel, "UPDATE subscriptions SET ends_on = '$day'
			WHERE id = '$id'");
		$panel->run(qw(work --once)) };
	my $is = sub { one("SELECT status FROM subscriptions
		WHERE id = '$id'") };

	is($status->(), 200, 'the site answers');
	$work->(1);
	is($is->(), 'active', 'before the day nothing happens');
	$work->(0);
	is($is->(), 'cancelled', 'on the day it ends');
	ok(wait_for(60, sub { $status->() == 404 && one("SELECT status
		FROM websites WHERE subscription_id = '$id'") eq 'removed' }),
		'and its site is taken down');
	$work->(-1);
	is(one("SELECT count(*) FROM provisioning_tasks
		WHERE subscription_id = '$id' AND step = 'remove'"), 1, 'once');
	is(call('ann', POST => "services/$id/keep", {})->{status}, 409,
		'it can not be kept any more');
	my $seen = page('ann', "services/$id")->{content};
	like($seen, qr/Cancelled\./, 'its page says that it has ended');
	unlike($seen, qr{/keep"|/cancel"}, 'and offers nothing');
	is(call('ann', GET => 'domains')->{json}{total}, 0,
		'its name is let go');
	is($panel->intake(small_order('pi_next', primaryDomain => $site,
		customerEmail => 'next@example.com'))->{status}, 201,
		'and somebody else may bring it');
}

# ---- domains ----

sub check_domains
{
	my $id = one("SELECT id FROM domains
		WHERE customer_id = '$customer{beta}'");
	my $set = sub { call($_[0], PATCH => "domains/$id", $_[1]) };
	my %on = map { $_ => $_ ? JSON::PP::true : JSON::PP::false } 0, 1;

	is($set->('bob', { autoRenew => $on{1} })->{status}, 409,
		'what is registered elsewhere does not renew here');
	like(page('bob', "domains/$id")->{content},
		qr/It renews where it is registered\./, 'its page says so');
	by_hand($panel, "UPDATE domains SET status = 'active'
		WHERE id = '$id'");
	is($set->('bob', { autoRenew => $on{1} })->{json}{autoRenew}, $on{1},
		'what is registered with us can renew');
	is($set->('bob', { autoRenew => $on{1} })->{status}, 200,
		'which can be said twice');
	is(one("SELECT count(*) FROM audit_logs
		WHERE action = 'domain.auto_renew'"), 1, 'and is noted once');
	is($set->('ann', { autoRenew => $on{0} })->{status}, 404,
		'not by others');
	is($set->('bob', {})->{status}, 422, 'nor without saying what');
	is($set->('bob', { name => 'x.test' })->{status}, 400,
		'nothing else is changed');
	like(page('bob', "domains/$id")->{content}, qr/It renews by itself/,
		'its page says so');
	is(form('bob', "domains/$id/auto-renew", on => 'no')->{status}, 303,
		'and has a switch');
	is(call('bob', GET => "domains/$id")->{json}{autoRenew}, $on{0},
		'which works');
	is(form('bob', "domains/$id/auto-renew", on => 'maybe')->{status}, 422,
		'for yes and no');
}

for my $db (engines()) {
	$panel = start_instance(db => $db, agent => 1, set => {
		rate_login_account => 1000, rate_login_address => 10_000 });
	$admin = $panel->admin_token;
	note("== $db");
	%person = (staff => { $panel->sign_in });
	account('alpha', ann => [qw(billing technical support)],
		bill => ['billing'], tess => ['technical']);
	account('gamma', cleo => [qw(billing technical)]);
	account('beta', bob => [qw(billing technical)]);
	is(call('ann', POST => "services/$service{alpha}/cancel", {})->{status},
		409, 'what is being set up can not be cancelled')
		if one("SELECT status FROM subscriptions
			WHERE id = '$service{alpha}'") eq 'pending';
	ok(wait_for(60, sub { one(q{SELECT count(*) FROM subscriptions
		WHERE status <> 'active'}) == 0 }), 'all services are set up');
	check_cancel();
	check_staff();
	check_plans();
	check_domains();
	check_day();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
