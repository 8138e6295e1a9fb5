# Deeds.pm - every mutating route, called so that it does something.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	deeds_begin($panel, $webhook_secret);
#	my $reply = deed('orders.accept');
#
# What is to be done something to is made first.  Secrets that come up go into
# %secret, for whoever looks where they must not be.
package MPanel::Deeds;
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use Exporter 'import';
use JSON::PP ();
use MPanel::ByHand;
use MPanel::Deeds::Account;
use MPanel::Deeds::Client;
use MPanel::Deeds::Backups;
use MPanel::Deeds::Invoices;
use MPanel::Deeds::Nouns;
use MPanel::Deeds::Services;
use MPanel::Deeds::Tickets;
use MPanel::Deeds::Writing;
use MPanel::Instance;
use MPanel::Orders;

our @EXPORT = qw(%page %secret deed deed_is_known deeds_begin deeds_number
	deeds_pause deeds_resume review staff_token token_with);

my $json = JSON::PP->new->utf8->canonical;
my ($panel, $admin, $n, $stripe);
our (%page, %secret);

sub deeds_begin
{
	($panel, $stripe) = @_;
	$admin = $panel->admin_token;
	%page = $panel->sign_in;
	%secret = ();
	$n = 0;
	MPanel::Deeds::Account::begin($panel);
	MPanel::Deeds::Services::begin($panel);
}

# Tenants take turns: what deeds_begin() made for one of them, to be put back.
sub deeds_pause
{
	return { panel => $panel, admin => $admin, stripe => $stripe,
		page => {%page}, secret => {%secret},
		account => MPanel::Deeds::Account::pause() };
}

sub deeds_resume
{
	my ($at) = @_;

	($panel, $admin, $stripe) = @$at{qw(panel admin stripe)};
	%page = %{ $at->{page} };
	%secret = %{ $at->{secret} };
	MPanel::Deeds::Account::resume($at->{account});
	MPanel::Deeds::Services::begin($panel);
}

# What is made next has names by the numbers after this one.
sub deeds_number
{
	($n) = @_;
	MPanel::Deeds::Account::number($n);
	MPanel::Deeds::Services::number($n);
}

sub staff_token { return $admin }

# ---- things to do something to ----

# However long the others took: a silent agent's server would get nothing.
sub order
{
	my (%more) = @_;

	$panel->post('/api/agent/heartbeat', json => {},
		token => $panel->ready->{workerToken});
	my $r = $panel->intake(small_order('pi_a' . ++$n, %more));

	return $r->{json}{orderId} // die "intake: $r->{content}";
}

sub review
{
	my $order = small_order('x');
	my $item = { %{ $order->{items}[0] }, unitPrice => '1.00' };

	return order(items => [$item]);
}

# Claim the next task and report; returns its id.
sub work
{
	my ($status) = @_;
	my $task = $panel->worker('tasks/claim')->{json}{task} or return;

	$panel->worker("tasks/$task->{id}/complete", { status => $status,
		leaseToken => $task->{leaseToken} });
	return $task->{id};
}

