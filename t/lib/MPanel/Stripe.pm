# Stripe.pm - a Stripe that its own OpenAPI document drives, and its webhooks.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $url = mock_stripe();	# the test is skipped where it can't run
#	stripe_says('GET /v1/checkout/sessions/cs_1', 200, {...}, 1);
#	my @calls = stripe_heard(qr{^POST /v1/refunds});
#	stripe_tells($panel, 'evt_1', 'payment_intent.succeeded', {...});
package MPanel::Stripe;
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use Exporter 'import';
use HTTP::Tiny;
use JSON::PP ();
use MPanel::Test;
use POSIX ();

our @EXPORT = qw(mock_stripe stripe_call stripe_heard stripe_pid stripe_says stripe_secret
	stripe_settings stripe_tells);

my $json = JSON::PP->new->utf8->canonical;
my $http = HTTP::Tiny->new(timeout => 10, keep_alive => 0);
my ($url, $pid, $log);

sub mock_stripe
{
	my $port = free_port();

	$log = scratch() . '/mock.log';
	open my $empty, '>', $log or die "$log: $!";
	close $empty;
	$pid = spawn($log, source_dir() . '/t/lib/mock-stripe', $port);
	wait_for(120, sub {
		return waitpid($pid, POSIX::WNOHANG()) != 0
			|| slurp($log) =~ /^ready/m;
	});
	need(scalar(slurp($log) =~ /^ready/m), 'the mock of Stripe does not run: '
		. slurp($log));
	$url = "http://127.0.0.1:$port";
	# it reads the description of a call when that first comes, which takes
	# longer than a panel waits
	stripe_call('/v1/checkout/sessions', mode => 'payment',
		success_url => 'https://shop.example.com');
	return $url;
}

sub stripe_pid { return $pid }
sub stripe_secret { return 'whsec_of_a_test_0123456789' }

# Of a panel that asks it; the first secret is one that was rolled.
sub stripe_settings
{
	return (stripe_secret_key => 'sk_test_of_a_test',
		stripe_api_base => $url, stripe_timeout_ms => 1000,
		stripe_webhook_secrets => 'whsec_old_one,' . stripe_secret());
}

# Its answer to a call, as often as that (or for ever).
sub stripe_says
{
	my ($match, $status, $body, $times) = @_;

	$http->post("$url/__mock", { content => $json->encode({
		match => $match, status => $status, body => $body,
		$times ? (times => $times) : () }) });
}

# A call of the test's own, which uses up an answer.
sub stripe_call
{
	my ($path, %form) = @_;

	return $http->post_form("$url$path", \%form, { headers => {
		authorization => 'Bearer sk_test_of_a_test' } });
}

sub stripe_heard
{
	my ($pattern) = @_;
	my $r = $http->get("$url/__mock");

	die "the mock of Stripe: $r->{content}\n" . slurp($log)
		unless $r->{success};
	return grep { "$_->{method} $_->{path}" =~ $pattern }
		@{ $json->decode($r->{content}) };
}

# A webhook as Stripe signs it.
sub stripe_tells
{
	my ($panel, $event, $type, $object, %more) = @_;
	my $body = $json->encode({ id => $event, object => 'event',
		type => $type, created => time,
		livemode => JSON::PP::false, data => { object => $object } });
	my $t = time;

	return $panel->post('/api/webhooks/stripe', type => 'application/json',
		body => $body, headers => { 'stripe-signature' => "t=$t,v1="
			. hmac_sha256_hex("$t.$body", stripe_secret()) }, %more);
}

1;
