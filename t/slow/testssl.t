#!/usr/bin/perl
# testssl.t - what testssl.sh finds at the production TLS site.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Everything that it takes for a weakness, down to the severity LOW, must be one
# of those below: the test's surroundings, or answered for.  A WARN is a check
# that did not work out: the one about renegotiation never does where unknown
# names get no handshake, and is made here once more.
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use MPanel::TlsSite;
use Test::More;

$ENV{PATH} .= ':/usr/sbin:/sbin';
for my $tool (qw(nginx openssl testssl)) {
	need(scalar(grep { -x "$_/$tool" } split /:/, $ENV{PATH}),
		"$tool is missing");
}

my %explained = (
	BREACH => 'pages are compressed; see nginx/http.conf',
	cert_chain_of_trust => 'the authority is this test\'s',
	overall_grade => 'follows from the authority',
	cert_crlDistributionPoints => 'a test\'s authority has none',
	cert_revocation => 'a test\'s authority has none',
	cert_ocspRevoked => 'a test\'s authority has none',
	OCSP_stapling => 'there is no responder to ask',
	DNS_CAArecord => 'there is no DNS',
);

my $site = MPanel::TlsSite->start;
my $found = scratch() . '/found.json';
my $pid = spawn($site->{log} . '.testssl', 'testssl', qw(--quiet --color 0
	--warnings off --nodns none --ip 127.0.0.1 --jsonfile), $found,
	"https://$site->{name}:$site->{https}/");
waitpid $pid, 0;
my $findings = eval { JSON::PP->new->decode(slurp($found)) } // [];
cmp_ok(scalar @$findings, '>', 100, 'testssl.sh has looked')
	or diag(slurp($site->{log} . '.testssl'));
my @weak = grep { $_->{severity} =~ /^(?:LOW|MEDIUM|HIGH|CRITICAL|FATAL)$/
	&& !$explained{ $_->{id} =~ s/ .*//r } } @$findings;
is(join("\n", map { "$_->{severity} $_->{id}: $_->{finding}" } @weak), '',
	'and finds no weakness');
my %is = map { $_->{id} => $_->{finding} } @$findings;
like($is{TLS1_3} // '', qr/^offered/, 'it has seen TLS 1.3');
like($is{HSTS_time} // $is{HSTS} // '', qr/730 days|63072000/,
	'and two years of HSTS');

my $log = $site->{log} . '.renegotiation';
$pid = spawn($log, qw(openssl s_client -tls1_2 -servername), $site->{name},
	'-connect', "127.0.0.1:$site->{https}");
waitpid $pid, 0;
like(slurp($log), qr/^Secure Renegotiation IS supported/m,
	'renegotiation is the secure one');
done_testing();
