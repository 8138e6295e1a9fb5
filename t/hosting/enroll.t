#!/usr/bin/perl
# enroll.t - a second node joins by one command with a one-time token.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use MPanel::Test;
use Test::More;

# A one-time token of the demo tenant's server.
sub enroll_token
{
	my ($panel) = @_;
	my ($status, $out) = $panel->run('token', 'add', '--tenant', 'demo',
		'--scope', 'tasks:work', '--server', $panel->ready->{serverId},
		'--enroll', '--json');

	return decode_json($out)->{token};
}

sub enroll
{
	my ($panel, $token) = @_;

	return $panel->post('/api/agent/enroll',
		json => { token => $token, hostname => 'node2.example.com' });
}

for my $db (engines()) {
	my $panel = start_instance(db => $db);
	my $token = enroll_token($panel);
	my $claim = sub {
		$panel->post('/api/worker/tasks/claim', token => $_[0],
			json => {})->{status};
	};

	is($claim->($token), 401, "$db: a one-time token does not work");
	my $r = enroll($panel, $token);
	is($r->{status}, 201, "$db: it is exchanged");
	is($r->{json}{serverId}, $panel->ready->{serverId},
		"$db: for the token of its server");
	is($r->{json}{tenantId}, $panel->ready->{tenantId},
		"$db: in its tenant");
	is($claim->($r->{json}{token}), 200, "$db: which works");
	is(enroll($panel, $token)->{status}, 401, "$db: once");
	is(enroll($panel, 'mpk_nobody')->{status}, 401,
		"$db: a token that nobody made is refused");
	is($panel->post('/api/agent/enroll', json => {})->{status}, 422,
		"$db: a missing token is named");

	my $config = scratch() . '/node.conf';
	my $log = "$config.log";
	my $pid = spawn($log, $panel->ready->{bin}{agent}, '--config',
		$config, 'enroll', $panel->url, enroll_token($panel));
	waitpid $pid, 0;
	is($?, 0, "$db: the agent's own command does it")
		or diag(slurp($log));
	like(slurp($config), qr/^token = mpk_/m,
		"$db: and keeps the token it got");
	is((stat $config)[2] & 0777, 0600, "$db: for its own eyes");
	$panel->stop;
}
done_testing();
