#!/usr/bin/perl
# audit.t - the audit log of a running panel is sealed, can be checked by the
# command and by others, and is read by those who may.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use List::Util qw(max);
use POSIX qw(strftime);
use Time::Local qw(timegm);
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need(-x '/usr/bin/b2sum', 'b2sum (coreutils) is not here');

my $json = JSON::PP->new->utf8->canonical;
my $list = '/api/admin/audit-logs';

sub verify
{
	my ($panel, @more) = @_;
	my ($status, $text) = $panel->run('audit', 'verify', '--json', @more);

	return ($status, $json->decode($text));
}

sub epoch
{
	my ($iso) = @_;
	my ($y, $m, $d, $h, $min, $s) = $iso =~
		/^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)Z$/ or die $iso;

	return timegm($s, $min, $h, $d, $m - 1, $y);
}

# The digest as docs/AUDIT.md says, by another program.
sub digest
{
	my ($e) = @_;
	my @fields = ($e->{tenantId}, $e->{id}, @$e{qw(actorKind actorId actor
		action noun nounId detail requestId)}, epoch($e->{createdAt}),
		epoch($e->{updatedAt}));
	my $bytes = join '', map {
		my $text = $_;
		utf8::encode($text) if defined $text;
		defined $text ? length($text) . ":$text," : '-,'
	} @fields;
	my $file = scratch() . '/row';

	open my $fh, '>:raw', $file or die $!;
	print $fh $bytes;
	close $fh;
	return (split ' ', `b2sum -l 256 $file`)[0];
}

