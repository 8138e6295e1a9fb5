#!/usr/bin/perl
# usage.t - what a site uses comes from its server to whoever should know it:
# each byte that was sent, once, and the disk; and a mail when much is used.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use HTTP::Tiny;
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, $admin, $site, $service, $www, %person);
my ($sent, $base);

sub today { return strftime('%Y-%m-%d', gmtime) }
sub site { return $panel->get("/api/admin/websites/$site",
	token => $admin)->{json} }
sub one { return (rows($panel, $_[0], 'demo'))[0][0] }

# ---- the scene ----

# The agent counts each second, not each five minutes.
sub hurry
{
	my $conf = $panel->state_dir . '/node.conf';

	open my $fh, '>>', $conf or die "$conf: $!";
	print $fh "measure_seconds = 1\nmeasure_disk_seconds = 1\n",
		"heartbeat_seconds = 1\n";
	close $fh or die "$conf: $!";
	restart('TERM');
}

# ./start begins another one.
sub restart
{
	my ($signal) = @_;
	my $was = agent_pid();

	kill $signal => $was;
	wait_for(20, sub { my $now = agent_pid(); $now && $now != $was })
		or die 'no new agent';
}

# The one that ./start has begun; its children look like it.
sub agent_pid
{
	my ($state, $start) = ($panel->state_dir, $panel->pid);

	for my $dir (glob '/proc/[0-9]*') {
		my $line = eval { slurp("$dir/cmdline") } // next;
		my ($parent) = (eval { slurp("$dir/stat") } // '')
			=~ /\) \S (\d+) /;

		return $dir =~ s{^/proc/}{}r if $line =~ /mpanel-agent/
			&& $line =~ /\Q$state/ && $parent == $start;
	}
	return undef;
}

sub make_scene
{
	my ($plan) = grep { $_->{code} eq 'wp-growth' } @{ $panel->get(
		'/api/admin/products', token => $admin)->{json}{items} };
	my $r = $panel->request(PATCH => "/api/admin/products/$plan->{id}",
		token => $admin, json => { version => $plan->{version},
		diskSpaceMB => 1, bandwidthGB => 2 });

	is($r->{status}, 200, 'what a plan includes is said')
		or diag($r->{content});
	is($r->{json}{diskSpaceMB}, 1, 'and kept');
	$r = $panel->request(PATCH => "/api/admin/products/$plan->{id}",
		token => $admin, json => { version => $r->{json}{version},
		diskSpaceMB => 0 });
	is($r->{status}, 422, 'nothing is no limit');
	$r = $panel->intake(small_order('pi_use', items => [{
		productSlug => 'wp-growth', qty => 1, unitPrice => '10.95',
		billingPeriod => 'month' }]));
	ok(wait_for(60, sub { one('SELECT status FROM websites') eq 'active' }),
		'a site with PHP is made');
	$site = one('SELECT id FROM websites');
	$service = one('SELECT id FROM subscriptions');
	$www = $panel->ready->{node}{root} . "/sites/$site/www";
	%person = map { $_ => person($panel, $_, 'customer') } qw(ann bob);
	$panel->post("/api/admin/customers/$r->{json}{customerId}/people",
		token => $admin, json => { email => 'ann@example.com',
		rights => ['technical'] });
}

sub put_file
{
	my ($name, $text) = @_;

	open my $fh, '>', "$www/$name" or die "$name: $!";
	print $fh $text;
	close $fh or die "$name: $!";
	chown +(stat $www)[4, 5], "$www/$name";
	chmod 0644, "$www/$name";
}

# Answers of PHP; their bytes, heads and all, are added up.
sub fetch
{
	my ($n) = @_;
	my ($port) = $panel->ready->{node}{httpUrl} =~ /:(\d+)/;
	my $until = time + 30;

	while ($n > 0) {
		my $got = raw_http($port, "GET /page.php HTTP/1.1\r\n"
			. "Host: pi-use.example.com\r\nConnection: close\r\n\r\n");

		$sent += length $got;
		$n-- if $got =~ m{^HTTP/1\.1 200 };
		die "no PHP: $got" if time > $until;
		sleep 0.1 unless $got =~ m{^HTTP/1\.1 200 };
	}
}

sub exact
{
	my ($name) = @_;
	my $is;

	ok(wait_for(30, sub { $is = site()->{bandwidthUsage} // -1;
		$is == $base + $sent }), "each byte is counted $name")
		or diag("counted $is, sent ", $base + $sent);
}

# ---- traffic ----

sub check_traffic
{
	my $was = -1;

	put_file('page.php', '<?php echo str_repeat("x", 40000);');
	# Whoever has looked at the new site was a visitor, too.
	ok(wait_for(30, sub {
		my $now = site()->{bandwidthUsage} // -1;
		my $same = $now >= 0 && $now == $was;
		$was = $now;
		sleep 2 unless $same;
		return $same;
	}), 'the first figures come');
	($base, $sent) = ($was, 0);
	fetch(25);
	exact('after 25 requests');
	restart('KILL');
	fetch(10);
	exact('after the agent was killed');
	my $log = $panel->ready->{node}{root} . '/usage/traffic.log';
	fetch(5);
	rename $log, "$log.1" or die "$log: $!";
	fetch(5);
	ok(wait_for(20, sub { -e $log }), 'a log that went away comes back');
	fetch(5);
	exact('after a rotation');
	is(one('SELECT COUNT(*) FROM site_usage'), 1,
		'all of it is one row of today');
}

# ---- the disk, and who is told of it ----

sub mails { return one(q{SELECT COUNT(*) FROM outbox
	WHERE template = 'mail/usage' AND recipient = 'pi-use@example.com'}) }

