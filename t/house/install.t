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
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Machine;
use MPanel::Orders ();
use MPanel::Test;
use Test::More;

need(MPanel::Machine::is_here(),
	'root, and util-linux, iproute2, strace, systemd: not all here');
need($ENV{MPANEL_BUILD}, 'run by t/run, which builds the programs');
my $m = MPanel::Machine->start;
need($m, 'the kernel makes no overlay here');

my $json = JSON::PP->new->utf8->canonical;
my $panel = 'https://panel.example.com';
my @mpanel = qw(/usr/bin/mpanel --config /etc/mpanel.conf);
my (%unit, %pid);

sub curl
{
	my (@args) = @_;

	return ($m->run('curl', '-sS', '--cacert',
		'/etc/ssl/mpanel/fullchain.pem', '--resolve',
		'panel.example.com:443:127.0.0.1', @args))[1];
}

sub order
{
	my ($token, $intent) = @_;
	my $body = $json->encode(MPanel::Orders::contract_order($intent,
		primaryDomain => $intent =~ tr/_/-/r . '.example.com'));

	return curl('-H', "Authorization: Bearer $token", '-H',
		'Content-Type: application/json', '-d', $body,
		"$panel/api/public/orders/stripe-completed");
}

sub start
{
	my ($name, %o) = @_;

	$unit{$name} = $m->unit("$name.service");
	$pid{$name} = $m->launch($unit{$name}, %o);
}

sub is_well
{
	return wait_for(30, sub {
		curl("$panel/api/health") =~ /"(?:ok|status)"/ });
}

sub stop_all
{
	for my $name (reverse sort keys %pid) {
		my $took = stop_process(delete $pid{$name}, 35);
		ok(defined $took, "$name stops when it is asked to")
			or diag($m->log_of($unit{$name}));
	}
}

sub settle
{
	my ($token, $intent) = @_;

	return wait_for(60, sub { curl('-H', "Authorization: Bearer $token",
		"$panel/api/public/orders/$intent") =~ /"status":"completed"/ });
}

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
	$m->run('userdel', $_) for qw(mpanel mpanel-agent);
	is($m->install($ENV{MPANEL_BUILD}), 0, 'make install');
	$m->ok_run('systemd-sysusers', map { "/usr/lib/sysusers.d/$_.conf" }
		qw(mpanel mpanel-agent));
	$m->ok_run('systemd-tmpfiles', '--create',
		map { "/usr/lib/tmpfiles.d/$_.conf" } qw(mpanel mpanel-agent));
	is($m->ok_run('stat', '-c', '%U %G %a', '/var/lib/mpanel'),
		"mpanel mpanel 750\n", 'the panel has a user and a directory');
	like($m->ok_run('id', '-nG', 'www-data'), qr/\bmpanel\b/,
		'and nginx is in its group');
	$m->ok_run(qw(install -m 0640 -g mpanel /usr/share/mpanel/mpanel.conf
		/etc/mpanel.conf));
	$m->ok_run(@mpanel, qw(key create));
	is($m->ok_run('stat', '-c', '%U %a', '/var/lib/mpanel/key'),
		"mpanel 400\n", 'its key is nobody else\'s');
	$m->ok_run(qw(mkdir -p /etc/ssl/mpanel));
	$m->ok_run(qw(openssl req -x509 -newkey ec -pkeyopt
		ec_paramgen_curve:P-256 -nodes -days 30 -subj
		/CN=panel.example.com -addext
		subjectAltName=DNS:panel.example.com -keyout
		/etc/ssl/mpanel/privkey.pem -out /etc/ssl/mpanel/fullchain.pem));
	$m->ok_run(qw(rm -f /etc/nginx/sites-enabled/default));
	$m->ok_run(qw(cp /usr/share/mpanel/nginx/site.conf
		/etc/nginx/conf.d/mpanel.conf));
	my ($bad, $said) = $m->run('nginx', '-t');
	is($bad, 0, 'Debian\'s nginx takes the site') or diag($said);
}

