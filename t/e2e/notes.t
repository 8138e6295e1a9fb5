#!/usr/bin/perl
# notes.t - what staff write down about a customer, and what has happened to
# one.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use utf8;
use Encode qw(decode_utf8 encode_utf8);
use FindBin;
use lib "$FindBin::Bin/../lib";
use IPC::Open2;
use JSON::PP ();
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

use constant CUSTOMERS => '/api/admin/customers';

my $word = 'rusty anvil picnic';
my ($panel, $db, %who, $customer, $other);

sub person
{
	my ($name, $role) = @_;
	my $email = "$name\@example.com";
	my $pid = open2(my $from, my $to, $panel->ready->{bin}{mpanel},
		'--config', $panel->ready->{config}, qw(user add --tenant demo
		--password-stdin --role), $role, '--email', $email);

	print $to $word;
	close $to;
	waitpid $pid, 0;
	die "user add $email" if $?;
	my ($row) = rows($panel, "SELECT id FROM users
		WHERE email = '$email'", 'demo');
	$who{$name} = { id => $row->[0], $panel->sign_in(email => $email,
		password => $word), token => $panel->post('/api/auth/login',
		json => { email => $email, password => $word })
		->{json}{accessToken} };
}

sub call
{
	my ($name, $method, $path, $body) = @_;

	return $panel->request($method, CUSTOMERS . "/$path",
		token => $who{$name}{token}, defined $body
		? (json => $body) : ());
}

sub page { return $panel->get("/admin/customers/$_[1]",
	cookie => $who{ $_[0] }{cookie}) }

sub form
{
	my ($name, $path, %fields) = @_;

	return $panel->form($who{$name},
		"/admin/customers/$path", %fields);
}

sub hidden
{
	my ($page, $name) = @_;
	my ($value) = $page->{content} =~ /name="$name" value="([^"]*)"/;

	return $value;
}

sub notes { return @{ call('ed', GET => "$customer/notes")->{json}{items} } }

# ---- written, read, changed, removed ----

sub check_texts
{
	my $long = substr "Zeile mit Ümläuten, 🚀 und שלום עליכם.\n" x 3000,
		0, 65_535;
	my @texts = ("O'Brien & Söhne <GmbH>", '🚀 שלום مرحبا',
		"first\nsecond\n\nfourth", $long . 'x');
	my $id;

	for my $text (@texts) {
		my $r = call('ed', POST => "$customer/notes",
			{ text => $text });
		my $name = substr encode_utf8($text), 0, 20;
		is($r->{status}, 201, "$db: a note: " . length($text) . ' long');
		is($r->{json}{text}, $text, 'comes back as it was written');
		$id = $r->{json}{id};
		is(call('ed', GET => "$customer/notes/$id")->{json}{text},
			$text, 'and is read so');
		my $whole = decode_utf8(page('ed', "$customer/notes/$id")
			->{content});
		(my $html = $text) =~ s/&/&amp;/g;
		$html =~ s/</&lt;/g;
		$html =~ s/>/&gt;/g;
		$html =~ s/'/&#39;/g;
		$whole =~ s/<br>/\n/g;
		cmp_ok(index($whole, $html), '>', 0, 'on its page, too');
	}
	my $r = call('ed', POST => "$customer/notes", { text => $long . 'xx' });
	is($r->{status}, 422, 'one character more is too long');
	is($r->{json}{errors}[0]{code}, 'too_long', 'and says so');
	is(call('ed', POST => "$customer/notes", { text => '  ' })->{status},
		422, 'an empty one is none');
	is(call('ed', POST => "$customer/notes", { text => "a\x{1}b" })
		->{status}, 422, 'nor one with control characters');
	is(call('ed', POST => "$customer/notes", { text => 'x',
		author => 'Ann' })->{status}, 422, 'nobody writes as another');

	# a form sends the same
	$r = form('ed', "$customer/notes/$id/edit", text => $long . 'y',
		version => 1, pinned => 'false');
	is($r->{status}, 303, 'a long one is changed by a form');
	is(call('ed', GET => "$customer/notes/$id")->{json}{text}, $long . 'y',
		'to what was typed');
	like(page('ed', "$customer?tab=notes")->{content}, qr/Read all of it/,
		'the tab shows how it begins');
	is(form('ed', "$customer/notes", text => '')->{status}, 422,
		'an empty form is refused');
}

