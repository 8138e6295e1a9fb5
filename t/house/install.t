#!/usr/bin/perl
# install.t - what `make install` installs runs as its units say: by their
# command lines, as their users, with the system calls that they allow.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# On a machine of its own (MPanel::Machine), as INSTALL.md says it: an order
# goes through to a site that answers; then an upgrade from an older schema,
# and the way back by restore.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Installed;
use MPanel::Machine;
use MPanel::Test;
use MPanel::Upgrade;
use Test::More;

need(MPanel::Machine::is_here(),
	'root, and util-linux, iproute2, strace, systemd: not all here');
need($ENV{MPANEL_BUILD}, 'run by t/run, which builds the programs');
my $m = MPanel::Machine->start;
need($m, 'the kernel makes no overlay here');

my $panel = MPanel::Installed->new($m, 'sqlite');
my $site = MPanel::Installed::SITE;
my $unit = $panel->{unit};

# ---- the units, as files ----

sub test_units
{
	my %most = (mpanel => 2.0, 'mpanel-work' => 2.0, 'mpanel-backup' => 2.0,
		'mpanel-agent' => 4.0);

	for my $name (sort keys %most) {
		my ($status, $text) = $m->run('systemd-analyze', 'security',
			'--offline=yes', '--no-pager',
			"/usr/lib/systemd/system/$name.service");
		my ($level) = $text =~ /exposure level for \S+: ([\d.]+)/;
		ok(defined $level && $level <= $most{$name},
			"$name.service is exposed by at most $most{$name}")
			or diag($level // $text);
	}
	my ($status, $text) = $m->run(qw(systemd-analyze verify --man=no
		/usr/lib/systemd/system/mpanel.service
		/usr/lib/systemd/system/mpanel-work.service
		/usr/lib/systemd/system/mpanel-agent.service
		/usr/lib/systemd/system/mpanel-backup.timer));
	is(join('', grep { /mpanel/ && !/Failed to (?:open|create)|connect/ }
		split /^/, $text), '', 'systemd finds nothing wrong with them');
	SKIP: {
		skip 'logrotate is not here', 1 unless -x '/usr/sbin/logrotate';
		my ($bad, $said) = $m->run('logrotate', '-d',
			'/etc/logrotate.d/mpanel-agent');
		ok(!$bad && $said !~ /^error/m, 'logrotate reads its rule')
			or diag($said);
	}
}

# ---- INSTALL.md ----

sub prepare
{
	$panel->make($ENV{MPANEL_BUILD});
	is($m->ok_run('stat', '-c', '%U %G %a', '/var/lib/mpanel'),
		"mpanel mpanel 750\n", 'the panel has a user and a directory');
	like($m->ok_run('id', '-nG', 'www-data'), qr/\bmpanel\b/,
		'and nginx is in its group');
	is($m->ok_run('stat', '-c', '%U %a', '/var/lib/mpanel/key'),
		"mpanel 400\n", 'its key is nobody else\'s');
	$panel->make_edge;
}

sub test_start
{
	$panel->start('mpanel', trace => '/tmp/mpanel.trace');
	ok(wait_for(30, sub { ($m->run('test', '-S',
		'/run/mpanel/worker.sock'))[0] == 0 }), 'the panel starts')
		or BAIL_OUT($panel->log_of('mpanel'));
	$panel->start('mpanel-work', trace => '/tmp/mpanel-work.trace');
	ok($panel->start_edge, 'and answers through nginx, by TLS')
		or diag($panel->curl('-v', "$site/api/health"));
	like($panel->curl("$site/login"), qr{href="/static/[0-9a-f]{12}/css},
		'with today\'s address of static files');
	like($m->ok_run('ps', '-eo', 'user:20,args'),
		qr/^mpanel\s.*mpanel.* serve/m, 'as user mpanel');
}

sub make_tenant
{
	my %t;

	$panel->make_tenant;
	$panel->ok_mpanel(qw(server add --tenant acme --name node1 --fqdn
		node1.example.com));
	my $seed = $panel->seed;
	($t{server}) = $panel->ok_mpanel(qw(server list --tenant acme)) =~
		/^(\S+)\tnode1\tnode1\.example\.com\tactive\tno agent yet/;
	is($seed->{serverId}, $t{server}, 'a server is added by name');
	$t{intake} = $panel->make_token('--scope', 'orders:intake');
	$t{enroll} = $panel->make_token('--scope', 'tasks:work', '--server',
		$t{server}, '--enroll');
	return \%t;
}

sub test_node
{
	my ($t) = @_;

	$m->write('/etc/mpanel-agent.conf', "http_listen = 127.0.0.1:8081\n"
		. "ca_file = /etc/ssl/mpanel/fullchain.pem\npoll_seconds = 1\n");
	$m->write('/etc/hosts', "127.0.0.1 localhost panel.example.com\n");
	my $text = $m->ok_run('/usr/bin/mpanel-agent', '--config',
		'/etc/mpanel-agent.conf', 'enrol', $site, $t->{enroll});
	like($text, qr/^enrolled at/, 'a node is enrolled by one command');
	$panel->start('mpanel-agent', trace => '/tmp/mpanel-agent.trace');
	my $r = $panel->order($t->{intake}, 'pi_first');
	like($r, qr/"orderNumber":"ORD-/, 'an order is placed') or diag($r);
	ok($panel->settle($t->{intake}, 'pi_first'), 'and carried out')
		or diag($panel->log_of('mpanel-agent'));
	my ($status, $page) = $m->run(qw(curl -sS -H), 'Host: '
		. 'pi-first.example.com', 'http://127.0.0.1:8081/');
	like($page, qr/pi-first\.example\.com/, 'its site answers')
		or diag($page);
	test_php();
	like($m->ok_run('ps', '-eo', 'user:20,args'), qr/^mpanel-agent\s/m,
		'the agent speaks as a user of its own');
	like($m->ok_run('getent', 'passwd'), qr/^mp_/m,
		'and the site has one, too');
}

# The site that runs PHP: regular expressions are compiled to machine code
# where the unit lets them be.
sub test_php
{
	my ($site, $domain) = split /\s+/, $panel->ok_mpanel(qw(sql
		--read-only --tenant acme), "SELECT id, domain FROM websites
		WHERE domain LIKE 'wp-growth%'");
	my $file = "/srv/mpanel/sites/$site/www/try.php";

	$m->write($file, '<?php echo preg_match("/^(a+)b$/", "aab") + 41, '
		. 'error_get_last()["message"] ?? " and no fault";');
	$m->ok_run('chmod', '644', $file);
	is(($m->run(qw(curl -sS -H), "Host: $domain",
		'http://127.0.0.1:8081/try.php'))[1], '42 and no fault',
		'PHP runs, as its site\'s user');
}

# A call that a unit's filter lacks would end the process on a real machine.
sub test_calls
{
	for my $name (qw(mpanel mpanel-work mpanel-agent)) {
		my $may = MPanel::Machine::calls_of($unit->{$name});
		my (%made, @code);
		my $begun = 0;
		for (split /\n/, $m->read("/tmp/$name.trace")) {
			$begun ||= m{execve\("/usr/bin/mpanel};
			next unless $begun && /^\d+\s+(\w+)\(/;
			$made{$1} = 1;
			push @code, $_ if /^\d+ +mmap\(.*PROT_WRITE\|PROT_EXEC/
				|| /^\d+ +mprotect\(.*PROT_EXEC/;
		}
		is($unit->{$name}{MemoryDenyWriteExecute} ? "@code" : '', '',
			"$name makes no code where its unit forbids that");
		cmp_ok(scalar keys %made, '>', 30, "$name was watched");
		is(join(' ', grep { !$may->{$_} } sort keys %made), '',
			"$name makes no system call that its unit forbids");
	}
}

sub test_backup
{
	my @argv = $panel->once_of('mpanel-backup');

	$m->ok_run('install', '-o', 'mpanel', '-m', '600', '/dev/null',
		"/var/backups/mpanel/mpanel-2020010${_}T000000Z.backup")
		for 1 .. 9;
	$m->ok_run('install', '-m', '600', '/dev/null',
		'/var/backups/mpanel/mpanel-notes.backup');
	$argv[-1] = 3;
	like($m->ok_run(@argv), qr/bytes, verified/, 'the nightly backup works');
	my @left = split /\n/, $m->ok_run('ls', '/var/backups/mpanel');
	is(scalar(grep { /\.backup$/ } @left), 4,
		'it keeps as many as it is told to');
	ok((grep { $_ eq 'attachments' } @left), 'and files of tickets');
	ok((grep { /notes/ } @left), 'and removes nothing else');
}

prepare();
test_units();
test_start();
my $t = make_tenant();
test_node($t);
test_backup();
$panel->stop_all;
test_calls();
$panel->start($_) for qw(mpanel mpanel-work);
ok($panel->start_edge, 'all starts again');
up_and_back($panel, 7, $t->{intake}, sub { $panel->start('mpanel-agent') });

$panel->stop_all;
done_testing();