sub notices
{
	return grep { $_->{kind} eq 'disk' } @{ $panel->get(
		'/api/admin/notifications', token => $admin)->{json}{items} };
}

sub check_disk
{
	my $root = $panel->ready->{node}{root};
	my $du = sub { (split ' ', qx{du -sc -B1 '$root/sites/$site/www' '$root/sites/$site/tmp' | tail -1})[0] };

	is(scalar notices(), 0, 'staff have nothing to know');
	put_file('most', 'm' x 850_000);
	ok(wait_for(30, sub { site()->{diskUsage} == $du->() }),
		'the disk is what du says');
	is(mails(), 1, 'the customer is told that much is used');
	my @all = notices();
	is(scalar @all, 1, 'and staff');
	is($all[0]{title}, 'pi-use.example.com has used most of its storage',
		'in words');
	sleep 3;
	is(mails(), 1, 'once');
	put_file('rest', 'r' x 300_000);
	ok(wait_for(30, sub { mails() == 2 }), 'and once when all of it is');
	@all = notices();
	is($all[0]{title}, 'pi-use.example.com has used up its storage',
		'which staff read');
	my $id = one(q{SELECT MAX(CAST(id AS text)) FROM usage_crossings});
	is(one("SELECT percent FROM usage_crossings WHERE id = '$id'"), 100,
		'a row says which share');
	unlink "$www/most", "$www/rest";
	ok(wait_for(30, sub { !notices() }), 'and it is over with more room');
	is(mails(), 2, 'without a mail');
}

# ---- who sees it ----

sub check_portal
{
	my $list = $panel->get('/api/client/services',
		token => $person{ann}{token})->{json}{items}[0];

	is($list->{$_}, site()->{$_}, "the customer sees $_")
		for qw(diskUsage bandwidthUsage);
	is($list->{diskLimit}, 1_000_000, 'and what the plan includes');
	is($list->{bandwidthLimit}, 2_000_000_000, 'also of traffic');
	is($list->{usageDay}, today(), 'as of today');
	my $page = sub { $panel->get($_[0], cookie => $person{ann}{cookie})
		->{content} };
	like($page->($_), qr/Storage.*of 1 MB.*Traffic.*of 2 GB/s,
		"$_ shows it") for '/client', '/client/services',
		"/client/services/$service";
	like($page->("/client/services/$service"),
		qr/Traffic by day.*None yet: visitors reach it on http\./s,
		'one has its days, and what is known of its certificate');
	is($panel->get("/client/services/$service",
		cookie => $person{bob}{cookie})->{status}, 404,
		'nobody else sees it');

	my $days = site()->{usage};
	is_deeply([map { $_->{day} } @$days], [today()], 'programs get the days');
	is($days->[0]{sentBytes}, site()->{bandwidthUsage}, 'with their bytes');
	my %staff = $panel->sign_in;
	like($panel->get("/websites/$site", cookie => $staff{cookie})->{content},
		qr/Storage.*of 1 MB.*Traffic by day/s, 'staff have a page of it');
}

# ---- who may say it ----

sub check_reports
{
	my $say = sub { my ($token, @rows) = @_;
		$panel->post('/api/agent/heartbeat', token => $token,
			json => { usage => \@rows }) };
	my $mine = $panel->ready->{workerToken};
	my $row = { siteId => $site, day => '2020-05-05', sentBytes => 7,
		diskBytes => 8, files => 1 };
	my $server = $panel->post('/api/admin/servers', token => $admin,
		json => { name => 'elsewhere', fqdn => 'elsewhere.example.com',
		ipAddress => '192.0.2.9', role => 'web' })->{json}{id};
	my (undef, $out) = $panel->run(qw(token add --tenant demo --json
		--scope tasks:work --server), $server);
	my ($theirs) = $out =~ /"token": *"([^"]+)/;

	ok($theirs, 'another server has a token');
	is($say->($theirs, $row)->{status}, 200, 'what it says of a site');
	is(one(q{SELECT COUNT(*) FROM site_usage WHERE sent_bytes = 7}), 0,
		'that is not its own, is not heard');
	is($say->($mine, $row)->{status}, 200, 'the right one');
	is(one(q{SELECT COUNT(*) FROM site_usage WHERE sent_bytes = 7}), 1,
		'is');
	$say->($mine, { %$row, sentBytes => 9 });
	is(one(q{SELECT sent_bytes FROM site_usage WHERE day = '2020-05-05'}), 9,
		'a later report takes the place of the first');
	for my $case (
		[{ day => '2099-01-01' }, 422, 'out_of_range'],
		[{ day => '2020-02-30' }, 422, 'bad_format'],
		[{ siteId => 'x' }, 422, 'bad_format'],
		[{ sentBytes => -1 }, 422, 'out_of_range'],
		[{ diskBytes => '1' }, 422, 'wrong_type'],
		[{ more => 1 }, 400, 'unknown_field'],
		[{ sentBytes => undef }, 422, 'required']) {
		my $r = $say->($mine, { %$row, %{ $case->[0] } });

		is("$r->{status} $r->{json}{errors}[0]{code}",
			"$case->[1] $case->[2]",
			join(' ', %{ $case->[0] } ? keys %{ $case->[0] } : ())
			. ': refused');
	}
	is($say->($mine, ($row) x 101)->{status}, 422, 'so are too many');
	is($say->($person{ann}{token}, $row)->{status}, 403,
		'a customer says nothing');
}

for my $db (engines()) {
	note("== $db");
	# A test that counts by the day does not run over midnight.
	sleep 301 if time % 86400 > 86400 - 300;
	$panel = start_instance(db => $db, agent => 1);
	$admin = $panel->admin_token;
	hurry();
	make_scene();
	check_traffic();
	check_disk();
	check_portal();
	check_reports();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
