# Installed.pm - a panel that is installed on a machine of its own, by either
# engine: its settings, its units, nginx before it, and requests to it.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $panel = MPanel::Installed->new(MPanel::Machine->start, 'postgres');
#	$panel->make($build);
#	$panel->start('mpanel');
#	$panel->start_edge;
#	my $said = $panel->order($token, 'pi_1');
package MPanel::Installed;
use strict;
use warnings;
use JSON::PP ();
use MPanel::Machine;
use MPanel::Orders ();
use MPanel::Test;
use Test::More ();

use constant {
	SITE => 'https://panel.example.com',
	PASSWORD => 'a long enough pass phrase',
};

my @postgres = qw(runuser -u postgres --);
my $json = JSON::PP->new->utf8->canonical;

sub new
{
	my ($class, $m, $engine) = @_;

	return bless { m => $m, engine => $engine, unit => {}, pid => {} },
		$class;
}

sub is_here
{
	my ($engine) = @_;

	return 1 if $engine eq 'sqlite';
	my ($bin) = glob '/usr/lib/postgresql/*/bin';
	return $bin;
}

# ---- as INSTALL.md says ----

# What an older program does not install is taken from the source.
sub supply
{
	my ($self, $from, $to) = @_;
	my $m = $self->{m};

	return if ($m->run('test', '-e', $to))[0] == 0;
	my $text = slurp(source_dir() . "/nginx/$from");
	$text =~ s{\@pkgdatadir\@}{/usr/share/mpanel}g;
	$m->ok_run('mkdir', '-p', $to =~ s{/[^/]+$}{}r);
	$m->write($to, $text);
}

sub make_users
{
	my ($self) = @_;
	my $m = $self->{m};
	my @names = grep { ($m->run('test', '-e', "/usr/lib/sysusers.d/$_.conf"))
		[0] == 0 } qw(mpanel mpanel-agent);

	$m->ok_run('systemd-sysusers', map { "/usr/lib/sysusers.d/$_.conf" }
		@names);
	$m->ok_run('systemd-tmpfiles', '--create',
		map { "/usr/lib/tmpfiles.d/$_.conf" } @names);
}

sub configure
{
	my ($self) = @_;
	my $m = $self->{m};
	my $url = 'postgresql:///mpanel?host=/run/postgresql&user=mpanel';

	$m->ok_run(qw(install -m 0640 -g mpanel /usr/share/mpanel/mpanel.conf
		/etc/mpanel.conf));
	return if $self->{engine} eq 'sqlite';
	my $text = $m->read('/etc/mpanel.conf');
	$text =~ s/^database = .*/database = $url\ndatabase_owner = ${url}_owner/m;
	$m->write('/etc/mpanel.conf', $text);
}

sub make
{
	my ($self, $build) = @_;
	my $m = $self->{m};

	$m->run('userdel', $_) for qw(mpanel mpanel-agent);
	Test::More::is($m->install($build), 0, 'make install');
	$self->supply('mpanel.sysusers', '/usr/lib/sysusers.d/mpanel.conf');
	$self->supply('mpanel.tmpfiles', '/usr/lib/tmpfiles.d/mpanel.conf');
	$self->supply('mpanel.conf.in', '/usr/share/mpanel/mpanel.conf');
	$self->make_users;
	$self->start_postgres if $self->{engine} eq 'postgres';
	$self->configure;
	$self->ok_mpanel(qw(key create)) if $self->knows('key');
}

sub as_postgres
{
	my ($self, @argv) = @_;

	return $self->{m}->ok_run(@postgres, @argv);
}

# One database more, `trial`, is let in.
sub start_postgres
{
	my ($self) = @_;
	my $m = $self->{m};
	my ($bin) = glob '/usr/lib/postgresql/*/bin';
	my $log = "$m->{dir}.pg.log";

	$m->ok_run(qw(install -d -o postgres -g postgres /run/postgresql
		/tmp/pg));
	$self->as_postgres("$bin/initdb", qw(-D /tmp/pg --auth peer
		--no-sync));
	$m->write('/tmp/pg/pg_ident.conf', "mpanel mpanel mpanel\n"
		. "mpanel mpanel mpanel_owner\n");
	$m->write('/tmp/pg/pg_hba.conf',
		"local mpanel mpanel,mpanel_owner peer map=mpanel\n"
		. "local trial mpanel,mpanel_owner peer map=mpanel\n"
		. "local all all peer\n");
	$self->{server} = spawn($log, $m->nsenter, 'chroot', $m->{root},
		@postgres, "$bin/postgres", qw(-D /tmp/pg -k /run/postgresql
		-c fsync=off -c), 'listen_addresses=');
	wait_for(20, sub { ($m->run(@postgres, qw(psql -c),
		'SELECT 1'))[0] == 0 }) or die slurp($log);
	$self->as_postgres(@$_) for ['createuser', 'mpanel_owner'],
		['createuser', 'mpanel'], [qw(createdb -O mpanel_owner mpanel)];
}

# Debian's nginx.conf has directives that older sites repeat.
sub make_edge
{
	my ($self) = @_;
	my $m = $self->{m};

	$m->ok_run(qw(mkdir -p /etc/ssl/mpanel));
	$m->ok_run(qw(openssl req -x509 -newkey ec -pkeyopt
		ec_paramgen_curve:P-256 -nodes -days 30 -subj
		/CN=panel.example.com -addext
		subjectAltName=DNS:panel.example.com -keyout
		/etc/ssl/mpanel/privkey.pem -out /etc/ssl/mpanel/fullchain.pem));
	$m->ok_run(qw(rm -f /etc/nginx/sites-enabled/default));
	$m->ok_run(qw(cp /usr/share/mpanel/nginx/site.conf
		/etc/nginx/conf.d/mpanel.conf));
	$m->ok_run('sed', '-i', '/^\s*\(ssl_\|gzip\)/d', '/etc/nginx/nginx.conf')
		if ($m->run('nginx', '-t'))[0] != 0;
	my ($bad, $said) = $m->run('nginx', '-t');
	Test::More::is($bad, 0, 'Debian\'s nginx takes the site')
		or Test::More::diag($said);
}

