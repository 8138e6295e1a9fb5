#!/usr/bin/perl
# restore.t - a customer sees their backups, downloads one and has one restored.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# With a real agent, a real site and a real nginx before the panel.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use File::Find ();
use FindBin;
use HTTP::Tiny;
use POSIX qw(strftime);
use lib "$FindBin::Bin/../lib";
use MPanel::Isolation;
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my ($panel, $admin, %person, %account, $service, $root, $www, @owner);

sub order
{
	my ($name, @items) = @_;
	my $r = $panel->intake({ stripePaymentIntentId => "pi_$name" . @items,
		customerEmail => "$name\@example.com",
		customerName => "Account $name",
		primaryDomain => "$name.example", items => \@items });

	is($r->{status}, 201, "an order of $name") or diag($r->{content});
	$account{$name} = $r->{json}{customerId};
	ok(wait_for(60, sub { $panel->get("/api/public/orders/pi_$name" . @items,
		token => $panel->ready->{intakeToken})->{json}{status}
		eq 'completed' }), 'is carried out') or diag($panel->log_text);
	return $r->{json}{subscriptions};
}

my %starter = (productSlug => 'starter', qty => 1, unitPrice => 29.88,
	billingPeriod => 'year');
my %daily = (productSlug => 'daily-backups-30d', qty => 1, unitPrice => 4.99,
	billingPeriod => 'month');

sub look_after
{
	my ($name, $account, @rights) = @_;

	$person{$name} = person($panel, $name, 'customer');
	is($panel->post("/api/admin/customers/$account{$account}/people",
		token => $admin, json => { email => "$name\@example.com",
		rights => \@rights })->{status}, 201, "$name: @rights");
}

sub put
{
	my ($name, $text, $mode, $time) = @_;

	open my $fh, '>:raw', "$www/$name" or die "$name: $!";
	print $fh $text;
	close $fh;
	chmod $mode, "$www/$name";
	chown @owner, "$www/$name" if $> == 0;
	utime $time, $time, "$www/$name";
}

# A line per file: mode, owner, size, time and content.
sub look
{
	my ($top, @except) = @_;
	my @lines;

	File::Find::find({ no_chdir => 1, wanted => sub {
		my $path = $_;
		my @st = lstat $path;

		if (grep { $path =~ m{^$_} } @except) {
			$File::Find::prune = 1;
			return;
		}
		push @lines, join ' ', substr($path, length $top),
			sprintf('%o', $st[2]), @st[4, 5],
			-d _ ? '' : "$st[7] $st[9] " . sha256_hex(slurp($path));
	} }, $top);
	return join "\n", sort @lines;
}

sub page
{
	my ($who, $path) = @_;

	return $panel->get("/client/services/$service$path",
		cookie => $person{$who}{cookie});
}

sub form { my ($who, $path) = @_; return $panel->form($person{$who},
	"/client/services/$service$path") }

sub api
{
	my ($who, $method, $path) = @_;

	return $panel->request($method, "/api/client/services/$service$path",
		token => $person{$who}{token},
		$method eq 'POST' ? (json => {}) : ());
}

