#!/usr/bin/perl
# install_pg.t - the units run on PostgreSQL as INSTALL.md sets it up: one user
# of the system, two roles, no password.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Machine;
use MPanel::Test;
use Test::More;

need(MPanel::Machine::is_here(),
	'root, and util-linux, iproute2, strace, systemd: not all here');
my ($bin) = glob '/usr/lib/postgresql/*/bin';
need($bin, 'postgresql is not installed');
need($ENV{MPANEL_BUILD}, 'run by t/run, which builds the programs');
my $m = MPanel::Machine->start;
need($m, 'the kernel makes no overlay here');

my @mpanel = qw(/usr/bin/mpanel --config /etc/mpanel.conf);
my @postgres = qw(runuser -u postgres --);

sub start_server
{
	$m->ok_run(qw(install -d -o postgres -g postgres /run/postgresql
		/tmp/pg));
	$m->ok_run(@postgres, "$bin/initdb", qw(-D /tmp/pg --auth peer));
	$m->write('/tmp/pg/pg_ident.conf', "mpanel mpanel mpanel\n"
		. "mpanel mpanel mpanel_owner\n");
	$m->write('/tmp/pg/pg_hba.conf',
		"local mpanel mpanel,mpanel_owner peer map=mpanel\n"
		. "local all all peer\n");
	my $pid = spawn("$m->{dir}.pg.log", $m->nsenter, 'chroot', $m->{root},
		@postgres, "$bin/postgres", qw(-D /tmp/pg -k /run/postgresql
		-c), 'listen_addresses=');
	wait_for(20, sub { ($m->run(@postgres, qw(psql -c),
		'SELECT 1'))[0] == 0 }) or die slurp("$m->{dir}.pg.log");
	$m->ok_run(@postgres, @$_) for ['createuser', 'mpanel_owner'],
		['createuser', 'mpanel'], [qw(createdb -O mpanel_owner mpanel)];
	return $pid;
}

sub configure
{
	my $text = $m->read('/usr/share/mpanel/mpanel.conf');
	my $url = 'postgresql:///mpanel?host=/run/postgresql&user=mpanel';

	$text =~ s/^database = .*/database = $url\ndatabase_owner = ${url}_owner/m;
	$m->write('/etc/mpanel.conf', $text);
	$m->ok_run(qw(chown root:mpanel /etc/mpanel.conf));
	$m->ok_run(qw(chmod 640 /etc/mpanel.conf));
	$m->ok_run(@mpanel, qw(key create));
}

$m->run('userdel', $_) for qw(mpanel mpanel-agent);
is($m->install($ENV{MPANEL_BUILD}), 0, 'make install');
$m->ok_run('systemd-sysusers', '/usr/lib/sysusers.d/mpanel.conf');
$m->ok_run('systemd-tmpfiles', '--create', '/usr/lib/tmpfiles.d/mpanel.conf');
my $server = start_server();
configure();

my %unit = map { $_ => $m->unit("$_.service") }
	qw(mpanel mpanel-work mpanel-backup);
my $panel = $m->launch($unit{mpanel});
ok(wait_for(30, sub { ($m->run('test', '-S', '/run/mpanel/worker.sock'))[0]
	== 0 }), 'the unit migrates and starts')
	or diag($m->log_of($unit{mpanel}));
my $work = $m->launch($unit{'mpanel-work'});
$m->ok_run(@mpanel, qw(tenant add --slug acme --name Acme));
ok(wait_for(15, sub { ($m->run(@mpanel, qw(audit verify)))[1] =~
	/^ok\tacme\t1 rows/ }), 'what is done is sealed')
	or diag($m->log_of($unit{'mpanel-work'}));
is(($m->run(@mpanel, 'doctor'))[0], 0, 'the doctor finds nothing');
like(($m->run(MPanel::Machine::as_of($unit{'mpanel-backup'}), split ' ',
	$unit{'mpanel-backup'}{ExecStart}[0]))[1], qr/bytes, verified/,
	'the nightly backup works');
my ($status, $text) = $m->run(@postgres, qw(psql -h /run/postgresql -U mpanel
	-c), 'SELECT 1', 'mpanel');
isnt($status, 0, 'nobody else is let in as the panel');
ok(defined stop_process($_), 'stops when it is asked to') for $work, $panel;
stop_process($server);
done_testing();
