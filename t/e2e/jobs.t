#!/usr/bin/perl
# jobs.t - who may write tasks settles what is theirs: no mails, no refunds.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP ();
use MPanel::ByHand;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, $admin, $key);

sub key
{
	my ($status, $out) = $panel->run(qw(token add --tenant demo --scope),
		$_[0], '--json');

	die "token: $out" if $status;
	return JSON::PP::decode_json($out)->{token};
}

sub call { my ($method, $path, $token) = @_; return $panel->request($method,
	"/api/admin/jobs$path", token => $token,
	$method eq 'POST' ? (json => {}) : ()) }

sub value { my ($sql) = @_; return (rows($panel, $sql, 'demo'))[0][0] }

# A job of this kind and key that was given up, made of an order's mail.
sub dead
{
	my ($kind, $key_sql) = @_;
	my $order = $panel->intake(small_order('pi_' . int rand 1e9))
		->{json}{orderId};
	my $id = value("SELECT id FROM outbox WHERE kind = 'mail'
		AND status = 'pending' ORDER BY id DESC LIMIT 1");

	by_hand($panel, "UPDATE outbox SET kind = '$kind', status = 'dead',
		dedupe_key = " . ($kind eq 'mail' ? 'dedupe_key' : "'$order'")
		. " WHERE id = '$id'",
		"DELETE FROM queue WHERE ref_id = '$id'");
	return ($id, $order);
}

sub mails
{
	my ($db) = @_;
	my ($id) = dead('mail');

	is(call(GET => '?kind=mail', $key)->{json}{total}, 0,
		"$db: who may write tasks sees no mails among the jobs");
	cmp_ok(call(GET => '?kind=mail', $admin)->{json}{total}, '>', 0,
		'who may see settings does');
	is(call(GET => "/$id", $key)->{status}, 404, 'nor one of them');
	is(call(POST => "/$id/retry", $key)->{status}, 404, 'to send it again');
	is(call(POST => "/$id/dismiss", $key)->{status}, 404, 'or to stop it');
	my $reader = key('tasks:read,tasks:write,settings:read');
	is(call(GET => "/$id", $reader)->{status}, 200, 'one who sees it');
	is(call(POST => "/$id/retry", $reader)->{status}, 403,
		'needs settings:write to send it');
	is(call(POST => "/$id/retry", $admin)->{json}{status}, 'pending',
		'with that it is sent');
}

sub refunds
{
	my ($id, $order) = dead('refund');

	by_hand($panel, "INSERT INTO refunds (tenant_id, id, payment_id,
		amount_minor, currency, status, created_at, updated_at)
		SELECT tenant_id, '$order', id, 1, currency, 'pending', 1, 1
		FROM payments WHERE order_id = '$order'");
	is(call(GET => "/$id", $key)->{status}, 200, 'a refund is seen');
	for my $verb (qw(dismiss retry)) {
		is(call(POST => "/$id/$verb", $key)->{status}, 403,
			"but to $verb it needs who may refund");
	}
	is(call(POST => "/$id/dismiss", $admin)->{json}{status}, 'cancelled',
		'they dismiss it');
	my %page = $panel->sign_in;
	like($panel->get('/admin/guardian', cookie => $page{cookie})->{content},
		qr/1 refund has failed, and nobody/, 'Guardian knows of it');
	like($panel->get("/jobs/$id", cookie => $page{cookie})->{content},
		qr/nothing was paid back.*Retry.*Paid back by hand/s,
		'the page says what can be done');
	is(call(POST => "/$id/retry", $key)->{status}, 403,
		'nobody else has it back');
	is(call(POST => "/$id/retry", $admin)->{json}{status}, 'pending',
		'they try it again all the same');
}

sub questions
{
	my ($id, $order) = dead('verify');

	by_hand($panel, "UPDATE orders SET status = 'verifying'
		WHERE id = '$order'");
	is(call(POST => "/$id/dismiss", $key)->{status}, 403,
		'a question about an order is up to who decides about orders');
	is(call(POST => "/$id/dismiss", $admin)->{json}{status}, 'cancelled',
		'they dismiss it');
	is(value("SELECT status FROM orders WHERE id = '$order'"), 'review',
		'and the order waits for their decision');
	($id) = dead('orphan');
	is(call(POST => "/$id/dismiss", $key)->{json}{status}, 'cancelled',
		'what is no money and no mail is settled as ever');
}

for my $db (engines()) {
	$panel = start_instance(db => $db, agent => 0);
	$admin = $panel->admin_token;
	$key = key('tasks:read,tasks:write');
	mails($db);
	refunds();
	questions();
	$panel->stop;
}
done_testing();