sub check_rights
{
	my $mine = call('ed', POST => "$customer/notes",
		{ text => 'Mine.', pinned => JSON::PP::true })->{json};
	my $path = "$customer/notes/$mine->{id}";

	is("$mine->{authorId} $mine->{author}",
		"$who{ed}{id} ed\@example.com", 'a note has an author');
	like(page('ed', $customer)->{content}, qr/Note for staff.*Mine\./s,
		'what is kept on top stands beside every tab');
	is((notes())[0]{id}, $mine->{id}, 'the newest comes first');
	is(call('sam', GET => "$customer/notes")->{status}, 200,
		'support reads them');
	is(call('sam', POST => "$customer/notes", { text => 'x' })->{status},
		403, 'and writes none');
	is(call('eve', PATCH => $path, { text => 'Not yours.' })->{status},
		403, 'another editor changes none of mine');
	is(call('eve', DELETE => $path)->{status}, 403, 'nor removes it');
	is(page('eve', "$path/edit")->{status}, 403, 'nor is shown the form');
	is(form('eve', "$path/edit", text => 'x', version => 1)->{status},
		403, 'nor sends it');
	is(form('eve', "$path/remove")->{status}, 403, 'by a form');
	unlike(page('eve', "$customer?tab=notes")->{content},
		qr{notes/$mine->{id}/edit}, 'there is no link to it');
	is(call('ed', PATCH => $path, { text => 'Mine, again.' })->{status},
		200, 'I do');
	is(call('ann', PATCH => $path, { pinned => JSON::PP::false })
		->{status}, 200, 'an administrator, too');
	is(call('ed', PATCH => $path, { text => 'Old', version => 1 })
		->{status}, 409, 'not from an older version');

	# of another customer it is none
	my $wrong = "$other/notes/$mine->{id}";
	is(call('ed', GET => $wrong)->{status}, 404,
		"another customer's it is not");
	is(call('ed', PATCH => $wrong, { text => 'x' })->{status}, 404,
		'nor changed as such');
	is(call('ed', DELETE => $wrong)->{status}, 404, 'nor removed');
	is(page('ed', $wrong)->{status}, 404, 'on pages either');

	is(call('ed', DELETE => "$path?version=1")->{status}, 409,
		'removing heeds the version');
	is(page('ed', "$path/remove")->{status}, 200, 'it is asked');
	is(form('ed', "$path/remove")->{status}, 303, 'and done');
	is(call('ed', GET => $path)->{status}, 404, 'it is gone');
	is(call('ed', PATCH => $path, { text => 'x' })->{status}, 404,
		'for good');
	is(call('ed', GET => '019f0000-0000-7000-8000-000000000000/notes')
		->{status}, 404, 'no such customer has any');
}

sub check_twice
{
	my $id = call('ed', POST => "$customer/notes", { text => 'Once.' })
		->{json}{id};
	my $path = "$customer/notes/$id";
	my $page = page('ed', "$path/edit");
	my %seen = map { $_ => hidden($page, $_) } qw(version began);

	call('ann', PATCH => $path, { text => "Hers.\nTwo lines." });
	my $r = form('ed', "$path/edit", %seen, text => "His.\r\nTwo lines.",
		pinned => 'false');
	is($r->{status}, 409, 'two editors: the second is told');
	like($r->{content}, qr/ann\@example\.com was faster/, 'of whom');
	like($r->{content}, qr/value="Hers\.\nTwo\ lines\."\ required>.*
		value="His\.\r?\nTwo\ lines\."\ required>/sx, 'both are there');
	unlike($r->{content}, qr/name="pinned"/, 'what is the same is not');
	%seen = map { $_ => hidden($r, $_) } qw(version began);
	is(form('ed', "$path/edit", %seen, text => "His.\r\nTwo lines.")
		->{status}, 303, 'the choice is saved');
	is(call('ed', GET => $path)->{json}{text}, "His.\nTwo lines.",
		'as it was written');

	my %o = (token => $who{ed}{token},
		headers => { 'idempotency-key' => "n$db" });
	my $before = scalar notes();
	my @r = map { $panel->post(CUSTOMERS . "/$customer/notes", %o,
		json => { text => 'With a key.' }) } 1 .. 2;
	is($r[0]{json}{id}, $r[1]{json}{id}, 'a repeated call writes one');
	is(scalar notes(), $before + 1, 'indeed');
}

# ---- activity ----

sub activity
{
	my ($who, $query) = @_;

	return call($who, GET => "$customer/activity" . ($query // ''));
}

sub check_activity
{
	my $r = activity('ann');
	my @all = @{ $r->{json}{items} };
	my %seen = map { ("$_->{noun} $_->{action}" => 1) } @all;

	is($r->{status}, 200, 'what has happened is read');
	ok($seen{$_}, $_) for 'orders order.place', 'invoices invoice.issue',
		'payments payment.receive', 'customer-notes customer-notes.add';
	is_deeply([map { $_->{id} } @all], [reverse sort map { $_->{id} } @all],
		'newest first');
	is(activity('ed')->{status}, 403,
		'whoever may not read the log may not read it here');
	my ($theirs) = map { $_->{json}{total} } call('ann',
		GET => "$other/activity");
	cmp_ok($r->{json}{total}, '>', $theirs, 'each has its own');
	my %mine = map { $_->{id} => 1 } @all;
	is(scalar(grep { $mine{ $_->{id} } } @{ call('ann',
		GET => "$other/activity?limit=200")->{json}{items} }), 0,
		'and nothing of the other');

	my ($cursor, @paged) = ('');
	while (defined $cursor) {
		my $part = activity('ann', "?limit=3$cursor");
		push @paged, map { $_->{id} } @{ $part->{json}{items} };
		$cursor = $part->{json}{nextCursor};
		$cursor = "&cursor=$cursor" if defined $cursor;
	}
	is(scalar @paged, $r->{json}{total}, 'page by page all of it');
	my $tab = page('ann', "$customer?tab=activity")->{content};
	like($tab, qr/Note written.*Note on a customer/s, 'as a tab, in words');
	unlike(page('ed', $customer)->{content}, qr/tab=activity/,
		'which others do not have');
	like(page('ann', "$customer?tab=payments")->{content},
		qr/pi_notes/, 'payments have a tab');
}

for (engines()) {
	$db = $_;
	$panel = start_instance(db => $db, agent => 0);
	person(ann => 'admin');
	person(ed => 'editor');
	person(eve => 'editor');
	person(sam => 'support');
	$customer = $panel->intake(small_order('pi_notes',
		customerEmail => 'notes@example.com'))->{json}{customerId};
	$other = $panel->intake(small_order('pi_other',
		customerEmail => 'other@example.com'))->{json}{customerId};
	check_texts();
	check_rights();
	check_twice();
	check_activity();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	$panel->stop;
}
done_testing();
