# Names.pm - a name server of one's own: PowerDNS on a loopback port.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $dns = MPanel::Names->start($dir);
#	start_instance(set => { dns_servers => $dns->address });
#	$dns->record('shop.example.com', A => '127.0.0.1');
#	$dns->stop;
package MPanel::Names;
use strict;
use warnings;
use MPanel::Test;
use Time::HiRes qw(sleep);

my $schema = '/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql';

sub program
{
	return (grep { -x $_ } qw(/usr/sbin/pdns_server /usr/bin/pdns_server))[0];
}

sub is_here { return defined program() && -e $schema }

sub start
{
	my ($class, $dir) = @_;
	my $self = bless { dir => "$dir/names", port => free_port() }, $class;

	mkdir $self->{dir} or die "$self->{dir}: $!";
	system("sqlite3 $self->{dir}/names.db <$schema") == 0 or die 'schema';
	open my $fh, '>', "$self->{dir}/pdns.conf" or die;
	print $fh <<"	END" =~ s/^\t\t//gmr;
		launch=gsqlite3
		gsqlite3-database=$self->{dir}/names.db
		gsqlite3-pragma-synchronous=0
		local-address=127.0.0.1
		local-port=$self->{port}
		socket-dir=$self->{dir}
		daemon=no
		guardian=no
		write-pid=no
		security-poll-suffix=
		cache-ttl=0
		query-cache-ttl=0
		negquery-cache-ttl=0
		zone-cache-refresh-interval=0
	END
	close $fh;
	$self->zone('example.com');
	$self->{pid} = fork // die "fork: $!";
	if ($self->{pid} == 0) {
		open STDOUT, '>', "$self->{dir}/log";
		open STDERR, '>&', \*STDOUT;
		exec program(), "--config-dir=$self->{dir}";
		die "pdns_server: $!";
	}
	wait_for(20, sub { system("dig +time=1 +tries=1 \@127.0.0.1 -p "
		. "$self->{port} SOA example.com >/dev/null 2>&1") == 0 })
		or die 'no answer: ' . slurp("$self->{dir}/log");
	return $self;
}

sub address { my ($self) = @_; return "127.0.0.1:$self->{port}" }

sub sql
{
	my ($self, $sql) = @_;

	open my $to, '|-', 'sqlite3', '-bail', '-cmd', '.timeout 5000',
		"$self->{dir}/names.db" or die "sqlite3: $!";
	print $to $sql;
	close $to or die "sqlite3: $sql";
}

sub zone
{
	my ($self, $zone) = @_;

	$self->sql("INSERT INTO domains (name, type) VALUES ('$zone', 'NATIVE');
		INSERT INTO records (domain_id, name, type, content, ttl)
		SELECT id, '$zone', 'SOA', 'ns.$zone hostmaster.$zone 1 3600 600 "
		. "86400 0', 0 FROM domains WHERE name = '$zone';");
}

# One more record of a name, which is in example.com.
sub record
{
	my ($self, $name, $type, $value) = @_;

	$self->sql("INSERT INTO records (domain_id, name, type, content, ttl)
		SELECT id, '$name', '$type', '$value', 0 FROM domains
		WHERE name = 'example.com';");
}

sub forget
{
	my ($self, $name) = @_;

	$self->sql("DELETE FROM records WHERE name = '$name';");
}

sub stop
{
	my ($self) = @_;

	kill TERM => $self->{pid} if $self->{pid};
	waitpid delete $self->{pid}, 0 if $self->{pid};
}

sub DESTROY { my ($self) = @_; local ($?, $@, $!); $self->stop }

1;
