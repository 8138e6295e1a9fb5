#!/usr/bin/perl
# insight.t - what staff see of the house: the ledger, the jobs behind it,
# servers over time, and how it feels.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::ByHand;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, %page);

sub api { my ($path) = @_; return $panel->get("/api/admin/$path",
	token => $panel->admin_token) }

sub page { my ($path) = @_; return $panel->get($path,
	cookie => $page{cookie})->{content} }

sub total { return $_[0]{json}{total} // "$_[0]{status} $_[0]{content}" }

sub ledger
{
	my ($db) = @_;
	like(page('/ledger'), qr/Nothing is booked yet/,
		"$db: a ledger without an entry says so");
	is(total(api('ledger/accounts')), 0, 'and has no account');
	$panel->intake(contract_order('pi_l1'));
	$panel->intake(small_order('pi_l2'));
	my $accounts = api('ledger/accounts')->{json}{items};
	is_deeply({ map { $_->{code} => $_->{balance} + 0 } @$accounts },
		{ 1010 => 75.7, 1200 => 0, 2100 => 0, 4000 => -75.7 },
		'accounts have what was booked');
	is_deeply([map { "$_->{currency} $_->{debits} $_->{credits} "
		. $_->{difference} } @{ api('ledger/trial-balance')->{json}{items} }],
		['USD 75.7 75.7 0'], 'the trial balance comes to nothing');
	is(total(api('ledger')), 6, 'three postings each');
	is(total(api('ledger?account=2100')), 4, 'by account, either side');
	is(total(api('ledger?account=9999')), 0, 'of an account that is none');
	is(total(api('ledger?kind=payment')), 2, 'by kind');
	is(total(api('ledger?from=2020-01-01&to=2020-12-31')), 0, 'by day');
	my $one = api('ledger?limit=1')->{json};
	my $next = api("ledger?limit=5&cursor=$one->{nextCursor}")->{json};
	is(scalar @{ $next->{items} }, 5, 'page by page');
	is((grep { $_->{id} eq $one->{items}[0]{id} } @{ $next->{items} }), 0,
		'none of them twice');
	my $invoice = $one->{items}[0]{invoiceId};
	is(total(api("ledger?invoiceId=$invoice")), 2,
		'of an invoice: issued and paid');
	is(api('ledger?colour=red')->{status}, 400, 'an unknown filter is');
	is(api('ledger?customerId=7')->{status}, 422, 'so is no id');
	my $text = page('/ledger?account=1010');
	like($text, qr/Balances/, 'the page says that it balances');
	like($text, qr/Total in USD.*\$75\.70.*\$75\.70/s, 'with both sums');
	like($text, qr{href="/payments/[0-9a-f-]+">Payment<},
		'a payment leads to it');
	like(page('/ledger'), qr{href="/invoices/$invoice">INV-},
		'an invoice, too');
	like(page('/ledger?format=csv'), qr/Payment received.*2100/,
		'the file has the postings');
	like(page("/ledger/$one->{items}[0]{id}"), qr/Receivables/,
		'one of them');
}

# ---- jobs ----

sub act { my ($path, %o) = @_; return $panel->post("/api/admin/$path",
	token => $panel->admin_token, json => {}, %o) }

# A job that was given up; no mail unless asked for.
sub dead
{
	my ($kind, $error) = @_;
	$panel->intake(small_order('pi_dead' . int rand 1e9));
	my $id = (rows($panel, "SELECT id FROM outbox WHERE kind = 'mail'
		AND status = 'pending' ORDER BY id DESC LIMIT 1", 'demo'))[0][0];
	by_hand($panel, "UPDATE outbox SET kind = '$kind', status = 'dead',
		attempts = 50, last_error = '$error' WHERE id = '$id'",
		"DELETE FROM queue WHERE ref_id = '$id'");
	return $id;
}

sub audited
{
	my ($action) = @_;

	return (rows($panel, "SELECT COUNT(*) FROM audit_logs
		WHERE action = '$action'", 'demo'))[0][0];
}

sub jobs
{
	my ($db) = @_;
	my $id = dead('orphan', 'Stripe <b>slept</b>.');
	my $r = api("jobs/$id");
	is("$r->{json}{status} $r->{json}{attempts} $r->{json}{lastError}",
		'dead 50 Stripe <b>slept</b>.', "$db: a job that was given up");
	is($r->{json}{key}, api('jobs?status=dead')->{json}{items}[0]{key},
		'is listed as such');
	is(grep({ /payload|recipient/ } keys %{ $r->{json} }), 0,
		'but not what is in it');
	like(page('/jobs?status=dead'), qr/Stripe &lt;b&gt;slept&lt;\/b&gt;/,
		'the page says why');
	like(page("/jobs/$id"), qr/Retry.*50 of 50/s, 'and offers to retry');
	my @keyed = map { act("jobs/$id/retry", headers =>
		{ 'idempotency-key' => "again-$db" })->{status} } 1, 2;
	is("@keyed", '200 200', 'it is tried again; the same call repeated');
	is(audited('job.retry'), 1, 'is one deed');
	is(act("jobs/$id/retry")->{status}, 409, 'another call comes too late');
	is(act("jobs/$id/dismiss")->{status}, 409, 'also to dismiss it');
	is(act('jobs/0190a0b0-0001-7000-8000-000000000001/retry')->{status},
		404, 'one that is none is not found');
	ok(wait_for(20, sub { (rows($panel, "SELECT status FROM outbox
		WHERE id = '$id'", 'demo'))[0][0] ne 'pending' }),
		'a worker takes it');
	$id = dead('orphan', 'again');
	$panel->post("/jobs/$id/dismiss", cookie => $page{cookie},
		type => 'application/x-www-form-urlencoded',
		body => "csrf=$page{csrf}", headers => { origin => $panel->url });
	is(api("jobs/$id")->{json}{status}, 'cancelled', 'a page dismisses one');
	is(audited('job.dismiss'), 1, 'and notes it');
	$id = dead('mail', 'refused');
	is(act("jobs/$id/retry")->{json}{status}, 'pending', 'a mail, too');
	is(audited('mail.resend'), 1, 'goes by the rules of mails');
	my $s = wait_for(90, sub { my $s = api('jobs/scheduler')->{json};
		$s->{alive} && $s });
	ok($s, 'a process keeps the clock');
	my %run = map { $_->{name} => $_ } @{ $s->{clockwork} };
	is($run{audit_seal}{result}, 'ok', 'it seals the audit log');
	is($run{leases}{everySeconds}, 5, 'and looks for lost leases');
	like(page('/jobs/scheduler'), qr/process is at work.*Seals the audit log/s,
		'the page says the same');
}

# ---- servers over time ----

sub metrics
{
	my ($db) = @_;
	my $server = $panel->ready->{serverId};
	my $now = int time;

	like(page('/server-metrics'), qr/Nothing reported in this time/,
		"$db: a server that has not reported says so");
	for my $i (0 .. 9) {
		my @t = gmtime $now - 30 * $i;
		my $r = $panel->post('/api/agent/metrics',
			token => $panel->ready->{workerToken}, json => {
			timestamp => sprintf('%04d-%02d-%02dT%02d:%02d:%02dZ',
				$t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0]),
			metrics => { cpu => { usagePercent => 25, cores => 2 },
				memory => { total => 1000, used => 500 },
				disk => { total => 100, used => 50 },
				network => { rxBytes => 1, txBytes => 1 } } });
		is($r->{status}, 200, 'a report') or diag($r->{content});
	}
	is(scalar @{ api("servers/$server/metrics?range=1h")->{json}{items} },
		10, 'an hour has the reports');
	is(scalar @{ api("servers/$server/metrics?range=$_")->{json}{items} // [] },
		0, "$_ has what was added up") for qw(30d 1y);
	cmp_ok(scalar @{ api("servers/$server/metrics?range=$_")->{json}{items} },
		'<=', 2, "$_ has them by five minutes") for qw(24h 7d);
	is($panel->post('/api/agent/metrics',
		token => $panel->ready->{workerToken}, json => {
		timestamp => "$_-01-01T00:00:00Z", metrics => {} })->{status},
		200, "an agent whose clock says $_") for 1999, 2099;
	my @at = map { $_->{timestamp} }
		@{ api("servers/$server/metrics?range=1h")->{json}{items} };
	ok($at[-1] !~ /^2099/ && @at >= 10, 'is noted by our clock');
	is(api("servers/$server/metrics?range=2y")->{status}, 422,
		'no other range');
	like(page('/server-metrics?range=1h'),
		qr/Line chart: use of processor and memory, Last hour/,
		'the page draws them');
	like(page('/server-metrics?range=1y'), qr/aria-current="true">1 y</,
		'and a year');
	is($panel->get('/server-metrics?range=x', cookie => $page{cookie})
		->{status}, 422, 'an unknown range is refused');
}

# ---- Guardian and the dashboard ----

sub check { my ($name) = @_; return (grep { $_->{name} eq $name }
	@{ api('guardian/status')->{json}{checks} })[0] }

sub guardian
{
	my ($db) = @_;
	my $dir = scratch();

	is(check('backup')->{result}, 'warn', "$db: no backup is known");
	like(page('/dashboard'), qr/No backup of the panel is known/,
		'the dashboard says so, too');
	chmod 0777, $dir;
	is(($panel->run('backup', "$dir/one.backup"))[0], 0, 'one is made');
	is(check('backup')->{result}, 'ok', 'and known');
	unlike(page('/dashboard'), qr/No backup of the panel/,
		'the dashboard is content');
	my $old = time - 3 * 86400;
	by_hand($panel, "UPDATE house_checks SET updated_at = $old
		WHERE name = 'backup'");
	is(check('backup')->{result}, 'warn', 'after three days it is old');
	like(page('/dashboard'), qr/No backup of the panel for 3 days/,
		'which the dashboard says');
	$old = time - 9 * 86400;
	by_hand($panel, "UPDATE house_checks SET updated_at = $old
		WHERE name = 'backup'");
	is(check('backup')->{result}, 'failed', 'after nine it is lost');
	like(page('/admin/guardian'), qr/Wrong.*Backup of the panel.*Well/s,
		'the page has what is wrong first');
	ok(wait_for(90, sub { check('doctor')->{checkedAt} }),
		'clockwork asks the doctor');
	is(check('doctor')->{result}, 'ok', 'who finds nothing');
	by_hand($panel, "INSERT INTO tallies (tenant_id, kind, part,
		counterpart, day, n, minor, created_at, updated_at)
		VALUES ('$panel->{ready}{tenantId}', 'customers', 'x', '', 0,
		1, 0, 1, 1)");
	is(($panel->run('doctor', '--note'))[0], 1, 'a fault is planted');
	is(check('doctor')->{result}, 'failed', 'and shown');
	by_hand($panel, "UPDATE tenant_checks SET result = 'ok'");
	$panel->run('work', '--once');
	is(check('doctor')->{result}, 'ok', 'clockwork asks once a day');
	by_hand($panel, 'UPDATE tenant_checks SET updated_at = 1');
	$panel->run('work', '--once');
	is(check('doctor')->{result}, 'failed', 'then it sees the fault');
	like(check('doctor')->{text}, qr/^1 promise does not hold/, 'and says so');
	by_hand($panel, "DELETE FROM tallies WHERE part = 'x'");
	is(check('ledger')->{result}, 'ok', 'the ledger balances');
	is(check('disk')->{result}, 'ok', 'there is room')
		or diag(check('disk')->{text});
	is(check('work')->{result}, 'ok', 'the clock is kept');
	is(check('mail')->{result}, 'warn', 'no mail server is set');
	like(check('certificate')->{text}, qr/not https/,
		'without TLS there is no certificate');
	is($panel->post('/api/admin/guardian/deploy',
		token => $panel->admin_token, json => {})->{status}, 501,
		'deployment is not built');
}

# What has ended is no longer new.
sub newest
{
	my ($db) = @_;
	my ($section) = page('/dashboard') =~
		m{(<h2 id="h-sub">.*?</section>)}s;

	like($section, qr/daily-backups|Daily backups/i,
		"$db: the dashboard has the newest subscriptions");
	by_hand($panel, "UPDATE subscriptions SET status = 'cancelled'");
	like(page('/dashboard'), qr/No subscriptions yet/,
		'without those that have ended');
}

# What is the whole house's is nobody's of one company among others.
sub house
{
	is(api('jobs/scheduler')->{status}, 200,
		'a company that is alone runs the house');
	$panel->run(qw(tenant add --slug other --name Other --host b.test));
	is(join(' ', grep { check($_) } qw(work backup disk certificate)), '',
		'one among others is not told of machine, clock and backup');
	ok(check('ledger') && check('doctor') && check('audit'),
		'but of its own');
	is(api('jobs/scheduler')->{status}, 404, 'nor who keeps the clock');
	unlike(page('/jobs'), qr{/jobs/scheduler}, 'and is not led there');
	unlike(page('/dashboard'), qr/No backup of the panel/,
		'the dashboard says nothing of it');
	by_hand($panel, "UPDATE tenants SET kind = 'platform'
		WHERE slug = 'demo'");
	is(join(' ', grep { check($_) } qw(work backup disk certificate)),
		'work backup disk certificate', 'the platform is');
	is(api('jobs/scheduler')->{status}, 200, 'and sees the clock');
	my ($status, $out) = $panel->run(qw(token add --tenant demo --scope
		dashboard:read --json));
	my $r = $panel->get('/api/admin/guardian/status',
		token => JSON::PP::decode_json($out)->{token});
	is(join(' ', grep { defined } map { $_->{href} }
		@{ $r->{json}{checks} }), '', 'no way leads where one may not go');
}

for my $db (engines()) {
	$panel = start_instance(db => $db, agent => 0);
	%page = $panel->sign_in;
	ledger($db);
	metrics($db);
	jobs($db);
	guardian($db);
	newest($db);
	house();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	$panel->stop;
}
done_testing();
