#!/usr/bin/perl
# tls.t - the production site: redirect, protocols, HSTS, unknown names.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use MPanel::TlsSite;
use Test::More;

$ENV{PATH} .= ':/usr/sbin:/sbin';
for my $tool (qw(nginx curl openssl)) {
	need(scalar(grep { -x "$_/$tool" } split /:/, $ENV{PATH}),
		"$tool is missing");
}
my $site = MPanel::TlsSite->start;
my ($http, $https) = @$site{qw(http https)};

sub curl
{
	my ($name, @args) = @_;

	open my $out, '-|', 'curl', '-siS', '--max-time', 5, '--cacert',
		$site->{ca}, '--resolve', "$name:$http:127.0.0.1",
		'--resolve', "$name:$https:127.0.0.1", @args or die;
	my $text = do { local $/; <$out> } // '';
	close $out;
	return ($text, $? >> 8);
}

my $panel = $site->{name};
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
($text) = curl($panel, '-v', '--stderr', '-', '--tls-max', '1.2', '--ciphers',
	'ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256',
	"https://$panel:$https/");
like($text, qr/SSL connection using TLSv1.2 \/ ECDHE-RSA-AES128-GCM-SHA256/,
	'the server chooses the cipher');
($text, my $status) = curl($panel, '--tls-max', '1.1', '--ciphers',
	'DEFAULT:@SECLEVEL=0', "https://$panel:$https/", '--stderr', '/dev/null');
isnt($status, 0, 'no TLS 1.1');
($text, $status) = curl('other.test', '-k', "https://other.test:$https/",
	'--stderr', '/dev/null');
is($status, 35, 'a name without a certificate gets no handshake');
done_testing();