sub newest
{
	my ($table) = @_;

	return (rows($panel, "SELECT id FROM $table
		WHERE tenant_id = '$panel->{ready}{tenantId}'
		ORDER BY id DESC LIMIT 1", $panel->slug))[0][0];
}

sub active
{
	my ($table) = @_;

	order();
	1 while work('success');
	return newest($table);
}

sub failed_task
{
	order();
	return work('failed') // die 'no task';
}

# No mail, so that no address is asked first, nor under a mail's key: the same
# mail may be made once more, and come here again.
sub dead_job
{
	order();
	my $id = (rows($panel, "SELECT id FROM outbox
		WHERE tenant_id = '$panel->{ready}{tenantId}'
		AND kind = 'mail' AND status = 'pending'
		ORDER BY id DESC LIMIT 1", $panel->slug))[0][0] // die 'no mail';
	by_hand($panel, "UPDATE outbox SET kind = 'orphan', status = 'dead',
		dedupe_key = 'dead $id' WHERE id = '$id'",
		"DELETE FROM queue WHERE ref_id = '$id'");
	return $id;
}

sub refusal
{
	$panel->intake(small_order('pi_r' . ++$n, customerEmail => 'none'));
	return newest('intake_refusals');
}

sub session
{
	my $mine = $panel->admin_token;
	my $list = $panel->get('/api/auth/sessions', token => $admin);

	return (map { $_->{id} } grep { !$_->{current} && $_->{kind} eq 'api' }
		@{ $list->{json}{items} })[0];
}

# ---- calls ----

sub api
{
	my ($path, $body, %o) = @_;

	return sub { $panel->post($path->(), token => $o{token} // $admin,
		json => ref $body eq 'CODE' ? $body->() : $body // {}) };
}

sub form
{
	my ($path, %fields) = @_;

	return sub {
		my $to = $path->();
		my %f = (csrf => $page{csrf}, key => 'k' . ++$n,
			map { $_ => ref $fields{$_} ? $fields{$_}->()
				: $fields{$_} } keys %fields);
		$f{'pick-' . delete $f{pick}} = 1 if exists $f{pick};
		return $panel->post($to, cookie => $page{cookie},
			type => 'application/x-www-form-urlencoded',
			headers => { origin => $panel->url },
			body => join '&', map { "$_=" . $f{$_} =~
				s/([^A-Za-z0-9._-])/sprintf '%%%02X', ord $1/ger
			} sort keys %f);
	};
}

sub on
{
	my ($folder, $make, $verb) = @_;

	return sub { "$folder/" . $make->() . "/$verb" };
}

sub at { my ($path) = @_; return sub { $path } }

sub webhook
{
	my ($path) = @_;

	return sub {
		my $body = $json->encode({ id => 'evt_' . ++$n,
			type => 'charge.updated', data => { object => {} } });
		my $t = time;
		return $panel->post($path, body => $body,
			type => 'application/json', headers => {
				'stripe-signature' => "t=$t,v1="
					. hmac_sha256_hex("$t.$body", $stripe) });
	};
}

sub token_with
{
	my (@scope) = @_;
	my (undef, $out) = $panel->run(qw(token add --json --tenant),
		$panel->slug, '--scope', @scope);

	return $json->decode($out)->{token};
}

# An order that nobody has paid for: only such a one can be cancelled.
sub unpaid
{
	my $item = { %{ small_order('x')->{items}[0] }, unitPrice => 0 };

	return order(items => [$item]);
}

my %calls = (
	'login.enter' => sub {
		my $door = $panel->get('/login');
		my $cookie = (MPanel::Instance::cookies_of($door))[0];
		local @page{qw(cookie csrf)} = ($cookie,
			MPanel::Instance::csrf_of($door));
		form(at('/login'), email => $panel->ready->{adminEmail},
			password => $panel->ready->{adminPassword})->();
	},
	'logout' => sub {
		local @page{qw(cookie csrf)} = @{ { $panel->sign_in } }{
			qw(cookie csrf)};
		form(at('/logout'))->();
	},
	'auth.login' => api(at('/api/auth/login'), sub {
		{ email => $panel->ready->{adminEmail},
			password => $panel->ready->{adminPassword} } }),
	'auth.logout' => sub {
		$panel->post('/api/auth/logout', token => $panel->admin_token,
			json => {});
	},
	'auth.sessions.revoke' => sub {
		$panel->request('DELETE', '/api/auth/sessions/' . session(),
			token => $admin);
	},
	'intake.place' => sub { $panel->intake(small_order('pi_i' . ++$n)) },
	'worker.complete' => sub {
		order();
		my $task = $panel->worker('tasks/claim')->{json}{task};
		$panel->worker("tasks/$task->{id}/complete", {
			status => 'success', leaseToken => $task->{leaseToken} });
	},
	'agent.register' => sub {
		$panel->post('/api/agent/register',
			token => $panel->ready->{workerToken}, json => {
				hostname => 'node' . ++$n . '.example.com',
				os => 'linux', agentVersion => '1' });
	},
	'agent.enroll' => sub {
		my (undef, $out) = $panel->run(qw(token add --enroll --json
			--scope tasks:work --tenant), $panel->slug,
			'--server', $panel->ready->{serverId});
		$secret{'one-time token'} = $json->decode($out)->{token};
		my $r = $panel->post('/api/agent/enroll', json => {
			token => $secret{'one-time token'},
			hostname => 'node2.example.com' });
		$secret{'node token'} = $r->{json}{token};
		return $r;
	},
	'provisioning_tasks.retry' => api(on('/api/admin/provisioning/tasks', \&failed_task,
		'retry')),
	'provisioning_tasks.cancel' => api(on('/api/admin/provisioning/tasks', \&failed_task,
		'cancel')),
	'tasks.retry_failed' => api(sub { failed_task();
		'/api/admin/provisioning/tasks/retry-failed' }),
	'websites.suspend' => api(on('/api/admin/websites',
		sub { active('websites') }, 'suspend'), { reason => 'x' }),
	'websites.unsuspend' => api(sub { newest('websites') =~
		s{^}{/api/admin/websites/}r . '/unsuspend' }),
	'websites.remove' => api(on('/api/admin/websites',
		sub { active('websites') }, 'remove'), { reason => 'x' }),
	'subscriptions.suspend' => api(on('/api/admin/subscriptions',
		sub { active('subscriptions') }, 'suspend'), { reason => 'x' }),
	'subscriptions.reactivate' => api(sub { newest('subscriptions') =~
		s{^}{/api/admin/subscriptions/}r . '/reactivate' }),
	(map { my ($noun, $verb, $of) = @$_;
		("$noun.bulk.$verb" => api(at("/api/admin/$noun/bulk/$verb"),
			sub { { ids => [$of->($noun)] } }),
		"$noun.page.bulk.$verb" => form(at("/$noun/bulk/$verb"),
			pick => sub { $of->($noun) })) }
		[websites => suspend => \&active],
		[websites => unsuspend => \&newest],
		[websites => remove => \&active],
		[subscriptions => suspend => \&active],
		[subscriptions => reactivate => \&newest]),
	'orders.new' => api(at('/api/admin/orders'), sub { {
		customer => { email => 'n' . ++$n . '@example.com' },
		items => [{ productSlug => 'starter', billingPeriod => 'year',
			domain => 'n' . $n . '.example.com' }],
		payment => 'paid', method => 'cash' } }),
	'orders.do_new' => form(at('/orders/new'), rows => 1,
		who => sub { 'm' . ++$n . '@example.com' }, code1 => 'starter',
		domain1 => sub { 'm' . $n . '.example.com' }, qty1 => 1,
		payment => 'cash'),
	'orders.accept' => api(on('/api/admin/orders', \&review, 'accept')),
	'orders.correct' => api(on('/api/admin/orders', \&review, 'correct'),
		sub { { items => [{ item => 0,
			domain => 'c' . ++$n . '.example.com' }] } }),
	'orders.refund' => api(on('/api/admin/orders', \&review, 'refund')),
	'orders.cancel' => api(on('/api/admin/orders', \&unpaid, 'cancel')),
	'refusals.place' => api(on('/api/admin/intake-refusals', \&refusal,
		'place'), sub { small_order('pi_p' . ++$n) }),
	'refusals.dismiss' => api(on('/api/admin/intake-refusals', \&refusal,
		'dismiss')),
	'jobs.retry' => api(on('/api/admin/jobs', \&dead_job, 'retry')),
	'jobs.retry_flat' => api(on('/api/jobs', \&dead_job, 'retry')),
	'jobs.dismiss' => api(on('/api/admin/jobs', \&dead_job, 'dismiss')),
	'jobs.page.retry' => form(on('/jobs', \&dead_job, 'retry')),
	'jobs.page.dismiss' => form(on('/jobs', \&dead_job, 'dismiss')),
	'stripe.webhook' => webhook('/api/webhooks/stripe'),
	'stripe.webhook_2' => webhook('/webhooks/stripe'),
	'stripe.webhook_3' => webhook('/api/payments/stripe/webhook'),
	'stripe.webhook_slug' => sub {
		webhook('/api/webhooks/stripe/' . $panel->slug)->() },
	'orders.do_accept' => form(on('/orders', \&review, 'accept')),
	'orders.do_refund' => form(on('/orders', \&review, 'refund')),
	'orders.do_cancel' => form(on('/orders', \&unpaid, 'cancel')),
	'orders.do_correct' => form(on('/orders', \&review, 'correct'),
		code1 => 'starter', period1 => 'year', qty1 => 1,
		domain1 => sub { 'f' . ++$n . '.example.com' }),
	'refusals.do_place' => form(on('/orders/refusals', \&refusal, 'place'),
		body => sub { $json->encode(small_order('pi_q' . ++$n)) }),
	'refusals.do_dismiss' => form(on('/orders/refusals', \&refusal,
		'dismiss')),
	'subscriptions.page.suspend' => form(on('/subscriptions',
		sub { active('subscriptions') }, 'suspend'), reason => 'x'),
	'subscriptions.page.reactivate' => form(sub { newest('subscriptions') =~
		s{^}{/subscriptions/}r . '/reactivate' }),
	'provisioning.retry_failed' => form(sub { failed_task();
		'/provisioning/retry-failed' }),
	'provisioning_tasks.page.retry' => form(on('/provisioning/tasks', \&failed_task,
		'retry')),
	'provisioning_tasks.page.cancel' => form(on('/provisioning/tasks', \&failed_task,
		'cancel')),
	'websites.page.suspend' => form(on('/websites',
		sub { active('websites') }, 'suspend'), reason => 'x'),
	'websites.page.unsuspend' => form(sub { newest('websites') =~
		s{^}{/websites/}r . '/unsuspend' }),
	'websites.page.remove' => form(on('/websites',
		sub { active('websites') }, 'remove'), reason => 'x'),
);

sub prepare
{
	my ($name) = @_;

	if ($name =~ /websites\.(?:do_|page\.)?(?:bulk\.)?unsuspend/) {
		api(on('/api/admin/websites', sub { active('websites') },
			'suspend'), { reason => 'x' })->();
		1 while work('success');
	}
	if ($name =~ /subscriptions\.(?:do_|page\.)?(?:bulk\.)?reactivate/) {
		api(on('/api/admin/subscriptions',
			sub { active('subscriptions') }, 'suspend'),
			{ reason => 'x' })->();
		1 while work('success');
	}
}

# The reply of the route of this name.
sub deed
{
	my ($name) = @_;

	return MPanel::Deeds::Account::deed($name)
		if MPanel::Deeds::Account::is_known($name);
	return MPanel::Deeds::Client::deed($name)
		if MPanel::Deeds::Client::is_known($name);
	return MPanel::Deeds::Invoices::deed($name)
		if MPanel::Deeds::Invoices::is_known($name);
	return MPanel::Deeds::Backups::deed($name)
		if MPanel::Deeds::Backups::is_known($name);
	return MPanel::Deeds::Writing::deed($name)
		if MPanel::Deeds::Writing::is_known($name);
	return MPanel::Deeds::Nouns::deed($name)
		if MPanel::Deeds::Nouns::is_known($name);
	return MPanel::Deeds::Services::deed($name)
		if MPanel::Deeds::Services::is_known($name);
	return MPanel::Deeds::Tickets::deed($name)
		if MPanel::Deeds::Tickets::is_known($name);
	prepare($name);
	return $calls{$name}->();
}

sub deed_is_known
{
	my ($name) = @_;

	return $calls{$name} || MPanel::Deeds::Account::is_known($name)
		|| MPanel::Deeds::Client::is_known($name)
		|| MPanel::Deeds::Invoices::is_known($name)
		|| MPanel::Deeds::Backups::is_known($name)
		|| MPanel::Deeds::Writing::is_known($name)
		|| MPanel::Deeds::Nouns::is_known($name)
		|| MPanel::Deeds::Services::is_known($name)
		|| MPanel::Deeds::Tickets::is_known($name);
}

1;