# Every entry of an export, page by page.
sub export
{
	my ($panel, $token, $query) = @_;
	my ($path, @entries, $pages) = ("$list/export?$query");

	while ($path) {
		my $r = $panel->get($path, token => $token);
		die "export: $r->{status} $r->{content}" if $r->{status} != 200;
		push @entries, map { $json->decode($_) }
			split /\n/, $r->{content};
		($path) = ($r->{headers}{link} // '') =~ /<([^>]+)>/;
		$pages++;
	}
	return \@entries;
}

sub test_sealing
{
	my ($panel, $db) = @_;

	$panel->intake(contract_order('pi_1', customerName =>
		"O'Brien & S\x{f6}hne <GmbH>"));
	my $sealed = wait_for(15, sub {
		my ($status, $v) = verify($panel);
		my $n = (rows($panel, 'SELECT COUNT(*) FROM audit_logs',
			'demo'))[0][0];
		$status == 0 && $v->{tenants}[0]{rows} == $n && $n > 5;
	});
	ok($sealed, "$db: what happens is sealed within seconds");
	my ($status, $v) = verify($panel, '--tenant', 'demo');
	my $t = $v->{tenants}[0];
	ok($status == 0 && $v->{ok} && $t->{endKept}
		&& $t->{findings} == 0, "$db: and checks");
	my ($kept) = slurp($panel->state_dir . '/audit/'
		. $panel->ready->{tenantId}) =~ /^(\d+ [0-9a-f]{64})\n\z/;
	is($kept, "$t->{seal} $t->{hash}",
		"$db: the end of the chain is kept outside");
	ok(wait_for(15, sub { (rows($panel, 'SELECT COUNT(*) FROM audit_checks
		WHERE findings = 0', 'demo'))[0][0] == 1 }),
		"$db: the panel checks by itself");
}

sub test_export
{
	my ($panel, $db, $token) = @_;
	my $all = export($panel, $token, 'format=jsonl');
	my @bad = grep { digest($_) ne $_->{digest} } @$all;
	my $linked = $all->[0]{prev} eq '0' x 64;

	cmp_ok(scalar @$all, '>', 5, "$db: the log can be exported");
	is(scalar @bad, 0, "$db: others make the same digests");
	for my $i (1 .. $#$all) {
		$linked &&= $all->[$i]{seq} == $i + 1
			&& $all->[$i]{prev} eq $all->[$i - 1]{hash};
	}
	ok($linked, "$db: each seal follows the one before");
	my $rest = export($panel, $token, 'after=' . ($#$all - 1));
	is($rest->[0]{seq}, $#$all, "$db: an export can go on");
	my $day = strftime('%Y-%m-%d', gmtime);
	is(scalar @{ export($panel, $token, "to=2026-01-01") }, 0,
		"$db: it is bounded by a day");
	cmp_ok(scalar @{ export($panel, $token, "from=2026-01-01&to="
		. strftime('%Y-%m-%d', gmtime(time + 86400))) }, '>=',
		scalar @$all, "$db: on both sides");
	my $csv = $panel->get("$list/export?format=csv", token => $token);
	my $lines = () = $csv->{content} =~ /\r\n/g;
	cmp_ok($lines, '>', scalar @$all, "$db: as CSV, too");
	is($panel->get("$list/export?format=xml", token => $token)->{status},
		422, "$db: another format is refused");
	my ($status, $text) = $panel->run(qw(audit export --tenant demo));
	is($json->decode((split /\n/, $text)[0])->{hash}, $all->[0]{hash},
		"$db: the command gives the same lines");
}

sub test_list
{
	my ($panel, $db, $token) = @_;
	my $r = $panel->get("$list?action=order.place", token => $token);
	my $entry = $r->{json}{items}[0];
	my $day = strftime('%Y-%m-%d', gmtime epoch($entry->{createdAt}));

	is($r->{json}{total}, 1, "$db: entries are found by action");
	is($panel->get("$list/$entry->{id}", token => $token)->{json}{action},
		'order.place', "$db: and read one by one");
	is($panel->get("$list?nounId=$entry->{nounId}&from=$day&to=$day",
		token => $token)->{json}{total}, $panel->get(
		"$list?nounId=$entry->{nounId}", token => $token)->{json}{total},
		"$db: by thing and day");
	is($panel->get("$list?to=2020-01-01", token => $token)->{json}{total},
		0, "$db: nothing was done in 2020");
	is($panel->get("$list?from=yesterday", token => $token)->{status}, 422,
		"$db: a day is a day");
	my (undef, $out) = $panel->run(qw(token add --tenant demo --json
		--scope orders:read));
	my $other = $json->decode($out)->{token};
	for my $path ($list, "$list/export", "$list/$entry->{id}") {
		is($panel->get($path, token => $other)->{status}, 403,
			"$db: $path needs audit:read");
		is($panel->post($path, token => $token, json => {})->{status},
			405, "$db: and nobody writes there");
	}
	my %page = $panel->sign_in;
	my $page = $panel->get("/audit?action=order.place",
		cookie => $page{cookie});
	like($page->{content}, qr{href="/audit/$entry->{id}"},
		"$db: staff find it on a page");
	$page = $panel->get("/audit/$entry->{id}", cookie => $page{cookie});
	like($page->{content}, qr{/orders/$entry->{nounId}},
		"$db: which leads to what it was done to");
}

# The head outside says that more was sealed than there is.
sub test_cut
{
	my ($panel, $db) = @_;
	my $file = $panel->state_dir . '/audit/' . $panel->ready->{tenantId};
	my ($seq) = slurp($file) =~ /^(\d+)/;
	my $ahead = $seq + 7;

	open my $fh, '>', $file or die "$file: $!";
	print $fh "$ahead ", 'a' x 64, "\n";
	close $fh;
	my ($status, $v) = verify($panel);
	my $found = $v->{tenants}[0]{found}[0];
	is($status, 1, "$db: an end that is missing fails the command");
	is("$found->{fault} $found->{lastSeal}", "truncated $ahead",
		"$db: which names it");
	my ($code, $text) = $panel->run(qw(audit verify));
	like($text, qr/^FAILED\tdemo\t.*\n\ttruncated\t/, "$db: to people, too");
	$panel->admin_token;
	ok(wait_for(10, sub { slurp($panel->state_dir . '/log/work.log') =~
		/"event":"audit_end_is_missing"/ }), "$db: the log tells it");
	like(slurp($file), qr/^$ahead /, "$db: the evidence stays");
	my $tomorrow = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + 90_000));
	$panel->run('--now', $tomorrow, 'work', '--once');
	is((rows($panel, "SELECT COUNT(*) FROM outbox
		WHERE template = 'mail/staff-audit'", 'demo'))[0][0], 1,
		"$db: the next nightly check tells staff");
	like($panel->get('/api/metrics')->{content}, qr/^mpanel_audit_faults 1$/m,
		"$db: the metrics count it");
	my %page = $panel->sign_in;
	like($panel->get('/audit', cookie => $page{cookie})->{content},
		qr/not what was sealed.*seals? \d+ to $ahead/s,
		"$db: the page says it");
	$panel->run(qw(audit anchor --tenant demo));
	is((verify($panel))[0], 0, "$db: until somebody accepts the end");
	is((rows($panel, "SELECT COUNT(*) FROM audit_logs
		WHERE action = 'audit.anchor'", 'demo'))[0][0], 1,
		"$db: which is an entry");
}

sub test_restore
{
	my ($panel, $db) = @_;
	my $dir = scratch();
	my $mine = "$dir/mine";

	chmod 0777, $dir;
	$panel->run('backup', $mine);
	$panel->intake(contract_order('pi_2', primaryDomain => 'x.example.com'));
	my $last = 0;
	wait_for(10, sub {
		my ($status, $v) = verify($panel);
		my $n = (rows($panel, 'SELECT COUNT(*) FROM audit_logs',
			'demo'))[0][0];
		$last = $v->{tenants}[0]{seal};
		$last == $n;
	});
	my ($status, $text) = $panel->run('restore', $mine);
	is($status, 0, "$db: a backup is restored");
	like($text, qr/^demo: the audit log ends at seal (\d+) again, not $last$/m,
		"$db: which says what went");
	is((verify($panel))[0], 0, "$db: and the log is sound");
}

for my $db (engines()) {
	my $panel = start_instance(db => $db);
	my $token = $panel->admin_token;

	test_sealing($panel, $db);
	test_export($panel, $db, $token);
	test_list($panel, $db, $token);
	test_cut($panel, $db);
	test_restore($panel, $db);
	my ($status) = $panel->run('--set', 'audit_keep_days=30', 'work',
		'--once');
	is($status, 65, "$db: to keep less than 90 days is refused")
		or diag($status);
	$panel->stop;
}
done_testing();
