# Services.pm - the same for what customers do with their services and domains,
# and what staff do to these.
# SPDX-License-Identifier: AGPL-3.0-or-later
package MPanel::Deeds::Services;
use strict;
use warnings;
use JSON::PP ();
use MPanel::ByHand;
use MPanel::Deeds::Account;
use MPanel::Orders;

my ($panel, $n) = (undef, 0);

sub begin { ($panel) = @_ }

sub number { ($n) = @_ }

sub api { goto &MPanel::Deeds::Account::api }
sub form { goto &MPanel::Deeds::Account::form }

# ---- things to do something to ----

# A service that runs: its id, its customer's, and who looks after all of it.
sub service
{
	my (%more) = @_;
	my $r = $panel->intake(small_order('pi_sv' . ++$n,
		customerEmail => "sv$n\@example.com", %more));
	my $customer = $r->{json}{customerId} // die "intake: $r->{content}";

	1 while MPanel::Deeds::work('success');
	api("/api/admin/customers/$customer/people", {
		email => "sp$n\@example.com",
		rights => [qw(billing technical support)] });
	my $in = form("/admin/customers/$customer/sign-in-as", {},
		MPanel::Deeds::Account::boss());
	my ($cookie) = grep { /^mp_session=/ }
		MPanel::Instance::cookies_of($in);
	my $page = $panel->get('/client', cookie => $cookie);
	return { customer => $customer,
		id => $r->{json}{subscriptions}[0]{id},
		as => { cookie => $cookie,
			csrf => MPanel::Instance::csrf_of($page) } };
}

sub cancelled
{
	my $s = service();

	client($s, POST => "services/$s->{id}/cancel");
	return $s;
}

# One for which another plan was asked for; the wish.
sub wished
{
	my $s = service();
	my $r = client($s, POST => "services/$s->{id}/change-plan",
		{ product => 'premium' });

	$s->{change} = $r->{json}{id} // die "change plan: $r->{content}";
	return $s;
}

# A domain that is registered with us.
sub domain
{
	my $s = service();

	($s->{domain}) = (rows($panel, "SELECT id FROM domains
		WHERE customer_id = '$s->{customer}'", $panel->slug))[0][0];
	by_hand($panel, "UPDATE domains SET status = 'managed'
		WHERE id = '$s->{domain}'");
	return $s;
}

# ---- calls ----

sub client
{
	my ($s, $method, $path, $body) = @_;

	return $panel->request($method, "/api/client/$path",
		cookie => $s->{as}{cookie}, headers => {
		origin => $panel->url, 'x-csrf-token' => $s->{as}{csrf} },
		json => $body // {});
}

sub page { my ($s, $path, $fields) = @_;
	return form("/client/$path", $fields // {}, $s->{as}) }

my %calls = (
	'client.services.cancel' => sub { my $s = service();
		client($s, POST => "services/$s->{id}/cancel",
		{ reason => 'moving', note => 'Far away' }) },
	'client.services.keep' => sub { my $s = cancelled();
		client($s, POST => "services/$s->{id}/keep") },
	'client.services.page.cancel' => sub { my $s = service();
		page($s, "services/$s->{id}/cancel", { reason => 'missing' }) },
	'client.services.page.keep' => sub { my $s = cancelled();
		page($s, "services/$s->{id}/keep") },
	'client.domains.change' => sub { my $s = domain();
		client($s, PATCH => "domains/$s->{domain}",
		{ autoRenew => JSON::PP::true }) },
	'client.domains.renew' => sub { my $s = domain();
		page($s, "domains/$s->{domain}/auto-renew", { on => 'yes' }) },
	'client.services.change' => sub { my $s = service();
		client($s, POST => "services/$s->{id}/change-plan",
		{ product => 'student', note => 'Less is more' }) },
	'client.services.withdraw' => sub { my $s = wished();
		client($s, POST => "services/$s->{id}/withdraw") },
	'client.services.page.plan' => sub { my $s = service();
		page($s, "services/$s->{id}/plan", { product => 'premium' }) },
	'client.services.page.withdraw' => sub { my $s = wished();
		page($s, "services/$s->{id}/plan/withdraw") },
	'plan_changes.accept' => sub { my $s = wished();
		api("/api/admin/plan-changes/$s->{change}/accept") },
	'plan_changes.decline' => sub { my $s = wished();
		api("/api/admin/plan-changes/$s->{change}/decline",
		{ reason => 'No room' }) },
	'plan_changes.page.accept' => sub { my $s = wished();
		form("/plan-changes/$s->{change}/accept") },
	'plan_changes.page.decline' => sub { my $s = wished();
		form("/plan-changes/$s->{change}/decline",
		{ reason => 'No room' }) },
	'subscriptions.change-plan' => sub { my $s = service();
		api("/api/admin/subscriptions/$s->{id}/change-plan",
		{ product => 'premium' }) },
	'subscriptions.page.change-plan' => sub { my $s = service();
		form("/subscriptions/$s->{id}/change-plan",
		{ product => 'premium' }) },
	'subscriptions.cancel' => sub { my $s = service();
		api("/api/admin/subscriptions/$s->{id}/cancel",
		{ reason => 'other', note => 'By phone' }) },
	'subscriptions.resume' => sub { my $s = cancelled();
		api("/api/admin/subscriptions/$s->{id}/resume") },
	'subscriptions.page.cancel' => sub { my $s = service();
		form("/subscriptions/$s->{id}/cancel", { reason => '' }) },
	'subscriptions.page.resume' => sub { my $s = cancelled();
		form("/subscriptions/$s->{id}/resume") },
);

sub is_known { return $calls{ $_[0] } }

sub deed { return $calls{ $_[0] }->() }

1;
