# TlsSite.pm - nginx with the production site, on ports of the test's own.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $site = MPanel::TlsSite->start;
#	$site->{http}, $site->{https}	ports on 127.0.0.1
#	$site->{name}			panel.example.com, in the certificate
#	$site->{ca}			file of the authority that vouches for it
#	$site->{log}			nginx's own words
#
# nginx/*.conf as they are installed; MPanel::Fcgi stands behind them.
package MPanel::TlsSite;
use strict;
use warnings;
use MPanel::Fcgi;
use MPanel::Test;

my $responder;
END { kill TERM => $responder if $responder }

sub write_file
{
	my ($file, $text) = @_;

	open my $fh, '>', $file or die "$file: $!";
	print $fh $text;
	close $fh or die "$file: $!";
}

sub openssl
{
	my ($dir, @args) = @_;
	my $pid = spawn("$dir/openssl.log", 'openssl', @args);

	waitpid $pid, 0;
	die "openssl $args[0]: " . slurp("$dir/openssl.log") if $?;
}

# An authority, and a certificate of three months by it.
sub make_certificate
{
	my ($dir, $name) = @_;

	write_file("$dir/leaf.cnf", "subjectAltName=DNS:$name\n"
		. "extendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n"
		. "keyUsage=digitalSignature\n");
	openssl($dir, qw(req -x509 -newkey rsa:2048 -nodes -days 90 -subj),
		'/CN=Authority of a test', '-keyout', "$dir/ca.key", '-out',
		"$dir/ca.pem");
	openssl($dir, qw(req -newkey rsa:2048 -nodes -subj), "/CN=$name",
		'-keyout', "$dir/privkey.pem", '-out', "$dir/leaf.csr");
	openssl($dir, qw(x509 -req -days 89 -sha256 -CAcreateserial -in),
		"$dir/leaf.csr", '-CA', "$dir/ca.pem", '-CAkey', "$dir/ca.key",
		'-extfile', "$dir/leaf.cnf", '-out', "$dir/leaf.pem");
	write_file("$dir/fullchain.pem", slurp("$dir/leaf.pem")
		. slurp("$dir/ca.pem"));
}

# The files as they are installed, with our ports and places.
sub configure
{
	my ($self) = @_;
	my $dir = $self->{dir};

	for my $name (qw(fastcgi.conf file.conf headers.conf http.conf tls.conf
		panel.conf.in site.conf.in)) {
		my $text = slurp(source_dir() . "/nginx/$name");
		$text =~ s/\@nginxdir\@/$dir\/etc/g;
		$text =~ s/\@pkgdatadir\@/$dir/g;
		$text =~ s/\@version\@/v1/g;
		$text =~ s{/etc/ssl/mpanel|/run/mpanel|/var/log/nginx}{$dir}g;
		$text =~ s/listen \[::\].*\n//g;
		$text =~ s/listen 80/listen 127.0.0.1:$self->{http}/g;
		$text =~ s/listen 443/listen 127.0.0.1:$self->{https}/g;
		write_file("$dir/etc/" . $name =~ s/\.in$//r, $text);
	}
	write_file("$dir/nginx.conf",
		"daemon off; pid $dir/pid; error_log stderr;\n"
		. ($> == 0 ? "user root;\n" : '') . "events {}\nhttp {\n"
		. join('', map { "${_}_temp_path $dir/tmp;\n" }
			qw(client_body fastcgi proxy uwsgi scgi))
		. "include $dir/etc/site.conf;\n}\n");
}

sub start
{
	my ($class) = @_;
	my $dir = scratch();
	my $self = bless { dir => $dir, name => 'panel.example.com',
		http => free_port(), https => free_port(),
		ca => "$dir/ca.pem", log => "$dir/log" }, $class;

	mkdir "$dir/$_" for qw(etc run tmp);
	make_certificate($dir, $self->{name});
	$self->configure;
	$responder = MPanel::Fcgi::serve("$dir/ui.sock", 'ui');
	spawn($self->{log}, 'nginx', '-e', $self->{log}, '-c',
		"$dir/nginx.conf");
	wait_for(5, sub { raw_http($self->{http}, "GET / HTTP/1.0\r\n\r\n") })
		or die "nginx does not take the site:\n" . slurp($self->{log});
	return $self;
}

1;