sub test_start
{
	start('mpanel', trace => '/tmp/mpanel.trace');
	ok(wait_for(30, sub { ($m->run('test', '-S',
		'/run/mpanel/worker.sock'))[0] == 0 }), 'the panel starts')
		or BAIL_OUT($m->log_of($unit{mpanel}));
	start('mpanel-work', trace => '/tmp/mpanel-work.trace');
	$pid{nginx} = spawn("$m->{dir}.nginx.log", $m->nsenter, 'chroot',
		$m->{root}, 'nginx', '-g', 'daemon off;');
	$unit{nginx} = { name => 'nginx' };
	ok(is_well(), 'and answers through nginx, by TLS')
		or diag(curl('-v', "$panel/api/health"));
	like(curl("$panel/login"), qr{href="/static/[0-9a-f]{12}/css},
		'with today\'s address of static files');
	like($m->ok_run('ps', '-eo', 'user:20,args'),
		qr/^mpanel\s.*mpanel.* serve/m, 'as user mpanel');
}

sub make_tenant
{
	my %t;

	$m->ok_run(@mpanel, qw(tenant add --slug acme --name Acme --host
		panel.example.com));
	$m->{stdin} = "$m->{dir}.password";
	open my $fh, '>', $m->{stdin} or die $!;
	print $fh "a long enough pass phrase\n";
	close $fh;
	$m->ok_run(@mpanel, qw(user add --tenant acme --email
		boss@example.com --role super_admin --password-stdin));
	delete $m->{stdin};
	$m->ok_run(@mpanel, qw(server add --tenant acme --name node1 --fqdn
		node1.example.com));
	my $seed = $json->decode($m->ok_run(@mpanel, qw(seed --tenant acme)));
	($t{server}) = $m->ok_run(@mpanel, qw(server list --tenant acme)) =~
		/^(\S+)\tnode1\tnode1\.example\.com\tactive\tno agent yet/;
	is($seed->{serverId}, $t{server}, 'a server is added by name');
	for my $kind (['intake', '--scope', 'orders:intake'],
		['enroll', '--scope', 'tasks:work', '--server', $t{server},
			'--enroll']) {
		my ($name, @args) = @$kind;
		$t{$name} = $json->decode($m->ok_run(@mpanel, qw(token add
			--tenant acme --json), @args))->{token};
	}
	return \%t;
}

sub test_node
{
	my ($t) = @_;

	$m->write('/etc/mpanel-agent.conf', "http_listen = 127.0.0.1:8081\n"
		. "ca_file = /etc/ssl/mpanel/fullchain.pem\npoll_seconds = 1\n");
	$m->write('/etc/hosts', "127.0.0.1 localhost panel.example.com\n");
	my $text = $m->ok_run('/usr/bin/mpanel-agent', '--config',
		'/etc/mpanel-agent.conf', 'enrol', $panel, $t->{enroll});
	like($text, qr/^enrolled at/, 'a node is enrolled by one command');
	start('mpanel-agent', trace => '/tmp/mpanel-agent.trace');
	my $r = order($t->{intake}, 'pi_first');
	like($r, qr/"orderNumber":"ORD-/, 'an order is placed') or diag($r);
	ok(settle($t->{intake}, 'pi_first'), 'and carried out')
		or diag($m->log_of($unit{'mpanel-agent'}));
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
	my ($site, $domain) = split /\s+/, $m->ok_run(@mpanel, qw(sql
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
		my $may = MPanel::Machine::calls_of($unit{$name});
		my (%made, @code);
		my $begun = 0;
		for (split /\n/, $m->read("/tmp/$name.trace")) {
			$begun ||= m{execve\("/usr/bin/mpanel};
			next unless $begun && /^\d+\s+(\w+)\(/;
			$made{$1} = 1;
			push @code, $_ if /^\d+ +mmap\(.*PROT_WRITE\|PROT_EXEC/
				|| /^\d+ +mprotect\(.*PROT_EXEC/;
		}
		is($unit{$name}{MemoryDenyWriteExecute} ? "@code" : '', '',
			"$name makes no code where its unit forbids that");
		cmp_ok(scalar keys %made, '>', 30, "$name was watched");
		is(join(' ', grep { !$may->{$_} } sort keys %made), '',
			"$name makes no system call that its unit forbids");
	}
}

sub test_backup
{
	my $unit = $unit{'mpanel-backup'} = $m->unit('mpanel-backup.service');
	my @argv = (MPanel::Machine::as_of($unit), split ' ',
		$unit->{ExecStart}[0]);
	$m->ok_run('install', '-o', 'mpanel', '-m', '600', '/dev/null',
		"/var/backups/mpanel/mpanel-2020010${_}T000000Z.backup")
		for 1 .. 9;
	$m->ok_run('install', '-m', '600', '/dev/null',
		'/var/backups/mpanel/mpanel-notes.backup');
	$argv[-1] = 3;
	like($m->ok_run(@argv), qr/bytes, verified/, 'the nightly backup works');
	my @left = split /\n/, $m->ok_run('ls', '/var/backups/mpanel');
	my ($mine) = grep { !/^mpanel-2020|notes/ } @left;
	is(scalar @left, 4, 'it keeps as many as it is told to');
	ok((grep { /notes/ } @left), 'and removes nothing else');
	return "/var/backups/mpanel/$mine";
}

# The database as a program of schema 7 had it: the same rows, without what
# later steps brought.
sub make_older
{
	my $text = <<~'END';
		set -e
		cd /var/lib/mpanel
		for step in /usr/share/mpanel/db/000[1-7]_*.sqlite.sql; do
			cat $step
		done >/tmp/old.sql
		rm -f /tmp/old.db
		sqlite3 /tmp/old.db <<SQL
		CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT;
		.read /tmp/old.sql
		SQL
		tables=$(sqlite3 /tmp/old.db "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'schema_version'")
		sqlite3 /tmp/old.db "SELECT sql || ';' FROM sqlite_schema WHERE type = 'trigger'" >/tmp/triggers.sql
		echo "PRAGMA foreign_keys = OFF; ATTACH 'mpanel.db' AS now; BEGIN;" >/tmp/copy.sql
		sqlite3 /tmp/old.db "SELECT 'DROP TRIGGER ' || name || ';' FROM sqlite_schema WHERE type = 'trigger'" >>/tmp/copy.sql
		for t in $tables; do
			columns=$(sqlite3 /tmp/old.db "SELECT group_concat(name) FROM pragma_table_info('$t')")
			echo "DELETE FROM main.$t; INSERT INTO main.$t ($columns) SELECT $columns FROM now.$t;"
		done >>/tmp/copy.sql
		echo "INSERT INTO main.schema_version SELECT version, name, applied_at FROM now.schema_version WHERE version <= 7;" >>/tmp/copy.sql
		cat /tmp/triggers.sql >>/tmp/copy.sql
		echo "COMMIT;" >>/tmp/copy.sql
		sqlite3 -bail /tmp/old.db </tmp/copy.sql
		rm -rf mpanel.db mpanel.db-wal mpanel.db-shm audit
		install -o mpanel -g mpanel -m 600 /tmp/old.db mpanel.db
		END

	$m->write('/tmp/older.sh', $text);
	return $m->run('bash', '/tmp/older.sh');
}

sub counts
{
	return join ' ', map { $_->[0] } map { [split /\s+/] } split /\n/,
		$m->ok_run(@mpanel, qw(sql --read-only --tenant acme),
		'SELECT COUNT(*) FROM orders UNION ALL SELECT COUNT(*) '
		. 'FROM websites UNION ALL SELECT COUNT(*) FROM invoices');
}

sub test_upgrade
{
	my ($t) = @_;
	my $before = counts();
	my ($bad, $said) = make_older();

	is($bad, 0, 'there is a database of an older program') or diag($said);
	my ($status, $text) = $m->run(@mpanel, 'doctor');
	like($text, qr/schema version 7, this program needs/,
		'the new program says what it needs');
	start('mpanel');
	start('mpanel-work');
	ok(is_well(), 'the unit itself migrates it')
		or diag($m->log_of($unit{mpanel}));
	is(counts(), $before, 'no row is lost');
	like(order($t->{intake}, 'pi_second'), qr/"orderNumber":"ORD-/,
		'orders go on');
	is(($m->run(@mpanel, 'doctor'))[0], 0, 'the doctor finds nothing');
	ok(wait_for(15, sub { ($m->run(@mpanel, qw(audit verify)))[0] == 0 }),
		'the old audit log is sealed');
}

sub test_rollback
{
	my ($t, $backup, $then) = @_;

	isnt(counts(), $then, 'things have changed since the backup');
	my ($status, $text) = $m->run(@mpanel, 'restore', $backup);
	is($status, 0, 'the backup is restored') or diag($text);
	is(counts(), $then, 'all is as it was');
	like(order($t->{intake}, 'pi_first'), qr/"replayed":true/,
		'and what was placed then is known');
	is(($m->run(@mpanel, 'doctor'))[0], 0, 'the doctor finds nothing');
}

prepare();
test_units();
test_start();
my $t = make_tenant();
test_node($t);
my $then = counts();
my $backup = test_backup();
stop_process(delete $pid{nginx});
stop_all();
test_calls();
$pid{nginx} = spawn("$m->{dir}.nginx.log", $m->nsenter, 'chroot', $m->{root},
	'nginx', '-g', 'daemon off;');
test_upgrade($t);
test_rollback($t, $backup, $then);
stop_process(delete $pid{nginx});
stop_all();
done_testing();
