#!/usr/bin/perl
# oracles.t - judges that we did not write, over one running panel.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A judge is one row below.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Judges;
use MPanel::Test;
use Test::More;

my $dir = judges_dir();

my $secret = 'whsec_oracles';
my $panel = start_instance(agent => 1,
	set => { stripe_webhook_secrets => $secret });
my $url = $panel->url;

# Something to look at: an order that is carried out.
my $order = $panel->intake;
is($order->{status}, 201, 'an order') or diag($order->{content});
my ($static) = $panel->get('/login')->{content}
	=~ m{(/static/[^/]+/css/[^"]+)};
my %session = $panel->sign_in;

my @pages = qw(/dashboard /orders /admin/customers /subscriptions /invoices
	/products /provisioning /servers /websites /settings
	/account /account/factors /admin/users /api-keys /security /audit
	/settings/mail /settings/brand /api-docs /api-docs/orders);
my @judges = (
	[http => 'node', "$dir/http/run.mjs", $url, '--page', '/login',
		'--asset', $static],
	[door => 'node', "$dir/html/run.mjs", $url, '--paths', '/login'],
	[pages => 'node', "$dir/html/run.mjs", $url, '--paths',
		join(',', @pages), '--cookie', $session{cookie}],
	[webhook => 'node', "$dir/stripe/webhook.mjs",
		"$url/api/webhooks/stripe", $secret],
	[jose => 'node', "$FindBin::Bin/jose.mjs", $url,
		@{ $panel->ready }{qw(adminEmail adminPassword)}],
	# the last that signs in by the password alone
	[otpauth => 'node', "$FindBin::Bin/otpauth.mjs", $url,
		@{ $panel->ready }{qw(adminEmail adminPassword)}],
	[metrics => "$dir/ops/metrics.sh", "$url/api/metrics",
		qw(mpanel_http_requests_total
		mpanel_http_request_duration_seconds_count)],
	(map { ["log of $_" => 'node', "$dir/ops/logs.mjs",
		$panel->state_dir . "/log/$_.log", '--secrets',
		join ',', $secret, grep { $_ } @{ $panel->ready }{
			qw(adminPassword intakeToken workerToken) }] }
		qw(master access)),
);
for my $row (@judges) {
	my ($name, @argv) = @$row;
	my ($status, $said) = judge($name =~ s/ /-/gr, @argv);
	# This one takes the second after its start for a wrong timestamp, which
	# is the right one when the clock has ticked meanwhile.
	($status, $said) = judge('webhook-again', @argv)
		if $said =~ /^FAIL timestamp swapped/m;
	my ($total) = $said =~ /^(TOTAL.*)$/m;

	is($status, 0, "$name: " . ($total // 'no verdict')) or diag($said);
}
$panel->stop;
done_testing();
