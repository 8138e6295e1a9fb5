#!/usr/bin/perl
# schema.t - what answers are held against sees what does not fit.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/../lib";
use MPanel::Openapi;
use MPanel::Schema;
use MPanel::Test;
use Test::More;

$ENV{MPANEL_BUILD} //= source_dir() . '/build';

my $json = JSON::PP->new->allow_nonref;
my $schema = MPanel::Schema->new({ a => { type => 'string' } });

# schema, value that fits, one that does not
my @cases = (
	['{"type":"string"}', '"1"', '1'],
	['{"type":"integer"}', '3', '"3"'],
	['{"type":"integer"}', '3', '3.5'],
	['{"type":"number"}', '3.5', 'true'],
	['{"type":"boolean"}', 'false', '0'],
	['{"type":["string","null"]}', 'null', '{}'],
	['{"type":"string","format":"uuid"}',
		'"01a224a0-5ce9-7424-a518-770e78ca65a1"', '"01a224a0"'],
	['{"format":"date-time"}', '"2026-11-20T10:00:00Z"', '"2026-11-20"'],
	['{"format":"date"}', '"2026-11-20"', '"20 November"'],
	['{"enum":["a",null]}', 'null', '"b"'],
	['{"pattern":"^[A-Z]{2}$"}', '"DE"', '"de"'],
	['{"minimum":1,"maximum":9}', '9', '10'],
	['{"minimum":1}', '1', '0'],
	['{"minLength":1}', '"a"', '""'],
	['{"minItems":1}', '[1]', '[]'],
	['{"maxItems":1}', '[1]', '[1,2]'],
	['{"items":{"type":"string"}}', '["a"]', '["a",1]'],
	['{"properties":{"a":{"type":"string"}}}', '{"b":1}', '{"a":1}'],
	['{"required":["a"]}', '{"a":null}', '{}'],
	['{"properties":{"a":{}},"additionalProperties":false}',
		'{"a":1}', '{"a":1,"b":1}'],
	['{"$ref":"#/a"}', '"x"', 'null'],
	['{"oneOf":[{"$ref":"#/a"},{"type":"null"}]}', 'null', '1'],
);
for my $i (0 .. $#cases) {
	my ($is, $good, $bad) = map { $json->decode($_) } @{ $cases[$i] };

	is_deeply([$schema->wrong($is, $good)], [], "case $i fits");
	isnt(scalar(() = $schema->wrong($is, $bad)), 0,
		"case $i: $cases[$i][2] does not fit $cases[$i][0]");
}
is(eval { $schema->wrong({ often => 1 }, 1); 1 }, undef,
	'a word that is not known is no silence');

# ---- answers ----
sub wrong
{
	my ($method, $path, $status, $type, $text) = @_;

	return MPanel::Openapi::wrong($method, $path, { status => $status,
		headers => { 'content-type' => $type },
		json => $json->decode($text) });
}

my @right = (GET => '/api/auth/permissions', 200, 'application/json');
my $fine = '{"role":"admin","permissions":["orders:read"]}';
is_deeply([wrong(@right, $fine)], [], 'an answer as described');
like((wrong(@right, '{"role":"admin"}'))[0], qr/permissions is missing/,
	'a member that is missing is seen');
like((wrong(@right, '{"role":"a","permissions":[],"x":1}'))[0],
	qr/\.x is not described/, 'and one too many');
like((wrong(GET => '/api/auth/permissions', 202, 'application/json',
	$fine))[0], qr/202 as application\/json/, 'and another status');
like((wrong(GET => '/api/nowhere', 200, 'application/json', '{}'))[0],
	qr/not in the document/, 'and a path that nobody described');
like((wrong(GET => '/api/nowhere', 404, 'application/problem+json', '{}'))[0],
	qr/type is missing/, 'an error has the form of errors everywhere');
done_testing();