sub mails
{
	my ($template) = @_;

	return (rows($panel, "SELECT count(*) FROM outbox
		WHERE template = 'mail/$template'"))[0][0];
}

sub scene
{
	my ($db) = @_;

	$panel = start_instance(db => $db, agent => 1);
	$admin = $panel->admin_token;
	$root = $panel->ready->{node}{root};
	($service) = map { $_->{id} } @{ order(alpha => \%starter) };
	order(beta => \%starter);
	my ($site) = (rows($panel, "SELECT id FROM websites
		WHERE domain = 'alpha.example'"))[0][0];
	$www = "$root/sites/$site/www";
	@owner = (stat $www)[4, 5];
	look_after(ann => alpha => qw(billing technical support));
	look_after(bill => alpha => 'billing');
	look_after(bob => beta => qw(billing technical support));
	return $site;
}

# ---- before there are any ----
sub check_none
{
	my $r = page(ann => '/backups');

	is($r->{status}, 200, 'there is a page without backups');
	like($r->{content}, qr/No backups yet/, 'which says so');
	is_deeply(api(ann => GET => '/backups')->{json}, { domain =>
		'alpha.example', restore => undef, items => [] },
		'and so does the call');
	is(api(ann => POST => '/download')->{status}, 404,
		'there is nothing to download');
	is(api(ann => GET => '/download')->{status}, 404, 'nor on its way');
	unlike(page(ann => '')->{content}, qr/Last backup/,
		'and the service speaks of none');
}

# ---- restore ----
sub restored
{
	my $ok = wait_for(60, sub { api(ann => GET => '/backups')
		->{json}{restore}{status} ne 'restoring' });

	return $ok ? api(ann => GET => '/backups')->{json}{restore}{status}
		: 'too late';
}

sub check_restore
{
	my ($id, $old) = @_;
	my $ask = page(ann => "/backups/$id/restore");
	my $guard = look($root, $www, "$root/sites/[^/]+/(?:logs|restored|replaced)",
		"$root/sites/[^/]+\$", "$root/state", "$root/nginx", "$root/php",
		"$root/usage");

	is($ask->{status}, 200, 'a question is asked');
	like($ask->{content}, qr/$_/, "which says: $_") for
		qr/Restore alpha\.example to the state of \d/,
		qr/kept for 7 days/, qr/Databases and mail stay/;
	my $new = look($www);
	my $r = form(ann => "/backups/$id/restore");
	is($r->{status}, 303, 'it is asked for') or diag($r->{content});
	like(page(ann => '/backups')->{content},
		qr/being restored to the state of|The files are as they were on/,
		'which the page says');
	is(restored(), 'restored', 'it is done') or diag($panel->log_text);
	is(look($www), $old, 'the tree is as it was, byte for byte');
	my ($kept) = glob "$root/sites/*/replaced/*";
	is(look($kept), $new, 'what was there is kept');
	is(look($root, $www, "$root/sites/[^/]+/(?:logs|restored|replaced)",
		"$root/sites/[^/]+\$", "$root/state", "$root/nginx", "$root/php",
		"$root/usage"),
		$guard, 'nothing else on the node has changed');
	my $url = $panel->ready->{node}{httpUrl} =~ s{//[^:/]+}{//alpha.example}r;
	is(HTTP::Tiny->new->request(GET => "$url/", { peer => '127.0.0.1' })
		->{content}, 'as it was', 'visitors see it');
	like(page(ann => '/backups')->{content},
		qr/The files are as they were on .* kept until/s,
		'and the customer that it is so');
	is(mails('site-restored'), 1, 'with a mail');
	is((rows($panel, "SELECT count(*) FROM audit_logs
		WHERE action = 'website.restore'"))[0][0], 1, 'and in the log');
	my @got = map { api(ann => POST => "/backups/$id/restore") } 1, 2;
	is_deeply([map { $_->{status} } @got], [202, 202],
		'two calls for the same');
	is(restored(), 'restored', 'are carried out');
	is((rows($panel, "SELECT count(*) FROM provisioning_tasks
		WHERE step = 'restore'"))[0][0], 2, 'as one');
}

# ---- download ----
sub check_download
{
	my ($sha) = @_;
	my $r = form(ann => '/backups/download');

	is($r->{status}, 303, 'a download is asked for') or diag($r->{content});
	like(page(ann => '/backups')->{content},
		qr/being fetched from its server|as a \.tar\.gz file/,
		'the page says how it is');
	like(api(ann => POST => '/download')->{status}, qr/^20[02]$/,
		'asking again is no other');
	ok(wait_for(30, sub { api(ann => GET => '/download')->{json}{status}
		eq 'ready' }), 'it comes') or diag($panel->log_text);
	is((rows($panel, 'SELECT count(*) FROM archive_fetches'))[0][0], 1,
		'once');
	my $told = api(ann => GET => '/download')->{json};
	is($told->{sha256}, $sha, 'its hash is told');
	my $page = page(ann => '/backups')->{content};
	my ($href) = $page =~ m{href="(/client/[^"]+/file)"};
	ok($href, 'there is a link');
	like($page, qr/The link works until/, 'for a time');
	for my $got ($panel->get($href, cookie => $person{ann}{cookie}),
		$panel->get($told->{href}, token => $person{ann}{token})) {
		is($got->{status}, 200, 'it is downloaded');
		is(sha256_hex($got->{content}), $sha, 'byte for byte');
		is($got->{headers}{'content-type'}, 'application/gzip', 'as gzip');
		like($got->{headers}{'content-disposition'},
			qr/^attachment; filename="alpha\.example-\d{4}-\d\d-\d\d\.tar\.gz"$/,
			'under a name');
		ok(!$got->{headers}{'x-accel-redirect'}, 'and no word of where');
	}
	my $part = $panel->get($href, cookie => $person{ann}{cookie},
		headers => { range => 'bytes=0-9' });
	is($part->{status}, 206, 'a part of it can be had');
	my ($name) = (rows($panel, 'SELECT id FROM archive_fetches'))[0][0];
	is((stat $panel->state_dir . "/exports/archives/$name.tar.gz")[2] & 0777,
		0640, 'nobody else reads the file');
	for my $path ("/_exports/archives/$name.tar.gz",
		"/exports/archives/$name.tar.gz") {
		is($panel->get($path, cookie => $person{ann}{cookie})->{status},
			404, "$path is nobody's");
	}
	# ---- whose it is ----
	for my $path ($href, $told->{href}) {
		my %as = map { $_ => [$path =~ m{^/api} ?
			(token => $person{$_}{token})
			: (cookie => $person{$_}{cookie})] } qw(bill bob);

		is($panel->get($path, @{ $as{bob} })->{status}, 404,
			'another customer does not get it');
		is($panel->get($path, @{ $as{bill} })->{status}, 403,
			'nor who looks after invoices');
		like($panel->get($path)->{status}, qr/^(?:303|401)$/,
			'nor a stranger');
	}
	is($panel->get("/api/client/services/$service/download/file",
		token => $admin)->{status}, 404, 'nor the owner of the company');

	# ---- for a day ----
	my $in = sub { strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + $_[0])) };
	my @exports = glob $panel->state_dir . '/exports/archives/*';
	is(scalar @exports, 1, 'one file is kept');
	$panel->run('--now', $in->(23 * 3600), 'work', '--once');
	ok(-e $exports[0], 'for 23 hours');
	$panel->run('--now', $in->(24 * 3600 + 60), 'work', '--once');
	ok(!-e $exports[0], 'and after 24 it goes');
	is($panel->get($href, cookie => $person{ann}{cookie})->{status}, 404,
		'then there is none');
	like(page(ann => '/backups')->{content}, qr/Fetch the latest/,
		'and it can be fetched again');
	is(api(ann => POST => '/download')->{status}, 202, 'which is another one');
	ok(wait_for(30, sub { api(ann => GET => '/download')->{json}{status}
		eq 'ready' }), 'that comes, too');
}

# ---- what goes wrong ----
sub check_refusals
{
	my ($site, $id, $archive) = @_;
	my $missing = $MPanel::Isolation::missing;
	my $text = slurp($archive);
	my $was = look($www);

	is(api(ann => POST => "/backups/$missing/restore")->{status}, 404,
		'a backup that is not there');
	is(api($_->[0], POST => "/backups/$id/restore")->{status}, $_->[1],
		"$_->[0] restores nothing") for [bob => 404], [bill => 403];
	is(page(bob => "/backups/$id/restore")->{status}, 404,
		'nor is asked about it');
	for my $path ('backups', "backups/$id/restore", 'backups/file',
		'download', 'download/file') {
		for my $at ("/client/services/%s/$path",
			"/api/client/services/%s/$path") {
			my ($theirs, $none) = map { my $to = sprintf $at, $_;
				MPanel::Isolation::masked($panel->get($to,
				$to =~ m{^/api} ? (token => $person{bob}{token})
				: (cookie => $person{bob}{cookie})), $to)
			} $service, $missing;

			is($theirs, $none, "another's is as a missing one: $at");
		}
	}
	is($panel->post("/api/admin/websites/$site/suspend", token => $admin,
		json => { reason => 'a test' })->{status}, 200, 'suspended');
	ok(wait_for(20, sub { (rows($panel, "SELECT status FROM websites
		WHERE id = '$site'"))[0][0] eq 'suspended' }), 'for real');
	my $r = form(ann => "/backups/$id/restore");
	is($r->{status}, 409, 'of a suspended site a customer restores nothing');
	like($r->{content}, qr/Our staff can restore it/, 'and is told who can');
	is(api(ann => POST => "/backups/$id/restore")->{status}, 409,
		'nor by a call');
	is($panel->post("/api/admin/backups/$id/restore", token => $admin,
		json => {})->{status}, 200, 'staff can');
	is(restored(), 'restored', 'and it is');
	$panel->post("/api/admin/websites/$site/unsuspend", token => $admin,
		json => {});
	ok(wait_for(20, sub { (rows($panel, "SELECT status FROM websites
		WHERE id = '$site'"))[0][0] eq 'active' }), 'put back');
	is($panel->get('/backups', $panel->sign_in)->{status}, 200,
		'staff have a page of backups');
	is($panel->get("/backups/$id/restore", $panel->sign_in)->{status}, 200,
		'and a question');

	# broken on its server
	substr $text, length($text) / 2, 1, chr(ord(substr $text,
		length($text) / 2, 1) ^ 1);
	open my $fh, '>:raw', $archive or die;
	print $fh $text;
	close $fh;
	is(form(ann => "/backups/$id/restore")->{status}, 303, 'a broken one');
	is(restored(), 'failed', 'is refused by its server');
	is(look($www), $was, 'which leaves the site as it is');
	like(page(ann => '/backups')->{content},
		qr/could not be restored\. Your website was\s+left/,
		'the customer is told');
	is(mails('site-not-restored'), 1, 'also by mail');
	is(mails('staff-task-failed'), 1, 'and staff are');
	like((rows($panel, "SELECT error_message FROM provisioning_tasks
		WHERE step = 'restore' AND status = 'failed'"))[0][0],
		qr/hash is not the one on record/, 'with the reason');
}

for my $db (engines()) {
	note($db);
	my $site = scene($db);
	check_none();
	put('index.html', 'as it was', 0640, 1700000000);
	mkdir "$www/files";
	chown @owner, "$www/files" if $> == 0;
	chmod 02750, "$www/files";
	put('files/big.bin', join('', map { pack 'N', rand 2**32 } 1 .. 200_000),
		0600, 1650000000);
	my $old = look($www);
	my ($addon) = map { $_->{id} } grep { $_->{product} =~ /backup/ }
		@{ order(alpha => { %daily, domain => 'alpha.example' }, {
		%starter, domain => "more-$db.example" }) };
	my ($backup) = @{ api(ann => GET => '/backups')->{json}{items} };
	ok($backup->{verified} && $backup->{restorable}, 'a backup is there');
	like(page(ann => '/backups')->{content}, qr/Verified.*Restore…/s,
		'on the page, too');
	like(page(ann => '')->{content},
		qr{Last backup.*href="/client/services/$service/backups"}s,
		'and the service names the last');
	is($panel->get("/client/services/$addon/backups",
		cookie => $person{ann}{cookie})->{status}, 200,
		'what pays for the backups shows them, too');
	my ($sha, $name) = @{ (rows($panel, "SELECT sha256, archive FROM backups
		WHERE website_id = '$site'"))[0] };
	put('index.html', 'defaced', 0644, time);
	unlink "$www/files/big.bin";
	put('late.txt', 'came later', 0600, time);
	check_restore($backup->{id}, $old);
	check_download($sha);
	check_refusals($site, $backup->{id}, "$root/$name");
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	$panel->stop;
}
done_testing();