sub start_edge
{
	my ($self) = @_;
	my $m = $self->{m};

	$self->{unit}{nginx} = { name => 'nginx' };
	$self->{pid}{nginx} = spawn("$m->{dir}.nginx.log", $m->nsenter,
		'chroot', $m->{root}, 'nginx', '-g', 'daemon off;');
	return $self->is_well;
}

# ---- the program and its units ----

sub mpanel
{
	my ($self, @args) = @_;

	return $self->{m}->run(qw(/usr/bin/mpanel --config /etc/mpanel.conf),
		@args);
}

sub ok_mpanel
{
	my ($self, @args) = @_;

	return $self->{m}->ok_run(
		qw(/usr/bin/mpanel --config /etc/mpanel.conf), @args);
}

# An older program may lack a command.
sub knows
{
	my ($self, $command) = @_;

	return ($self->{m}->run('/usr/bin/mpanel'))[1] =~ /^  \Q$command\E /m;
}

sub start
{
	my ($self, $name, %o) = @_;
	my $unit = $self->{m}->unit("$name.service");

	$self->{unit}{$name} = $unit;
	$self->{pid}{$name} = $self->{m}->launch($unit, %o);
}

sub stop
{
	my ($self, $name) = @_;
	my $pid = delete $self->{pid}{$name} // return;

	Test::More::ok(defined stop_process($pid, 35),
		"$name stops when it is asked to") or
		Test::More::diag($self->log_of($name));
}

sub stop_all
{
	my ($self) = @_;

	$self->stop($_) for reverse sort keys %{ $self->{pid} };
	stop_process(delete $self->{server}, 10) if $self->{server};
}

sub log_of
{
	my ($self, $name) = @_;

	return $self->{m}->log_of($self->{unit}{$name});
}

# The words of a unit that runs once; an older program may not bring it.
sub once_of
{
	my ($self, $name) = @_;
	my $m = $self->{m};
	my $file = "/usr/lib/systemd/system/$name.service";

	if (($m->run('test', '-e', $file))[0] == 0) {
		my $unit = $m->unit("$name.service");
		return (MPanel::Machine::as_of($unit), split ' ',
			$unit->{ExecStart}[0]);
	}
	die "no $name" if $name ne 'mpanel-backup';
	my ($sec, $min, $hour, $day, $month, $year) = gmtime;
	return (qw(runuser -u mpanel -- mpanel --config /etc/mpanel.conf backup),
		sprintf '/var/backups/mpanel/mpanel-%04d%02d%02dT%02d%02d%02dZ'
		. '.backup', $year + 1900, $month + 1, $day, $hour, $min, $sec);
}

# ---- requests, through nginx ----

sub curl
{
	my ($self, @args) = @_;

	return ($self->{m}->run('curl', '-sS', '--cacert',
		'/etc/ssl/mpanel/fullchain.pem', '--resolve',
		'panel.example.com:443:127.0.0.1', @args))[1];
}

# The status of the answer.
sub status
{
	my ($self, @args) = @_;

	return $self->curl('-o', '/dev/null', '-w', '%{http_code}', @args)
		=~ /(\d+)\z/ ? $1 : 0;
}

sub get
{
	my ($self, $token, $path) = @_;

	return $self->curl('-H', "Authorization: Bearer $token", SITE . $path);
}

sub post
{
	my ($self, $token, $path, $body) = @_;

	return $self->curl($token ? ('-H', "Authorization: Bearer $token") : (),
		'-H', 'Content-Type: application/json', '-d',
		$json->encode($body), SITE . $path);
}

sub is_well
{
	my ($self) = @_;

	return wait_for(30, sub { $self->status(SITE . '/api/health') == 200 });
}

sub order
{
	my ($self, $token, $intent) = @_;

	return $self->post($token, MPanel::Orders::INTAKE,
		MPanel::Orders::contract_order($intent,
		primaryDomain => $intent =~ tr/_/-/r . '.example.com'));
}

sub settle
{
	my ($self, $token, $intent) = @_;

	return wait_for(60, sub { $self->get($token,
		"/api/public/orders/$intent") =~ /"status":"completed"/ });
}

# As a node that does at once what it is told; returns how many tasks.
sub work_off
{
	my ($self, $token) = @_;

	for (my $n = 0; ; $n++) {
		my $task = $json->decode($self->post($token,
			'/api/worker/tasks/claim', {}))->{task} or return $n;
		$self->post($token, "/api/worker/tasks/$task->{id}/complete",
			{ status => 'success',
				leaseToken => $task->{leaseToken} });
	}
}

# ---- the first tenant ----

sub make_tenant
{
	my ($self) = @_;
	my $m = $self->{m};

	$self->ok_mpanel(qw(tenant add --slug acme --name Acme --host
		panel.example.com));
	$m->{stdin} = "$m->{dir}.password";
	open my $fh, '>', $m->{stdin} or die $!;
	print $fh PASSWORD, "\n";
	close $fh;
	$self->ok_mpanel(qw(user add --tenant acme --email boss@example.com
		--role super_admin --password-stdin));
	delete $m->{stdin};
}

sub seed { return $json->decode($_[0]->ok_mpanel(qw(seed --tenant acme))) }

sub make_token
{
	my ($self, @args) = @_;

	return $json->decode($self->ok_mpanel(qw(token add --tenant acme
		--json), @args))->{token};
}

1;
