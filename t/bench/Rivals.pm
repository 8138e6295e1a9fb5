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

# nginx with a server block for each of the texts; returns their ports.  A
# reference to a text before them goes into the http block.
sub edge
{
	my (@servers) = @_;
	my $http = ref $servers[0] ? ${ shift @servers } : '';
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
$http$blocks}
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

# What stands round the rows of a page of orders, into files of $dir; returns
# the address of the static files in it.
sub frame
{
	my ($dir, $page) = @_;
	my ($head, $tail) = $page =~ m{^(.*<tbody>\n).*(</tbody>.*)$}s
		or die 'no table';
	my ($static) = $head =~ m{"(/static/[^/"]+)/} or die "no static";

	put("$dir/head", $head);
	put("$dir/tail", $tail);
	return $static;
}

sub put
{
	my ($file, @text) = @_;

	open my $fh, ">", $file or die "$file: $!";
	print $fh @text;
	close $fh or die "$file: $!";
	return;
}

# Options: db (a file), tenant, processes, page (one of orders, whose frame it
# takes over).  Returns (port, port without log and headers).
sub start_bare
{
	my ($b, %o) = @_;
	my $dir = scratch();
	my $socket = make_dir("$dir/s", "mpanel") . "/bare.sock";
	my $static = frame($dir, $o{page});

	spawn("$dir/log", as_user("mpanel", $b->tool("bare"),
		"--socket", $socket, "--db", $o{db}, "--tenant", $o{tenant},
		"--processes", $o{processes}, "--head", "$dir/head",
		"--tail", "$dir/tail", "--static", $static));
	wait_for(10, sub { -S $socket })
		or die "bare does not start:\n" . slurp("$dir/log");
	my $full = location($socket, "");
	(my $plain = $full) =~ s/^\s*include \S+headers\.conf;\n//;
	return edge($full, "\t\taccess_log off;\n$plain");
}

# PHP-FPM with as many processes, static, opcache; options as above.
sub start_php
{
	my ($b, %o) = @_;
	my $dir = scratch();
	my $here = MPanel::Test::source_dir() . "/t/bench/php";
	my ($fpm) = reverse sort glob "/usr/sbin/php-fpm*[0-9]";
	my $run = make_dir("$dir/s", "mpanel");
	my $static = frame($dir, $o{page});

	make_dir("$dir/compiled", "mpanel");
	put("$dir/orders.twig", "{% verbatim %}", slurp("$dir/head"),
		"{% endverbatim %}", slurp("$here/rows.twig"),
		"{% verbatim %}", slurp("$dir/tail"), "{% endverbatim %}");
	put("$dir/list.php", slurp("$here/list.php"));
	put("$dir/fpm.conf", <<"CONF");
[global]
error_log = $run/log
daemonize = no
[orders]
listen = $run/php.sock
listen.mode = 0660
listen.backlog = 1024
pm = static
pm.max_children = $o{processes}
php_admin_value[opcache.enable] = 1
php_admin_value[opcache.validate_timestamps] = 0
env[BENCH_DB] = $o{db}
env[BENCH_TENANT] = $o{tenant}
env[BENCH_FRAME] = $dir
env[BENCH_STATIC] = $static
CONF
	spawn("$dir/log", as_user("mpanel", $fpm // "php-fpm", "-F", "-y",
		"$dir/fpm.conf"));
	wait_for(10, sub { -S "$run/php.sock" })
		or die "PHP-FPM does not start:\n" . slurp("$dir/log");
	return edge(location("$run/php.sock",
		"\t\t\tfastcgi_param SCRIPT_FILENAME $dir/list.php;\n"));
}

# Express by as many node processes; options: socket (directory of
# PostgreSQL's), tenant, processes.  Returns (port behind nginx, its own port).
sub start_express
{
	my ($b, %o) = @_;
	my $dir = scratch();
	my $here = MPanel::Test::source_dir() . "/t/bench/express";
	my $home = "$b->{build}/bench-express";
	my $port = free_port();

	mkdir $home;
	system("cp", "$here/package.json", "$here/package-lock.json", $home);
	unless (-s "$home/done"
		&& slurp("$home/done") eq slurp("$here/package-lock.json")) {
		system("npm ci --prefix '$home' --ignore-scripts --no-audit "
			. "--no-fund >'$home/log' 2>&1") == 0
			or die "npm ci: " . slurp("$home/log");
		system("cp", "$home/package-lock.json", "$home/done");
	}
	system("cp", "-r", "$home/node_modules", "$here/server.js", $dir) == 0
		or die "cp: $!";
	local $ENV{NODE_ENV} = "production";
	spawn("$dir/log", as_user("postgres", "node", "$dir/server.js", $port,
		$o{socket}, $o{tenant}, $o{processes}));
	await($port, "Express", "$dir/log");
	return (edge(\"	upstream express {
		server 127.0.0.1:$port;
		keepalive 16;
	}
", <<"CONF"), $port);
		include $ENV{MPANEL_INST}/share/mpanel/nginx/headers.conf;
		location / {
			proxy_pass http://express;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
		}
CONF
}

1;
