#!/usr/bin/perl
# attach.t - a customer's own domain for a site with a preview name: a real name
# server is asked, a real agent changes the real vhost.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use HTTP::Tiny;
use IO::Socket::INET;
use lib "$FindBin::Bin/../lib";
use MPanel::ByHand;
use MPanel::Matrix;
use MPanel::Names;
use MPanel::Orders;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need(MPanel::Names::is_here(), 'PowerDNS is not installed');

my ($panel, $admin, $names, %person, %customer, %service, %site);

# An account with a site that has no domain, and who looks after it.
sub account
{
	my ($name, %rights) = @_;
	my $order = small_order("pi_$name", customerEmail => "$name\@example.com");

	delete $order->{primaryDomain};
	my $r = $panel->post('/api/public/orders/stripe-completed', json => $order,
		token => $panel->ready->{intakeToken});
	$customer{$name} = $r->{json}{customerId};
	$service{$name} = $r->{json}{subscriptions}[0]{id};
	for my $who (sort keys %rights) {
		$person{$who} = person($panel, $who, 'customer');
		$panel->post("/api/admin/customers/$customer{$name}/people",
			token => $admin, json => { email => "$who\@example.com",
			rights => $rights{$who} });
	}
}

sub one { my ($sql) = @_; return (rows($panel, $sql, 'demo'))[0][0] }

sub attach
{
	my ($who, $account, $domain, %more) = @_;

	return $panel->post("/api/client/services/$service{$account}/domain",
		token => $person{$who}{token}, json => { domain => $domain },
		%more);
}

