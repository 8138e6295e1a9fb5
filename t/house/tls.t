#!/usr/bin/perl
# tls.t - the production site: redirect, protocols, HSTS, unknown names.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Fcgi;
use MPanel::Test;
use Test::More;

$ENV{PATH} .= ':/usr/sbin:/sbin';
for my $tool (qw(nginx curl openssl)) {
	need(scalar(grep { -x "$_/$tool" } split /:/, $ENV{PATH}),
		"$tool is missing");
}
my $src = source_dir();
my $dir = scratch();
my ($http, $https) = (free_port(), free_port());
mkdir "$dir/$_" for qw(etc run tmp);
my $maker = spawn("$dir/openssl.log", qw(openssl req -x509 -newkey rsa:2048
	-nodes -subj /CN=panel.example.com -keyout), "$dir/privkey.pem",
	'-out', "$dir/fullchain.pem");
waitpid $maker, 0;
is($?, 0, 'openssl makes a certificate') or diag(slurp("$dir/openssl.log"));

# The file as it is installed, with this test's ports and places.
for my $name (qw(fastcgi.conf headers.conf http.conf panel.conf.in
	site.conf.in)) {
	my $text = slurp("$src/nginx/$name");
	$text =~ s/\@nginxdir\@/$dir\/etc/g;
	$text =~ s/\@pkgdatadir\@/$dir/g;
	$text =~ s/\@version\@/v1/g;
	$text =~ s{/etc/ssl/mpanel|/run/mpanel|/var/log/nginx}{$dir}g;
	$text =~ s/listen \[::\].*\n//g;
	$text =~ s/listen 80/listen 127.0.0.1:$http/g;
	$text =~ s/listen 443/listen 127.0.0.1:$https/g;
	(my $to = "$dir/etc/$name") =~ s/\.in$//;
	open my $fh, '>', $to or die "$to: $!";
	print $fh $text;
	close $fh or die;
}
open my $fh, '>', "$dir/nginx.conf" or die;
print $fh "daemon off; pid $dir/pid; error_log stderr;\n",
	($> == 0 ? "user root;\n" : ''), "events {}\nhttp {\n",
	(map { "${_}_temp_path $dir/tmp;\n" }
		qw(client_body fastcgi proxy uwsgi scgi)),
	"include $dir/etc/site.conf;\n}\n";
close $fh or die;
my $responder = MPanel::Fcgi::serve("$dir/ui.sock", 'ui');
END { kill TERM => $responder if $responder }
my $nginx = spawn("$dir/log", 'nginx', '-e', "$dir/log", '-c',
	"$dir/nginx.conf");
ok(wait_for(5, sub { raw_http($http, "GET / HTTP/1.0\r\n\r\n") }),
	'nginx takes the production site') or diag(slurp("$dir/log"));

sub curl
{
	my ($name, @args) = @_;

	open my $out, '-|', 'curl', '-siS', '--max-time', 5, '--cacert',
		"$dir/fullchain.pem", '--resolve', "$name:$http:127.0.0.1",
		'--resolve', "$name:$https:127.0.0.1", @args or die;
	my $text = do { local $/; <$out> } // '';
	close $out;
	return ($text, $? >> 8);
}

my $panel = 'panel.example.com';
my ($text) = curl($panel, "http://$panel:$http/orders?a=1");
like($text, qr{^HTTP/1.1 308 .*^location: https://$panel/orders\?a=1\r}ims,
	'plain HTTP is sent to TLS, method and all');
($text) = curl($panel, '--http2', "https://$panel:$https/");
like($text, qr{^HTTP/2 200}, 'HTTP/2');
like($text, qr{^strict-transport-security: max-age=63072000\r}im,
	'two years of HSTS');
like($text, qr{"HTTP_HOST":"\Q$panel:$https\E"}, 'the host with its port');
like($text, qr{"MP_TLS":"on"}, 'the program is told that this was TLS');
for my $v ('1.2', '1.3') {
	($text) = curl($panel, "--tlsv$v", '--tls-max', $v,
		"https://$panel:$https/");
	like($text, qr{^HTTP/\S+ 200}, "TLS $v");
}
($text, my $status) = curl($panel, '--tls-max', '1.1', '--ciphers',
	'DEFAULT:@SECLEVEL=0', "https://$panel:$https/", '--stderr', '/dev/null');
isnt($status, 0, 'no TLS 1.1');
($text, $status) = curl('other.test', '-k', "https://other.test:$https/",
	'--stderr', '/dev/null');
is($status, 35, 'a name without a certificate gets no handshake');
done_testing();
