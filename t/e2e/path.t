#!/usr/bin/perl
# path.t - one command, one paid order, websites that answer.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use File::Find ();
use FindBin;
use HTTP::Tiny;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(time);

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $intent = 'pi_3OxDemo';

# A made site by its Host header.
sub site
{
	my ($panel, $domain, $path) = @_;
	(my $url = $panel->ready->{node}{httpUrl}) =~ s{//[^:/]+}{//$domain};

	return HTTP::Tiny->new(timeout => 5)->request('GET',
		$url . ($path // '/'), { peer => '127.0.0.1' });
}

sub state_of
{
	my ($panel) = @_;

	return $panel->get("/api/public/orders/$intent",
		token => $panel->ready->{intakeToken})->{json};
}

# name => content of every file below a directory.
sub files
{
	my ($dir) = @_;
	my %files;

	File::Find::find({ no_chdir => 1, wanted => sub {
		return unless -f $_;
		$files{substr $_, 1 + length $dir} = slurp($_);
	} }, $dir);
	return \%files;
}

sub website_verb
{
	my ($panel, $token, $id, $verb) = @_;

	return $panel->post("/api/admin/websites/$id/$verb", token => $token,
		json => {});
}

for my $db (engines()) {
	# ---- start ----
	my $panel = start_instance(db => $db, agent => 1, welcome => 1);
	my $ready = $panel->ready;
	is_deeply([sort keys %$ready], [sort qw(url adminEmail adminPassword
		tenantId intakeToken workerToken serverId db node pids bin
		config)], "$db: ready.json has exactly the agreed members");
	is_deeply([sort keys %{ $ready->{node} }], [qw(httpUrl root)],
		'and its node');
	is_deeply([sort keys %{ $ready->{pids} }],
		[qw(agent master nginx work)], 'and its pids');
	is_deeply([sort keys %{ $ready->{bin} }], [qw(agent mpanel)],
		'and its programs');
	my $door = $panel->get('/login');
	is($door->{status}, 200, 'there is a log-in page');
	like($door->{content}, qr/<form[^>]*method="post"/i, 'with a form');

	# ---- the order, as curl sends it ----
	open my $curl, '-|', 'curl', '-s', '-w', '\n%{http_code}',
		'-H', "Authorization: Bearer $ready->{intakeToken}",
		'-H', 'Content-Type: application/json',
		'-d', JSON::PP::encode_json(contract_order($intent)),
		"$ready->{url}" . INTAKE or die "curl: $!";
	my ($text, $status) = do { local $/; <$curl> } =~ /\A(.*)\n(\d+)\z/s;
	close $curl;
	is($status, 201, 'the order of the contract is placed') or diag($text);
	my $order = JSON::PP::decode_json($text);
	is_deeply([sort keys %$order], [sort qw(ok replayed orderId orderNumber
		status customerId customerEmail invoice subscriptions
		provisioningTasks problems)], 'the answer has its members');
	like($order->{orderNumber}, qr/^ORD-\d{4}-000001$/, 'the first number');
	is($order->{status}, 'processing', 'it is being worked on');
	is_deeply([@{ $order->{invoice} }{qw(status total currency)}],
		['paid', 45.82, 'USD'], 'its invoice is paid, 45.82 USD');
	is_deeply([map { "$_->{product} $_->{status}" }
		@{ $order->{subscriptions} }], ['starter pending',
		'wp-growth pending', 'daily-backups-30d pending'],
		'three subscriptions wait');
	is_deeply([map { "$_->{type} $_->{status}" }
		@{ $order->{provisioningTasks} }], ['website pending',
		'website pending', 'backup pending'], 'for three tasks');
	is_deeply($order->{problems}, [], 'nothing is wrong with it');

	# ---- the agent does the work ----
	my $done = wait_for(60, sub {
		my $now = state_of($panel);
		return $now && $now->{status} ne 'processing' && $now;
	});
	is($done->{status}, 'completed', 'the agent completes it')
		or diag($panel->log_text);
	is_deeply([map { $_->{status} } @{ $done->{subscriptions} }],
		[('active') x 3], 'all three subscriptions are active');
	is_deeply([map { $_->{status} } @{ $done->{provisioningTasks} }],
		[('success') x 3], 'because the three tasks succeeded');
	is_deeply([rows($panel, q{SELECT t.type, e.event FROM task_events e
		JOIN provisioning_tasks t ON t.tenant_id = e.tenant_id
		AND t.id = e.task_id
		ORDER BY t.id, e.id})], [map { my $type = $_;
			map { [$type, $_] } qw(queued claimed succeeded)
		} qw(website website backup)], 'each in one attempt');

	my @domains = map { $_->{domain} } @{ $done->{subscriptions} }[0, 1];
	is($domains[0], 'techstartup.net', 'the first site has the domain');
	like($domains[1], qr/^wp-growth-[0-9a-f]{6}\.[a-z.]+$/,
		'the second one a preview name');
	for my $domain (@domains) {
		my $page = site($panel, $domain);
		is($page->{status}, 200, "$domain answers by its Host header");
		like($page->{content}, qr/\Q$domain\E/, 'and names itself');
	}

	# ---- the archive ----
	my @archives = glob "$ready->{node}{root}/backups/*/*.tar.gz";
	is(scalar @archives, 1, 'the first archive has been made');
	my ($site) = $archives[0] =~ m{backups/([^/]+)/};
	my $into = scratch() . '/back';
	is(system("$ready->{bin}{agent} restore $archives[0] $into >/dev/null"),
		0, 'it can be restored');
	my $was = files("$ready->{node}{root}/sites/$site/www");
	my $back = files($into);
	my %www = map { /^(?:www\/)?(.*)/ ? ($1 => $back->{$_}) : () }
		grep { -e "$into/www" ? m{^www/} : 1 } keys %$back;
	ok(scalar keys %$was, 'the site has files');
	is_deeply(\%www, $was, 'and all are as they are on the site');

	# ---- suspend, unsuspend, remove ----
	my $token = $panel->admin_token;
	my $list = $panel->get('/api/admin/websites?domain=techstartup.net',
		token => $token)->{json};
	my $id = $list->{items}[0]{id};
	is($list->{items}[0]{status}, 'active', 'the panel lists the site');
	is(website_verb($panel, $token, $id, 'suspend')->{status}, 200,
		'it is suspended');
	ok(wait_for(15, sub {
		my $page = site($panel, $domains[0]);
		return $page->{status} == 503
			&& $page->{content} =~ /suspended/i;
	}), 'and says so itself') or diag(site($panel, $domains[0])->{content});
	is(site($panel, $domains[1])->{status}, 200, 'the other one does not');
	is(website_verb($panel, $token, $id, 'unsuspend')->{status}, 200,
		'it is let go on');
	ok(wait_for(15, sub {
		my $page = site($panel, $domains[0]);
		return $page->{status} == 200
			&& $page->{content} =~ /techstartup\.net/;
	}), 'and answers again');
	is(website_verb($panel, $token, $id, 'remove')->{status}, 200,
		'it is removed');
	ok(wait_for(15, sub {
		return site($panel, $domains[0])->{status} == 404;
	}), 'and answers no more');
	is(site($panel, $domains[1])->{status}, 200, 'the other one does');
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');

	# ---- stop and start ----
	my $took = $panel->stop;
	ok(defined $took && $took < 5, 'TERM stops all of it within 5 s')
		or diag($took // 'killed');
	my $left = `grep -lz -- '\Q@{[$panel->state_dir]}\E' /proc/[0-9]*/cmdline 2>/dev/null`;
	is($left, '', 'and leaves no process');
	my $begun = time;
	$panel->launch(30);
	cmp_ok(time - $begun, '<', 10, 'a second start takes seconds');
	is(state_of($panel)->{orderId}, $order->{orderId},
		'and keeps what there was');
	is(site($panel, $domains[1])->{status}, 200, 'the site answers');
	is($panel->intake(contract_order($intent))->{json}{replayed},
		JSON::PP::true, 'the order is still the same one');
	$panel->stop;
}
done_testing();
