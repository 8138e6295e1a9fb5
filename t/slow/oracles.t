#!/usr/bin/perl
# oracles.t - judges that we did not write, over one running panel.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# ORACLES_HOME keeps what their setup.sh installs (/var/tmp/mpanel-oracles);
# the first time takes minutes.  A judge is one row below.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Test;
use Test::More;

my $home = $ENV{ORACLES_HOME} // '/var/tmp/mpanel-oracles';
my $dir = oracle('.');
my $scratch = scratch();

# (exit status, all that a program said)
sub judge
{
	my ($name, @argv) = @_;
	my $log = "$scratch/$name.log";
	my $pid = spawn($log, @argv);

	waitpid $pid, 0;
	return ($? >> 8, slurp($log));
}

unless (-e "$home/ready") {
	my ($status, $said) = judge('setup', "$dir/setup.sh", $home);
	need($status == 0, 'the judges could not be installed: '
		. substr $said, -400);
	open my $fh, '>', "$home/ready" or die "$home/ready: $!";
}
@ENV{qw(ORACLE_NPM ORACLE_NPM2 ORACLE_NPM3)} = ("$home/npm/",
	"$home/npm2/", "$home/npm3");

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
	/settings/mail /settings/brand);
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
