#!/usr/bin/perl
# customer.t - a customer's first day: ordered, welcomed, set up, stuck, helped.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Everything is real: the order comes by curl, mails through an SMTP server,
# the site from the agent and its nginx, and the customer's answer through
# `mpanel mail-in`.  Told with scripts and without, wide and on a phone; the
# first two times a judge looks at every page.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use JSON::PP ();
use Judge;
use MPanel::Browser;
use MPanel::MailIn;
use MPanel::Matrix ();
use MPanel::Orders;
use MPanel::Test;
use Story;
use Test::More;

need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');
need(Judge::is_here(), 'java or npm is missing');
need(system('curl --version >/dev/null 2>&1') == 0, 'curl is not installed');
need(system("/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null") == 0,
	'python3-aiosmtpd is not installed');

my $ANN = 'ann@example.com';
my $WORD = 'rusty anvil picnic';
my ($b, $story, $number, $mail);

# ---- before ----

sub make_scene
{
	my $path = '/api/admin/settings/brand';
	my $version = admin(GET => $path)->{json}{version};

	is(admin(PATCH => $path, { version => $version,
		helpEmail => $HELP })->{status}, 200, 'the desk has an address');
	$panel->run_with($WORD, qw(user add),
		qw(--password-stdin --tenant demo --role support),
		qw(--email sam@desk.test --name Sam));
}

# An order of the shop, by curl.
sub order
{
	my ($intent) = @_;
	my $url = $panel->url . INTAKE;
	my $body = JSON::PP->new->utf8->canonical->encode(small_order($intent,
		customerEmail => $ANN, customerName => 'Ann Müller'));
	my $file = scratch() . "/$intent.json";

	open my $fh, '>:raw', $file or die;
	print $fh $body;
	close $fh;
	my $answer = qx{curl -sS -X POST --data-binary \@$file \\
		-H 'Content-Type: application/json' \\
		-H 'Authorization: Bearer ${\ $panel->ready->{intakeToken}}' \\
		$url};
	is(JSON::PP->new->utf8->decode($answer)->{status}, 'processing',
		"$intent comes by curl");
}

# ---- coming in ----

# The first letter whose text leads somewhere.
sub link_to
{
	my ($to, $path) = @_;
	my $found;

	wait_for(30, sub {
		($found) = map { $_->{parts}[0]{text} =~ m{(http\S+$path\S+)}
			? $1 : () } letters_to($to);
		defined $found;
	}) or die "no mail to $to leads to $path";
	return $found =~ s{^https?://[^/]+}{}r;
}

sub welcome
{
	$b->go(link_to($ANN, '/reset-password'));
	$story->look('customer-set-password');
	$b->fill('#f-password', $WORD);
	$b->press('Set the password');
	$b->go('/login');
	$story->enter($ANN, $WORD);
	is($b->at, '/client', 'the password leads to the portal');
}

# The agent, which slept, wakes up.
sub set_up
{
	like($b->text('main'), qr/being set up/i,
		'home says that the site is being set up');
	$story->look('customer-home-waits');
	kill CONT => $panel->ready->{pids}{agent};
	$story->wait_until(pi_ann => 'completed');
	$b->go('/client');
	unlike($b->text('main'), qr/being set up/i, 'and then no more');
	like($b->text('main'), qr/\bup\b/i, 'but that it is up');
	$story->look('customer-home');
	is($story->site('pi-ann.example.com')->{status}, 200, 'which answers');
}

# ---- asking ----

sub ask
{
	my $file = scratch() . '/Bild – Fehler.txt';

	open my $fh, '>:raw', $file or die;
	print $fh "what I saw\n";
	close $fh;
	$b->follow('Help');
	$story->look('customer-help');
	$b->follow('Ask us');
	$b->fill('#f-subject', 'My site shows an old page');
	$b->press('Go on');
	$b->fill('#f-description', "Since this morning.\n\nWhy?");
	$b->click('details.f > summary');
	$b->keys('input[name=file1]', $file);
	$story->look('customer-ask');
	$b->press('Send');
	like($b->text('h1'), qr/My site shows an old page/, 'a question is sent');
	like($b->text('main'), qr/Bild – Fehler\.txt/, 'with its file');
	($number) = $b->text('main') =~ /(TKT-\d+-\d+)/;
	$story->look('customer-ticket');
}

sub staff_answers
{
	my $sam = MPanel::Browser->start(url => $panel->url, js => $b->{js});
	my $desk = Story->new(browser => $sam, panel => $panel,
		look => $story->{look_as}->($sam));

	$sam->go('/login');
	$desk->enter('sam@desk.test', $WORD);
	$sam->go('/support');
	$desk->look('desk-inbox');
	$sam->follow($number);
	$desk->look('desk-ticket');
	$sam->fill('#f-text', 'Please empty the cache of your browser.');
	$sam->press('Send answer');
	$desk->flash_is(qr/Your answer is sent\./, 'staff answer');
	return $sam;
}

# By mail, back and forth.
sub answer_by_mail
{
	my ($sam) = @_;

	$mail = letter_to($ANN, $number, qr/empty the cache/);
	like($mail->{parts}[0]{text}, qr/empty the cache of your browser/,
		'the answer comes by mail');
	is((hand_over(letter(From => "Ann Müller <$ANN>",
		To => reply_address($mail), Subject => "Re: $number",
		'In-Reply-To' => $mail->{headers}{'Message-ID'},
		body => "That helped.\n\nOn Monday, Demo Hosting wrote:\n"
		. "> Please empty the cache of your browser.\n"),
		to => reply_address($mail), from => $ANN))[0], 0,
		'the customer replies by mail');
	$sam->go('/support');
	$sam->follow($number);
	like($sam->text('main'), qr/empty the cache.*That helped\./s,
		'the ticket shows both');
	$sam->fill('#f-text', 'Good to hear.');
	$sam->press('Send and close');
	$sam->stop;
}

sub rate
{
	$b->go('/client/help');
	$b->follow('My site shows an old page');
	like($b->text('main'), qr/That helped\..*Good to hear\..*Is all well\?/s,
		'it is solved, and asked about');
	$story->look('customer-solved');
	$b->click('input[name=rating][value="5"]');
	$b->fill('#f-words', 'Quick and kind.');
	$b->press('Tell us');
	$story->flash_is(qr/Thank you for telling us\./, 'it is rated');
	is((rows($panel, 'SELECT rating, words FROM ticket_ratings'))[0][1],
		'Quick and kind.', 'once');
}

my ($db) = engines();
for my $told ([1, 1280, 1], [0, 375, 1], [1, 375, 0], [0, 1280, 0]) {
	my ($js, $width, $judged) = @$told;

	mail_desk($db, agent => 1, welcome => 1);
	$b = MPanel::Browser->start(url => $panel->url, js => $js);
	my $judge = Judge->new(browser => $b, panel => $panel, judges => $js);
	$story = Story->new(browser => $b, panel => $panel,
		look => sub { $judge->look(@_) if $judged;
			$b->size($width, 900) });
	my @judges = $judge;
	$story->{look_as} = sub { my $other = Judge->new(browser => $_[0],
		panel => $panel, judges => $js);
		push @judges, $other;
		return sub { $other->look(@_) if $judged } };
	$b->size($width, 900);
	note("$db, scripts " . ($js ? 'on' : 'off') . ", $width pixels");
	make_scene();
	kill STOP => $panel->ready->{pids}{agent};
	order('pi_ann');
	welcome();
	set_up();
	ask();
	answer_by_mail(staff_answers());
	rate();
	$judged && $_->verdict for @judges;
	$b->stop;
	desk_close();
}
done_testing();
