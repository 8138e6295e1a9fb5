#!/usr/bin/perl
# json.t - the 318 cases of JSONTestSuite, sent to the intake.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use HTTP::Tiny;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
my @files = sort glob oracle('jsontestsuite/test_parsing') . '/*.json';

# Valid JSON that is refused on purpose: what it is refused for.
my %on_purpose = (
	'y_object_duplicated_key.json' => 'duplicate_key',
	'y_object_duplicated_key_and_value.json' => 'duplicate_key',
	'y_object_escaped_null_in_key.json' => 'bad_encoding',
	'y_string_null_escape.json' => 'bad_encoding',
);
my %of_parsing = map { $_ => 1 }
	qw(json_invalid duplicate_key too_deep bad_encoding);

# A kept connection would wait for delayed acknowledgements: 40 ms a case.
my $http = HTTP::Tiny->new(timeout => 20, keep_alive => 0);

# (status, code of the first error)
sub send_body
{
	my ($panel, $body) = @_;
	my $r = $http->post($panel->url . INTAKE, { content => $body,
		headers => { 'content-type' => 'application/json',
			authorization => 'Bearer '
				. $panel->ready->{intakeToken} } });
	my $json = eval { JSON::PP::decode_json($r->{content}) } // {};

	return ($r->{status}, $json->{errors}[0]{code} // '');
}

# The case as a member of an order's metadata, which holds any JSON.
sub within_order
{
	my ($intent, $text) = @_;
	my $order = JSON::PP->new->utf8->encode(small_order($intent));

	$order =~ s/^\{/{"metadata":{"case":$text},/;
	return $order;
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => 1);
	my %seen;

	for my $file (@files) {
		my ($name) = $file =~ m{([^/]+)$};
		my $kind = substr $name, 0, 1;
		my $text = slurp($file);
		my ($status, $code) = send_body($panel, $text);

		$seen{$kind}++;
		if ($kind eq 'n') {
			is($status, 400, "$db: $name is refused");
		} elsif ($kind eq 'i') {
			ok($status >= 200 && $status < 500, "$name is survived")
				or diag($status);
		} elsif (my $why = $on_purpose{$name}) {
			is("$status $code", "400 $why", "$name is refused");
		} else {
			ok(!$of_parsing{$code}, "$name is understood")
				or diag("$status $code");
			($status, $code) = send_body($panel, within_order(
				"pi_json_$seen{y}", $text));
			is($status, 201, 'also within an order') or diag($code);
		}
	}
	is_deeply(\%seen, { y => 95, n => 188, i => 35 }, 'all cases were there');
	is($panel->get('/api/health')->{status}, 200, 'the panel is healthy');
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	$panel->stop;
}
done_testing();