# What is wrong, by its code.
sub why { my ($r) = @_; return $r->{json}{errors}[0]{code} // 'nothing' }

sub status
{
	my ($domain) = @_;
	(my $url = $panel->ready->{node}{httpUrl}) =~ s{//[^:/]+}{//$domain};

	return HTTP::Tiny->new->request(GET => $url,
		{ peer => '127.0.0.1' })->{status};
}

sub domain_of
{
	my ($account) = @_;

	return one("SELECT domain FROM websites
		WHERE subscription_id = '$service{$account}'");
}

sub check_refusals
{
	my $r = attach('ann', 'alpha', 'not a name');

	is("$r->{status} " . why($r), '422 bad_format', 'a domain is one');
	$r = attach('ann', 'alpha', 'nowhere.example.com');
	is("$r->{status} " . why($r), '422 dns_nowhere',
		'one that points nowhere is not attached');
	like($r->{json}{errors}[0]{message}, qr/nowhere\.example\.com points/,
		'which is said');
	$names->record('away.example.com', A => '192.0.2.99');
	$r = attach('ann', 'alpha', 'away.example.com');
	is("$r->{status} " . why($r), '422 dns_elsewhere',
		'nor one that points elsewhere');
	like($r->{json}{errors}[0]{message}, qr/192\.0\.2\.99/, 'it says where');
	$names->record('half.example.com', A => '127.0.0.1');
	$names->record('half.example.com', AAAA => '2001:db8::99');
	is(why(attach('ann', 'alpha', 'half.example.com')), 'dns_elsewhere',
		'nor one that leads here only by half');
	is(why(attach('ann', 'alpha', "more.$site{alpha}")), 'conflict',
		'a name of ours is no domain of theirs')
		or diag($site{alpha});
	is(why(attach('ann', 'alpha', $site{beta})), 'conflict',
		'nor another site\'s preview name');
	is(attach('bill', 'alpha', 'shop.example.com')->{status}, 403,
		'who looks after invoices attaches nothing');
	is(attach('bob', 'alpha', 'shop.example.com')->{status}, 404,
		'nor does somebody else');
	my $page = $panel->get("/client/services/$service{alpha}/domain",
		cookie => $person{ann}{cookie});
	like($page->{content}, qr{<td>A</td><td[^>]*>127\.0\.0\.1</td>},
		'its page says which record to make');
	is(one(q{SELECT count(*) FROM provisioning_tasks
		WHERE step = 'configure'}), 0, 'nothing was done');
	is(one(q{SELECT count(*) FROM domains}), 0, 'and nothing is taken');
}

sub check_attached
{
	$names->record('shop.example.com', A => '127.0.0.1');
	my $r = attach('ann', 'alpha', 'Shop.Example.com.',
		headers => { 'idempotency-key' => 'shop-1' });
	is_deeply([$r->{status}, @{ $r->{json} }{qw(domain status)}],
		[202, 'shop.example.com', 'setting_up'],
		'one that leads here is attached, however it is written');
	is(attach('ann', 'alpha', 'Shop.Example.com.',
		headers => { 'idempotency-key' => 'shop-1' })->{content},
		$r->{content}, 'the same key gives the same answer');
	is(attach('ann', 'alpha', 'shop.example.com')->{status}, 202,
		'and a second time is nothing');
	ok(wait_for(60, sub { domain_of('alpha') eq 'shop.example.com' }),
		'it is the site\'s name');
	is(one(q{SELECT count(*) FROM provisioning_tasks
		WHERE step = 'configure'}), 1, 'by one task');
	is(status('shop.example.com'), 200, 'to which it answers');
	is(status($site{alpha}), 200, 'as it does to the one that we made');
	is(attach('ann', 'alpha', 'shop.example.com')->{json}{status}, 'active',
		'what is attached stays so');
	is(attach('ann', 'alpha', 'away.example.com')->{status}, 409,
		'and is not changed for another');
	is(one("SELECT domain FROM subscriptions
		WHERE id = '$service{alpha}'"), 'shop.example.com',
		'the subscription is called by it');
	is(one("SELECT subscription_id FROM domains
		WHERE name = 'shop.example.com'"), $service{alpha},
		'and the domain is the customer\'s');
	is(one(q{SELECT count(*) FROM audit_logs
		WHERE action = 'website.rename'}), 1, 'which is noted once');
	is(why(attach('bob', 'beta', 'shop.example.com')), 'domain_taken',
		'nobody else gets it');
	$names->record('sub.shop.example.com', A => '127.0.0.1');
	is(why(attach('bob', 'beta', 'sub.shop.example.com')), 'domain_taken',
		'nor anything below it');
	# a step after that knows the names
	$panel->post('/api/admin/subscriptions/' . $service{alpha} . "/$_",
		token => $admin, json => $_ eq 'suspend' ? { reason => 'x' } : {})
		and ok(wait_for(60, sub { status('shop.example.com')
			== ($_ eq 'suspend' ? 503 : 200) }), "$_ does its domain")
		for qw(suspend reactivate);
}

# Two want the same name at once.
sub check_race
{
	$names->record('race.example.com', A => '127.0.0.1');
	# as many wait for name servers as half of the pool
	my @r = at_once(2, sub { my ($job) = @_; my $r;
		wait_for(30, sub { ($r = attach(@$job, 'race.example.com'))
			->{status} != 503 }); $r->{content} },
		['bob', 'beta'], ['cleo', 'gamma']);
	my @won = grep { /setting_up/ } @r;
	my @lost = grep { /belongs to another customer/ } @r;

	is(scalar @won, 1, 'one of two gets the name') or diag("@r");
	is(scalar @lost, 1, 'the other is told why not') or diag("@r");
	ok(wait_for(60, sub { one(q{SELECT count(*) FROM websites
		WHERE domain = 'race.example.com'}) == 1 }), 'one site has it');
	is(one(q{SELECT count(*) FROM domains
		WHERE name = 'race.example.com'}), 1, 'and one customer');
}

# By its server's host name, and by a name server that is silent.
sub check_host
{
	my ($loser) = grep { domain_of($_) ne 'race.example.com' }
		qw(beta gamma);
	my $who = $loser eq 'beta' ? 'bob' : 'cleo';

	by_hand($panel, "UPDATE servers SET ip_address = '192.0.2.1',
		fqdn = 'node.example.com'");
	$names->record('cname.example.com', CNAME => 'node.example.com');
	$names->record('node.example.com', A => '203.0.113.7');
	$names->record('node.example.com', AAAA => '2001:db8::7');
	my $r = attach($who, $loser, 'cname.example.com');
	is($r->{status}, 202, 'a name that leads to the server\'s own does')
		or diag($r->{content});
	ok(wait_for(60, sub { status('cname.example.com') == 200 }),
		'and is answered to');
}

sub check_silence
{
	my $silent = IO::Socket::INET->new(Proto => 'udp',
		LocalAddr => '127.0.0.1') or die;
	my $other = start_instance(db => 'sqlite', agent => 1, set => {
		dns_servers => '127.0.0.1:' . $silent->sockport,
		dns_timeout_ms => 400 });
	my $was = $panel;

	$panel = $other;
	$admin = $panel->admin_token;
	account('alpha', ann => ['technical']);
	ok(wait_for(60, sub { one(q{SELECT count(*) FROM websites
		WHERE status = 'active'}) == 1 }), 'a site is up');
	my $begun = time;
	my $r = attach('ann', 'alpha', 'shop.example.com');
	cmp_ok(time - $begun, '<', 3, 'nobody waits for a silent name server');
	is("$r->{status} " . why($r), '503 dns_no_answer', 'which is said');
	is(one('SELECT count(*) FROM domains'), 0, 'and nothing is done');
	ok(defined $panel->stop, 'it stops');
	$panel = $was;
}

$names = MPanel::Names->start(scratch());
for my $db (engines()) {
	$names->forget($_) for map { "$_.example.com" } qw(away half shop
		sub.shop race cname node);
	$panel = start_instance(db => $db, agent => 1, set => {
		dns_servers => $names->address, rate_login_account => 1000,
		rate_login_address => 10_000 });
	$admin = $panel->admin_token;
	note("== $db");
	account('alpha', ann => ['technical'], bill => ['billing']);
	account('beta', bob => ['technical']);
	account('gamma', cleo => ['technical']);
	my $early = attach('ann', 'alpha', 'shop.example.com');
	like($early->{status}, qr/^(?:409|422)$/,
		'a site that is being set up gets no name');
	ok(wait_for(60, sub { one(q{SELECT count(*) FROM websites
		WHERE status = 'active'}) == 3 }), 'all sites are set up');
	$site{$_} = domain_of($_) for qw(alpha beta gamma);
	check_refusals();
	check_attached();
	check_race();
	check_host();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
check_silence();
$names->stop;
done_testing();
