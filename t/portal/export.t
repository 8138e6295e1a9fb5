#!/usr/bin/perl
# export.t - a customer takes along everything that is theirs, and nothing of
# anybody else's.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# The archive is read by another program (unzip), its rows are compared with the
# database's.
use strict;
use warnings;
use utf8;
use Encode 'encode_utf8';
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Deeds::Account;
use MPanel::Deeds::Client;
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need(`which unzip`, 'unzip reads the archives');
need(`which strace`, 'strace kills at a call');

my $json = JSON::PP->new->utf8;
my ($panel, $admin, %account, %person, $tenant);

sub db { return map { [@$_] } rows($panel, $_[0], 'demo') }

sub count { return (db($_[0]))[0][0] }

# ---- what there is ----

sub look_after
{
	my ($name, $account, @rights) = @_;

	is($panel->post("/api/admin/customers/$account{$account}/people",
		token => $admin, json => { email => "$name\@example.com",
		rights => \@rights })->{status}, 201, "$name: @rights");
}

# An account with a little of everything.
sub fill
{
	my ($name) = @_;
	my $r = $panel->intake(small_order("pi_$name",
		customerEmail => "$name\@example.com",
		customerName => "Account $name", items => [
		{ productSlug => 'starter', qty => 1, unitPrice => '29.88',
		billingPeriod => 'year' }]));
	my $id = $account{$name} = $r->{json}{customerId};
	my $invoice = sub { $panel->post('/api/admin/invoices', token => $admin,
		json => { customerId => $id, taxRate => 19, items => [{
		description => "=Advice for $name", unitPrice => '100.00' }] })
		->{json}{id} };
	my $do = sub { my ($id, $verb, $body) = @_;
		my $r = $panel->post("/api/admin/invoices/$id/$verb",
			token => $admin, json => $body // {});
		is($r->{status} =~ /^20/ ? 'ok' : $r->{content}, 'ok',
			"$name: $verb");
	};

	my $paid = $invoice->();
	$do->($paid, 'issue');
	$do->($paid, 'mark-paid', { amount => 200, means => 'cash' });
	my $credited = $invoice->();
	$do->($credited, 'issue');
	$do->($credited, 'credit', { amount => 10, reason => "Good $name" });
	$invoice->(); # a draft
	return $id;
}

# Where the newest file of that name lies.
sub on_disk
{
	my ($name) = @_;
	my $id = count("SELECT id FROM ticket_attachments WHERE name = '$name'
		ORDER BY id DESC LIMIT 1");

	return (glob $panel->state_dir . "/attachments/*/*/*.$id")[0];
}

# What is asked: with files, one of which gets lost, an answer, a note that is
# not told, and a rating.
sub ask
{
	my ($who, $name) = @_;
	my $desk = sub { my ($path, $body) = @_;
		my $r = $panel->post("/api/support/tickets$path",
			token => $admin, json => $body);
		like($r->{status}, qr/^20/, "$name: $path") or diag($r->{content});
		return $r->{json} };

	my $r = $panel->upload($person{$who}, '/client/help/new',
		{ subject => "Of $name", description => "Why, $name?" },
		['file1', "Bild – $name.txt", "bytes\0of $name\n"],
		['file2', "\x{1F600}" x 90 . ".txt", 'long'],
		['file3', 'lost.txt', 'x' x 99]);
	my ($id) = $r->{headers}{location} =~ m{/client/help/([^/?]+)};
	ok($id, "$who asks") or diag($r->{content});
	is(unlink(on_disk('lost.txt')), 1, 'of whose files one is lost');
	$panel->upload({ $panel->sign_in }, "/support/$id/say",
		{ text => 'secret of staff', as => 'note' },
		['file1', 'inner.txt', 'secret of staff']);
	$desk->("/$id/replies", { text => 'So it is.' });
	$desk->("/$id/close", {});
	$r = $panel->post("/api/client/tickets/$id/rating",
		token => $person{$who}{token}, json => { rating => 5,
		words => "Well, $name" });
	like($r->{status}, qr/^20/, 'and rates it') or diag($r->{content});
	$r = $panel->post('/api/client/services/' . (db("SELECT id
		FROM subscriptions WHERE customer_id = '$account{$name}'"))[0][0]
		. '/change-plan', token => $person{$who}{token},
		json => { product => 'wp-growth', note => "More, $name" });
	like($r->{status}, qr/^20/, 'and asks for another plan')
		or diag($r->{content});
}

sub make_scene
{
	%person = map { $_ => person($panel, $_, 'customer') }
		qw(ann bill cleo);
	fill($_) for qw(alpha beta);
	look_after('ann', 'alpha', qw(billing technical support));
	look_after('bill', 'alpha', 'billing');
	look_after('cleo', 'beta', qw(billing technical support));
	# who looks after both must not tell one of the other
	look_after('bill', 'beta', 'billing');
	while (my $task = $panel->worker('tasks/claim')->{json}{task}) {
		$panel->worker("tasks/$task->{id}/complete", { status =>
			'success', leaseToken => $task->{leaseToken} });
	}
	ask(ann => 'alpha');
	ask(cleo => 'beta');
	$tenant = $panel->ready->{tenantId};
}

# ---- asked for, made, fetched ----

sub call
{
	my ($who, $method, $path, %o) = @_;

	return $panel->request($method, "/api/client/export$path",
		token => $person{$who}{token}, %o);
}

sub wait_ready
{
	my ($id) = @_;

	return wait_for(60, sub { count("SELECT count(*) FROM exports
		WHERE id = '$id' AND status = 'ready'") });
}

sub fetch
{
	my ($who, $id) = @_;

	return $panel->get("/client/export/$id/file",
		cookie => $person{$who}{cookie});
}

sub check_asking
{
	is(call('bill', POST => '', json => {})->{status}, 403,
		'who looks after a part takes nothing along');
	is(call('ann', POST => '', json => { all => 1 })->{status}, 400,
		'nothing is asked beside');
	my $r = call('ann', POST => '', json => {});
	is($r->{status}, 201, 'who looks after all of it asks');
	my $id = $r->{json}{id};
	is(call('ann', POST => '', json => {})->{status}, 409, 'once a day');
	is(call('ann', GET => "/$id")->{json}{id}, $id, 'and sees it');
	is(call('ann', GET => '')->{json}{total}, 1, 'in a list');
	is(call('cleo', GET => '')->{json}{total}, 0,
		'which another has for themselves');
	is(call('cleo', GET => "/$id$_")->{status}, 404,
		'another\'s is as a missing one') for '', '/file';
	is(call('bill', GET => "/$id$_")->{status}, 403,
		'nor has who looks after a part') for '', '/file';
	ok(wait_ready($id), 'it is made') or diag($panel->log_text);
	is(count(q{SELECT count(*) FROM outbox WHERE template =
		'mail/export-ready' AND recipient = 'ann@example.com'}), 1,
		'and who asked hears so');
	return $id;
}

sub unpack_zip
{
	my ($bytes) = @_;
	my $dir = scratch();

	open my $to, '>:raw', "$dir/x.zip" or die $!;
	print $to $bytes;
	close $to;
	is(system("cd $dir && unzip -qq -t x.zip >test.log 2>&1"), 0,
		'another program finds the archive whole')
		or diag(slurp("$dir/test.log"));
	system("cd $dir && unzip -qq x.zip") == 0 or die 'unzip';
	my ($root) = glob "$dir/export-*";
	return $root;
}

# How many of each the database has, by the file's name.
sub expected
{
	my ($c) = @_;
	my $of = "tenant_id = '$tenant' AND customer_id = '$c'";
	my $in = sub { "SELECT id FROM $_[0] WHERE $of" };

	return (
		account => "SELECT id FROM customers WHERE id = '$c'",
		people => "SELECT user_id FROM customer_people WHERE $of",
		orders => $in->('orders'),
		'order-items' => "SELECT id FROM order_items WHERE order_id IN (" .
			$in->('orders') . ')',
		subscriptions => $in->('subscriptions'),
		websites => $in->('websites'),
		domains => $in->('domains'),
		invoices => $in->('invoices') . " AND status <> 'draft'",
		'invoice-lines' => "SELECT id FROM invoice_items WHERE invoice_id
			IN (" . $in->('invoices') . " AND status <> 'draft')",
		payments => $in->('payments'),
		refunds => "SELECT id FROM refunds WHERE payment_id IN (" .
			$in->('payments') . ')',
		'credit-notes' => $in->('credit_notes'),
		'plan-changes' => $in->('plan_changes'),
		tickets => $in->('tickets'),
		messages => "SELECT id FROM ticket_messages WHERE is_note = 0
			AND ticket_id IN (" . $in->('tickets') . ')',
		attachments => "SELECT id FROM ticket_attachments
			WHERE name <> 'inner.txt' AND message_id IN (SELECT id
			FROM ticket_messages WHERE ticket_id IN ("
			. $in->('tickets') . '))',
		ratings => 'SELECT id FROM ticket_ratings WHERE ticket_id IN ('
			. $in->('tickets') . ')',
		credit => "SELECT t.id FROM ledger_transfers t
			WHERE t.$of AND EXISTS (SELECT 1 FROM
			ledger_accounts a WHERE a.tenant_id = t.tenant_id AND
			a.code = '2110' AND (a.id = t.credit_account_id
			OR a.id = t.debit_account_id))" =~
			s/AND customer_id/AND t.customer_id/r,
	);
}

sub ids_in
{
	my ($root, $name) = @_;
	my $list = $json->decode(slurp("$root/$name.json"));

	return [sort map { $_->{id} } @$list];
}

sub check_rows
{
	my ($root, $name) = @_;
	my %sql = expected($account{$name});

	for my $file (sort keys %sql) {
		my @ids = sort map { $_->[0] } db($sql{$file});
		is_deeply(ids_in($root, $file), \@ids,
			"$file: " . @ids . ' rows, as in the database');
		my @lines = split /\r\n(?=")/, slurp("$root/$file.csv");
		is(scalar @lines - 1, scalar @ids, 'and as many lines of CSV');
	}
	# what is in it at all, so that none of the above is empty by mistake
	for my $file (qw(people orders order-items subscriptions domains
		invoices invoice-lines payments credit-notes credit mails
		activity plan-changes tickets messages attachments ratings)) {
		isnt(scalar @{ ids_in($root, $file) }, 0, "$file is not empty");
	}
	for my $i (@{ $json->decode(slurp("$root/invoices.json")) }) {
		like(slurp("$root/invoices/$i->{number}.pdf"), qr/^%PDF-/,
			"$i->{number} is there on paper");
	}
	for my $n (@{ $json->decode(slurp("$root/credit-notes.json")) }) {
		like(slurp("$root/credit-notes/$n->{number}.pdf"), qr/^%PDF-/,
			"$n->{number} is there on paper");
	}
	my ($long, $file, $lost) = sort { $a->{bytes} <=> $b->{bytes} } @{
		$json->decode(slurp("$root/attachments.json")) };
	my ($number) = map { $_->{number} } @{
		$json->decode(slurp("$root/tickets.json")) };
	is(slurp("$root/attachments/$number/$file->{id}/"
		. encode_utf8("Bild – $name.txt")), "bytes\0of $name\n",
		'a file of a question is there, byte for byte');
	is(slurp("$root/attachments/$number/$long->{id}/file"), 'long',
		'also one whose name no file system takes')
		or diag(join "\n", glob "$root/attachments/*/*/*");
	is(slurp("$root/attachments/$number/$lost->{id}/lost.txt.lost.txt"),
		"This file is not where it was kept.\n",
		'and one that is lost is said to be');
	like(slurp("$root/contents.txt"), qr/invoices\r\n/, 'it says what it has');
	like(slurp("$root/invoice-lines.csv"), qr/"'=Advice/,
		'and no cell runs in a spreadsheet');
}

# Everything but the PDFs as one text.
sub all_text
{
	my ($root) = @_;

	return join "\n", map { slurp($_) } glob("$root/*.json"),
		glob("$root/*.csv"), glob("$root/*.txt");
}

sub check_secrets
{
	my ($root, $other) = @_;
	my $text = all_text($root);

	unlike($text, qr/$account{$other}/, 'another account is not in it');
	unlike($text, qr/Account $other|pi_$other|pi-$other|cleo\@/,
		'by no name');
	unlike($text, qr/secret of staff|inner\.txt/, 'nor what staff noted');
	my %secret = map { $_ => 1 } map { @$_ } db("SELECT password_hash
		FROM users WHERE password_hash IS NOT NULL"),
		db('SELECT token_hash FROM sessions'),
		db('SELECT token_hash FROM api_tokens'),
		db('SELECT token_hash FROM account_links');
	my @found = grep { index($text, $_) >= 0 } keys %secret;
	is("@found", '', 'and none of ' . keys(%secret) . ' hashes');
	unlike($text, qr/\$argon2|mpk_|mpq_|mpt_|v1\.[0-9a-f]{8}\.|token|password/i,
		'no token, key or sealed text');
	my $staff = $panel->ready->{adminEmail};
	unlike($text, qr/\Q$staff\E/, 'nobody of the staff is named');
}

sub check_fetching
{
	my ($id) = @_;
	my $r = fetch('ann', $id);

	is($r->{status}, 200, 'it is fetched');
	is($r->{headers}{'content-type'}, 'application/zip', 'as an archive');
	like($r->{headers}{'content-disposition'}, qr/^attachment;/,
		'to be kept');
	is($r->{headers}{'cache-control'}, 'no-store', 'nowhere on the way');
	is($r->{headers}{'x-content-type-options'}, 'nosniff',
		'and guessed at by nobody');
	is(length $r->{content}, count("SELECT size_bytes FROM exports
		WHERE id = '$id'"), 'all of it');
	is(fetch('cleo', $id)->{status}, 404, 'another can not');
	is(fetch('bill', $id)->{status}, 403, 'nor who looks after a part');
	my $file = count("SELECT file FROM exports WHERE id = '$id'");
	is($panel->get("/_exports/$tenant/$file", cookie =>
		$person{ann}{cookie})->{status}, 404,
		'its place leads nowhere by itself');
	return unpack_zip($r->{content});
}

# ---- what goes wrong ----

sub files { return glob $panel->state_dir . "/exports/$tenant/*" }

# `mpanel work` that much later, killed by its nth call of the system that is
# named so (and has to do with that path).  True: it was.
sub kill_at_call
{
	my ($seconds, $call, $nth, $path) = @_;
	my $pid = fork // die $!;

	if ($pid == 0) {
		open STDOUT, '>', '/dev/null';
		open STDERR, '>&', \*STDOUT;
		exec 'strace', '-f', '-qq', $path ? ('-P', $path) : (),
			"--trace=$call", "--inject=$call:signal=SIGKILL:when=$nth",
			$panel->ready->{bin}{mpanel}, '--config',
			$panel->ready->{config}, '--set',
			"clock_offset_s=$seconds", 'work', '--once';
	}
	waitpid $pid, 0;
	return $? == 9;
}

# A process that dies over it leaves no half archive to anybody, and the next
# one makes a whole.
sub check_crash
{
	my $named = sub { scalar grep { !/\.part$/ } files() };
	my $before = $named->();
	my $work = $panel->hold_work;
	my $id = call('cleo', POST => '', json => {})->{json}{id};
	ok($id, 'another account asks');
	my $folder = $panel->state_dir . "/exports/$tenant";
	my $later = 0;
	# The fifth failure would be the last.  Each part of the archive is
	# written by way of a file that is emptied some twenty times.
	for my $point (['half of it is written', 0, 'ftruncate', 9],
		['all of it is', 0, 'renameat', 1],
		['it has its name', 1, 'fsync', 1, $folder]) {
		my ($what, $named_now, @call) = @$point;
		my $halves = () = grep { /\.part$/ } files();
		ok(kill_at_call($later += 4000, @call), "killed when $what");
		my $more = grep({ /\.part$/ } files()) - $halves;
		is($more, 1 - $named_now, 'it has left what it had');
		is($named->(), $before + $named_now,
			$named_now ? 'so named' : 'without a name');
		is(count("SELECT status FROM exports WHERE id = '$id'"),
			'waiting', 'it is not said to be made');
		is(fetch('cleo', $id)->{status}, 404, 'so nothing is fetched');
	}
	# what can't be read now is not lost
	my $file = on_disk("Bild – beta.txt");
	rename $file, "$file.away" or die $!;
	symlink "$file.away", $file or die $!;
	$panel->run('--set', 'clock_offset_s=20000', qw(work --once));
	is(count("SELECT status FROM exports WHERE id = '$id'"), 'waiting',
		'nor made without a file that can not be read now');
	rename "$file.away", $file or die $!;
	my ($status) = $panel->run('--set', 'clock_offset_s=40000',
		qw(work --once));
	is($status, 0, 'the next goes on');
	is(count("SELECT status FROM exports WHERE id = '$id'"), 'ready',
		'and has made it') or diag($panel->log_text);
	is($named->(), $before + 2, 'beside the one that nobody speaks of');
	kill CONT => $work;
	my $root = unpack_zip(fetch('cleo', $id)->{content});
	check_rows($root, 'beta');
	check_secrets_of_beta($root);
	return $id;
}

sub check_secrets_of_beta
{
	my ($root) = @_;

	unlike(all_text($root), qr/$account{alpha}|Account alpha|pi_alpha|ann\@/,
		'and nothing of the first');
}

# What is over is gone: the file and the way to it.
sub check_over
{
	my ($id) = @_;
	my ($status) = $panel->run('--set', 'clock_offset_s=' . 8 * 86400,
		qw(work --once));

	is($status, 0, 'a week later');
	is(count("SELECT status FROM exports WHERE id = '$id'"), 'removed',
		'it is over');
	is(scalar(() = files()), 0, 'and no file is left, nor half of one');
	is(fetch('ann', $id)->{status}, 404, 'so that none is fetched');
	my $again = call('ann', GET => "/$id")->{json};
	is($again->{status}, 'removed', 'which it says');
}

for my $engine (engines()) {
	note("== $engine");
	$panel = start_instance(db => $engine);
	$admin = $panel->admin_token;
	make_scene();
	my $id = check_asking();
	my $root = check_fetching($id);
	check_rows($root, 'alpha');
	check_secrets($root, 'beta');
	check_crash();
	check_over($id);
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
