# Rivals.pm - the programs that the panel is measured against, started.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Each runs as the panel's parts do: unprivileged users when we are root, as
# many processes as the panel has workers, nginx with the panel's own
# configuration in front (nginx/http.conf, fastcgi.conf, headers.conf: the same
# log, the same buffers, no keepalive to the workers).
package Rivals;
use strict;
use warnings;
use Exporter 'import';
use MPanel::Test;
use Time::HiRes qw(sleep);

our @EXPORT = qw(as_user edge start_bare start_express start_php);

# Words before a command: run it as that user, where we are root.
sub as_user
{
	my ($user, @argv) = @_;

	return @argv if $> != 0;
	my @groups = $user eq 'www-data'
		? ('--groups=' . getgrnam 'mpanel') : ('--init-groups');
	return ('setpriv', "--reuid=$user", "--regid=$user", @groups, '--',
		@argv);
}

sub give
{
	my ($user, @files) = @_;

	return if $> != 0;
	my ($uid, $gid) = (getpwnam $user)[2, 3];
	chown $uid, $gid, @files or die "chown $user @files: $!";
	return;
}

sub make_dir
{
	my ($dir, $user) = @_;

	mkdir $dir, 0755 or die "$dir: $!";
	give($user, $dir);
	return $dir;
}

sub is_up
{
	my ($port) = @_;

	return raw_http($port, "GET / HTTP/1.0\r\n\r\n", 1) =~ m{^HTTP/1};
}

sub await
{
	my ($port, $what, $log) = @_;

	wait_for(20, sub { is_up($port) })
		or die "$what does not start:\n" . slurp($log);
	return $port;
}

# nginx with a server block for each of the texts; returns their ports.
sub edge
{
	my (@servers) = @_;
	my $dir = scratch();
	my $share = "$ENV{MPANEL_INST}/share/mpanel/nginx";
	my @ports = map { free_port() } @servers;
	my $blocks = join '', map {
		"	server {\n\t\tlisten 127.0.0.1:$ports[$_] backlog=1024;\n"
			. "$servers[$_]\t}\n"
	} 0 .. $#servers;

	make_dir("$dir/w", 'www-data');
	open my $fh, '>', "$dir/nginx.conf" or die "$dir: $!";
	print $fh <<"CONF";
daemon off;
worker_processes auto;
pid $dir/w/nginx.pid;
error_log stderr warn;
events { worker_connections 2048; }
http {
	include $share/mime.types;
	default_type application/octet-stream;
	client_body_temp_path $dir/w/body;
	fastcgi_temp_path $dir/w/fastcgi;
	proxy_temp_path $dir/w/proxy;
	uwsgi_temp_path $dir/w/uwsgi;
	scgi_temp_path $dir/w/scgi;
	include $share/http.conf;
	access_log $dir/w/access.log mpanel buffer=32k flush=1s;
$blocks}
CONF
	close $fh;
	spawn("$dir/log", as_user('www-data', 'nginx', '-e', 'stderr',
		'-p', "$dir/w", '-c', "$dir/nginx.conf"));
	await($_, 'nginx', "$dir/log") for @ports;
	return @ports;
}

# What a server block of ours says, handed to that socket.
sub location
{
	my ($socket, $more) = @_;
	my $share = "$ENV{MPANEL_INST}/share/mpanel/nginx";

	return <<"CONF";
		include $share/headers.conf;
		location / {
			include $share/fastcgi.conf;
			fastcgi_pass unix:$socket;
$more		}
CONF
}

# Options: db (a file), tenant, processes, page (a page of orders, whose frame
# it takes over).  Returns (port, port without log and headers).
sub start_bare
{
	my ($b, %o) = @_;
	my $dir = scratch();
	my @page;

	make_dir("$dir/s", 'mpanel');
	if ($o{page}) {
		my ($head, $rows, $tail) = $o{page} =~
			m{^(.*<tbody>\n)(.*)(</tbody>.*)$}s or die 'no table';
		my ($static) = $head =~ m{"(/static/[^/"]+)/} or die 'no static';
		for my $part ([head => $head], [tail => $tail]) {
			open my $fh, '>', "$dir/$part->[0]" or die "$dir: $!";
			print $fh $part->[1];
			close $fh;
			push @page, "--$part->[0]", "$dir/$part->[0]";
		}
		push @page, '--static', $static;
	}
	my $pid = spawn("$dir/log", as_user('mpanel', $b->tool('bare'),
		'--socket', "$dir/s/bare.sock", '--db', $o{db},
		'--tenant', $o{tenant}, '--processes', $o{processes}, @page));
	wait_for(10, sub { -S "$dir/s/bare.sock" })
		or die "bare does not start:\n" . slurp("$dir/log");
	my $plain = "\t\taccess_log off;\n" . location("$dir/s/bare.sock", '');
	$plain =~ s/^\s*include \S+headers\.conf;\n//m;
	return edge(location("$dir/s/bare.sock", ''), $plain);
}

1;
