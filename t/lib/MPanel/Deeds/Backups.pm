# Backups.pm - the same for backups: restored and fetched, by staff and by who
# looks after their customer.
# SPDX-License-Identifier: AGPL-3.0-or-later
package MPanel::Deeds::Backups;
use strict;
use warnings;
use MPanel::Deeds::Account;

my $n = 0;

sub panel { return MPanel::Deeds::Account::panel() }

sub post
{
	my ($path, $as) = @_;

	return panel()->post($path, json => {}, $as ? (cookie => $as->{cookie},
		headers => { origin => panel()->url,
		'x-csrf-token' => $as->{csrf} })
		: (token => panel()->admin_token));
}

# What waits is done, so that a website is active.
sub work
{
	while (my $task = panel()->worker('tasks/claim')->{json}{task}) {
		panel()->worker("tasks/$task->{id}/complete", {
			status => 'success', leaseToken => $task->{leaseToken} });
	}
}

# A customer's website with a backup as its agent reports one: whose service,
# which backup, and who looks after it.
sub backed_up
{
	my ($customer, $as) = MPanel::Deeds::Account::visit('technical');
	my $panel = panel();

	work();
	my ($row) = MPanel::Orders::rows($panel, "SELECT id, subscription_id
		FROM websites WHERE customer_id = '$customer'", $panel->slug);
	my ($site, $service) = @$row;
	my $name = sprintf '20261130T%06dZ', ++$n;
	$panel->post('/api/agent/heartbeat', token =>
		$panel->ready->{workerToken}, json => { backups => [{
		siteId => $site, archive => "backups/$site/$name.tar.gz",
		bytes => 1234, files => 1, sha256 => 'a' x 64,
		createdAt => '2026-11-30T00:00:00Z' }] });
	my ($backup) = MPanel::Orders::rows($panel, "SELECT id FROM backups
		WHERE website_id = '$site'", $panel->slug);
	return ($service, $backup->[0], $as);
}

# Of the service: what comes behind its path.
sub call
{
	my ($path) = @_;
	my ($service, $backup, $as) = backed_up();

	return post("/api/client/services/$service" . $path =~ s/:b/$backup/r,
		$as);
}

sub form
{
	my ($path) = @_;
	my ($service, $backup, $as) = backed_up();

	return MPanel::Deeds::Account::form("/client/services/$service"
		. $path =~ s/:b/$backup/r, {}, $as);
}

my %calls = (
	'backups.restore' => sub { my (undef, $id) = backed_up();
		post("/api/admin/backups/$id/restore") },
	'backups.page.restore' => sub { my (undef, $id) = backed_up();
		MPanel::Deeds::Account::form("/backups/$id/restore", {}) },
	'client.backups.restore' => sub { call('/backups/:b/restore') },
	'client.backups.page.restore' => sub { form('/backups/:b/restore') },
	'client.download.want' => sub { call('/download') },
	'client.backups.fetch' => sub { form('/backups/download') },
);

sub is_known { return exists $calls{ $_[0] } }
sub deed { return $calls{ $_[0] }->() }

1;
