#!/usr/bin/perl
# tamper.t - orders that somebody has fiddled with, and calls by others.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# The money may have been paid, so nothing that bears a good token is lost:
# what is wrong is refused with a reason and kept, what is odd is reviewed, and
# neither activates anything.
use strict;
use warnings;
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../lib";
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

my $json = JSON::PP->new->utf8->canonical;
my $n = 0;

sub intent { return 'pi_tamper_' . ++$n }

# A small order as text, with one piece of it replaced by another.
sub body
{
	my ($from, $to) = @_;
	my $text = $json->encode(small_order(intent()));

	if (defined $from) {
		$text =~ s/\Q$from\E/$to/ or die "no $from in $text";
	}
	return $text;
}

sub order { return $json->encode(small_order(intent(), @_)) }

sub order_of_items
{
	my (@items) = @_;

	return order(items => [map { { productSlug => 'starter', qty => 1,
		unitPrice => '29.88', billingPeriod => 'year', %$_ } } @items]);
}

my $qty = '"qty":1';
my $price = '"unitPrice":"29.88"';

# What is refused: [what it is, body, status, errors[0].field and .code].
my @refused = (
	['no JSON', '{', 400, '', 'json_invalid'],
	['text behind it', body() . 'x', 400, '', 'json_invalid'],
	['an array', '[' . body() . ']', 400, '', 'wrong_type'],
	['a member twice', body($qty, '"qty":1,"qty":1'), 400, '', 'duplicate_key'],
	['the intent twice', body('"items"', '"stripePaymentIntentId":"pi_x","items"'),
		400, '', 'duplicate_key'],
	['a depth of 1000', '{"metadata":' . '[' x 1000 . ']' x 1000 . '}',
		400, '', 'too_deep'],
	['1000 open objects', '{"a":' x 1000, 400, '', 'too_deep'],
	['bad UTF-8', body('Client of', "Client \xff\xfe"), 400, '', 'bad_encoding'],
	['an overlong slash', body('Client of', "Client \xc0\xaf"), 400, '', 'bad_encoding'],
	['a surrogate', body('Client of', "Client \xed\xa0\x80"), 400, '', 'bad_encoding'],
	['a NUL', body('Client of', "Client \0"), 400, '', 'bad_encoding'],
	['an escaped NUL', body('Client of', 'Client \u0000'), 400, '', 'bad_encoding'],
	['2 MB', order(customerName => 'x' x (2 << 20)), 413, '', 'too_large'],
	['an unknown member', order(price => 1), 400, 'price', 'unknown_field'],
	['an unknown member of an item', body($qty, '"qty":1,"discount":29'),
		400, 'items[0].discount', 'unknown_field'],
	['two names for the intent', order(paymentIntentId => 'pi_y'),
		422, 'paymentIntentId', 'not_allowed'],
	['no intent', $json->encode({ %{ small_order('x') },
		stripePaymentIntentId => undef }),
		422, 'stripePaymentIntentId', 'required'],
	['an intent with a space', $json->encode(small_order('pi a')),
		422, 'stripePaymentIntentId', 'bad_format'],
	['a long intent', $json->encode({ %{ small_order('x') },
		stripePaymentIntentId => 'p' x 256 }),
		422, 'stripePaymentIntentId', 'too_long'],
	['no e-mail', order(customerEmail => undef), 422, 'customerEmail', 'required'],
	['no e-mail address', order(customerEmail => 'a b@c'),
		422, 'customerEmail', 'bad_format'],
	['a header in the e-mail', order(customerEmail => "a\@b.test\r\nBcc: c\@d.test"),
		422, 'customerEmail', 'bad_format'],
	['no items', order(items => []), 422, 'items', 'out_of_range'],
	['items that are none', order(items => { a => 1 }), 422, 'items', 'wrong_type'],
	['101 items', order_of_items(map { {} } 1 .. 101), 422, 'items', 'out_of_range'],
	['an item that is none', order(items => [1]), 422, 'items[0]', 'wrong_type'],
	['no product', order_of_items({ productSlug => undef }),
		422, 'items[0].productSlug', 'required'],
	['no period', order_of_items({ billingPeriod => 'week' }),
		422, 'items[0].billingPeriod', 'not_in_list'],
	['no currency code', order(currency => 'XQZ'), 422, 'currency', 'not_in_list'],
	(map { ["quantity $_->[0]", body($qty, "\"qty\":$_->[0]"), 422,
		'items[0].qty', $_->[1]] }
		['0', 'out_of_range'], ['-1', 'out_of_range'],
		['1001', 'out_of_range'], ['1.5', 'wrong_type'],
		['1e400', 'wrong_type'], ['"1"', 'wrong_type'],
		['true', 'wrong_type'], ['9223372036854775808', 'wrong_type']),
	(map { ["price $_->[0]", body($price, "\"unitPrice\":$_->[0]"), 422,
		'items[0].unitPrice', $_->[1]] }
		['-29.88', 'out_of_range'], ['29.885', 'bad_format'],
		['"29,88"', 'bad_format'], ['""', 'bad_format'],
		['"NaN"', 'bad_format'], ['1e400', 'bad_format'],
		['{}', 'wrong_type'], ['false', 'wrong_type']),
	['a total past all numbers', order_of_items(map {
		{ qty => 1000, unitPrice => '92233720368547758' } } 1, 2),
		422, 'items[0].unitPrice', 'out_of_range'],
);

# What is kept for a person: [what it is, body, problems[].code].
my @reviewed = (
	['a lower price', body($price, '"unitPrice":0.01'), 'price_mismatch'],
	['nothing paid', body($price, '"unitPrice":0'), 'price_mismatch'],
	['a higher price', body($price, '"unitPrice":"29.89"'), 'price_mismatch'],
	['another currency', order(currency => 'EUR'), 'currency_not_sold'],
	['another exponent', order(currency => 'JPY', items => [{
		productSlug => 'starter', billingPeriod => 'year',
		unitPrice => 30 }]), 'currency_not_sold'],
	['an unknown code', order_of_items({ productSlug => 'nonesuch' }),
		'unknown_product'],
	['a code of SQL', order_of_items({ productSlug => "x' OR '1'='1" }),
		'unknown_product'],
	['a period not sold', order_of_items({ billingPeriod => 'month' }),
		'period_not_sold'],
	['two of one site', body($qty, '"qty":2'), 'quantity_not_one'],
	['a thousand', body($qty, '"qty":1e3'), 'quantity_not_one'],
	['no domain at all', order(primaryDomain => '../../etc/passwd'),
		'domain_invalid'],
	['a domain of nginx', order(primaryDomain => 'a.test; include /etc/passwd;'),
		'domain_invalid'],
);

sub send_body
{
	my ($panel, $body, %o) = @_;

	return $panel->post(INTAKE, token => $panel->ready->{intakeToken},
		type => 'application/json', body => $body, %o);
}

sub new_token
{
	my ($panel, @args) = @_;
	my ($status, $text) = $panel->run(@args, '--json');

	die "token: exit $status" if $status;
	return $json->decode($text);
}

sub count_of
{
	my ($panel, $table, $tenant) = @_;

	return (rows($panel, "SELECT count(*) FROM $table WHERE tenant_id =
		(SELECT id FROM tenants WHERE slug = '@{[$tenant // 'demo']}')",
		$tenant))[0][0];
}

sub refusals
{
	my ($panel, $admin, $query) = @_;

	return $panel->get("/api/admin/intake-refusals?$query",
		token => $admin)->{json};
}

# One call over a socket: (status, header => value in lower case, body).
sub raw
{
	my ($panel, $method, @lines) = @_;
	my ($port) = $panel->url =~ /:(\d+)$/;
	my $text = raw_http($port, join("\r\n", "$method " . INTAKE . ' HTTP/1.1',
		'Host: 127.0.0.1', 'Connection: close',
		'Authorization: Bearer ' . $panel->ready->{intakeToken}, @lines),
		10);
	my ($head, $body) = split /\r\n\r\n/, $text, 2;
	my ($status) = ($head // '') =~ m{^HTTP/1\.1 (\d+)};
	my %headers = map { /^([^:]+): (.*)/ ? (lc $1 => $2) : () }
		split /\r\n/, $head // '';

	return { status => $status // 0, headers => \%headers,
		content => $body, json => scalar eval { $json->decode($body) } };
}

for my $db (engines()) {
	my $panel = start_instance(db => $db, workers => 2);
	my $admin = $panel->admin_token;
	my $workers = sub {
		open my $fh, '<', '/proc/' . ($_ = $panel->ready->{pids}{master})
			. "/task/$_/children";
		return <$fh>;
	};
	my $were = $workers->();

	# ---- refused, kept ----
	for my $case (@refused) {
		my ($what, $body, $status, $field, $code) = @$case;
		my $r = send_body($panel, $body);
		is(is_problem($r, $status), '', "$db: $what is refused");
		my $e = $r->{json}{errors}[0] // {};
		is_deeply([@$e{qw(field code)}], [$field, $code], 'for its reason')
			or diag($r->{content});
	}
	is(count_of($panel, 'orders'), 0, 'none of these made an order');
	is(count_of($panel, 'intake_refusals'), scalar @refused, 'all are kept');
	my $list = refusals($panel, $admin, 'limit=200');
	is($list->{total}, scalar @refused, 'and shown');
	is(scalar(grep { !@{ $_->{reasons} } } @{ $list->{items} }), 0,
		'with their reasons');
	my ($big) = grep { $_->{httpStatus} == 413 } @{ $list->{items} };
	cmp_ok($big->{bodyBytes}, '>=', 256 << 10, 'of the large one the beginning');
	send_body($panel, $refused[0][1]);
	is(count_of($panel, 'intake_refusals'), scalar @refused,
		'the same again is counted, not added');

	# ---- placed after correction ----
	my $bad = small_order('pi_corrected', customerEmail => 'nobody');
	is(send_body($panel, $json->encode($bad))->{status}, 422,
		'an order with a bad address');
	my $kept = refusals($panel, $admin, 'paymentIntentId=pi_corrected')
		->{items}[0];
	my $path = "/api/admin/intake-refusals/$kept->{id}";
	my $whole = $panel->get($path, token => $admin)->{json};
	is_deeply($json->decode($whole->{body}), $bad, 'is kept as it came');
	is(is_problem($panel->post("$path/place", token => $admin, json => {}),
		422), '', 'it cannot be placed as it is');
	my $placed = $panel->post("$path/place", token => $admin,
		json => { %$bad, customerEmail => 'somebody@example.com' });
	is($placed->{status}, 201, 'but after correction')
		or diag($placed->{content});
	is($panel->get($path, token => $admin)->{json}{orderId},
		$placed->{json}{orderId}, 'and knows its order');
	is(is_problem($panel->post("$path/place", token => $admin,
		json => { %$bad, customerEmail => 'somebody@example.com' }),
		409), '', 'once');
	is(count_of($panel, 'orders'), 1, 'there is one order');

	# ---- reviewed ----
	for my $case (@reviewed) {
		my ($what, $body, $code) = @$case;
		my $r = send_body($panel, $body);
		is($r->{status}, 202, "$db: $what is kept")
			or diag($r->{content});
		is($r->{json}{status}, 'review', 'for review');
		ok((grep { $_->{code} eq $code } @{ $r->{json}{problems} }),
			'with its reason') or diag($r->{content});
		is_deeply([@{ $r->{json} }{qw(invoice subscriptions
			provisioningTasks)}], [undef, [], []], 'nothing is made');
	}
	is(count_of($panel, 'orders'), 1 + @reviewed, 'all are orders');
	is(count_of($panel, 'subscriptions'), 1,
		'but only the corrected one has a subscription');
	is(count_of($panel, 'provisioning_tasks'), 1, 'and a task');
	is(count_of($panel, 'invoices'), 1, 'and an invoice');
	my $other = small_order('pi_thief', primaryDomain =>
		'pi-corrected.example.com');
	is_deeply([map { $_->{code} } @{ send_body($panel,
		$json->encode($other))->{json}{problems} }], ['domain_taken'],
		'a domain of another customer is reviewed');

	# ---- tokens ----
	$panel->run(qw(tenant add --slug other --name Other --host b.test));
	$panel->run(qw(seed --tenant other));
	my $theirs = new_token($panel,
		qw(token add --tenant other --scope orders:intake));
	my $revoked = new_token($panel,
		qw(token add --tenant demo --scope orders:intake));
	is(send_body($panel, '{', token => $revoked->{token})->{status}, 400,
		'a token is good');
	$panel->run(qw(token revoke --tenant demo), $revoked->{id});
	my $expired = new_token($panel, '--now', '2020-01-01T00:00:00Z',
		qw(token add --tenant demo --scope orders:intake --expires 1));
	my $scope = new_token($panel,
		qw(token add --tenant demo --scope orders:read));
	my @before = map { count_of($panel, $_) } qw(orders intake_refusals);
	my $good = small_order('pi_not_yours');
	for my $case (
		['no token', 401, token => undef],
		['an empty token', 401, token => undef,
			headers => { authorization => 'Bearer ' }],
		['a wrong token', 401, token => 'mpk_' . 'A' x 43],
		['a token with a character more', 401,
			token => $panel->ready->{intakeToken} . 'x'],
		['a password', 401, token => undef, headers => {
			authorization => 'Basic YWRtaW46YWRtaW4=' }],
		['a revoked token', 401, token => $revoked->{token}],
		['an expired token', 401, token => $expired->{token}],
		['a token of another scope', 403, token => $scope->{token}],
		['a token of a server', 403,
			token => $panel->ready->{workerToken}],
		['a person\'s token', 403, token => $admin],
		['a token on another tenant\'s host', 403, host => 'b.test'],
	) {
		my ($what, $status, %o) = @$case;
		my $r = send_body($panel, $json->encode($good), %o);
		is(is_problem($r, $status), '', "$db: $what is refused");
		is(defined $r->{headers}{'www-authenticate'}, $status == 401,
			'and asked for one') if $status == 401;
	}
	is_deeply([map { count_of($panel, $_) } qw(orders intake_refusals)],
		\@before, 'and leaves nothing');
	my $there = send_body($panel, $json->encode($good),
		token => $theirs->{token}, host => 'b.test');
	is($there->{status}, 201, 'another tenant\'s token places');
	is(count_of($panel, 'orders', 'other'), 1, 'at that tenant');
	is(count_of($panel, 'orders'), $before[0], 'and not here');
	is(is_problem($panel->get('/api/public/orders/pi_not_yours',
		token => $panel->ready->{intakeToken}), 404), '',
		'where nobody sees it');

	# ---- methods, types, lengths ----
	for my $method (qw(GET PUT PATCH DELETE HEAD OPTIONS TRACE BREW)) {
		my $r = raw($panel, $method, '', '');
		is($r->{status}, 405, "$db: $method is not allowed");
		like($r->{headers}{allow}, qr/\bPOST\b/, 'and says what is');
		is($r->{headers}{allow}, 'POST', 'exactly')
			unless $method eq 'TRACE';
		is($method eq 'HEAD' ? $r->{content} : is_problem($r, 405), '',
			'in the usual form');
	}
	my $again = $json->encode($bad);
	for my $header ('X-HTTP-Method-Override', 'X-HTTP-Method',
		'X-Method-Override') {
		is(raw($panel, 'POST', "$header: GET",
			'Content-Type: application/json', 'Content-Length: '
			. length $again, '', $again)->{status}, 422,
			"$header does not change a POST");
		is(raw($panel, 'GET', "$header: POST", '', '')->{status}, 405,
			'nor a GET');
	}
	is(is_problem($panel->post(INTAKE . '?_method=DELETE', token =>
		$panel->ready->{intakeToken}, json => $bad), 400), '',
		'an unknown parameter is refused');
	for my $type ('text/plain', 'application/x-www-form-urlencoded',
		'application/jsonx', 'multipart/form-data; boundary=x') {
		is(is_problem(send_body($panel, $again, type => $type), 415), '',
			"a body of $type is refused");
	}
	is(send_body($panel, $again, type => 'Application/JSON; charset=utf-8')
		->{status}, 422, 'application/json in other letters is not');
	for my $length ('abc', '-1', '1e3', '+5', '0x10', '5, 6', '9' x 20) {
		is(is_problem(raw($panel, 'POST', 'Content-Type: application/json',
			"Content-Length: $length", '', '{"a":1}'), 400), '',
			"a Content-Length of $length is refused");
	}
	my $two = raw($panel, 'POST', 'Content-Type: application/json',
		'Content-Length: 7', 'Content-Length: 8', '', '{"a":1}');
	is($two->{status}, 400, 'so are two of them');
	$two = raw($panel, 'POST', 'Content-Type: application/json',
		'Content-Length: 7', 'Transfer-Encoding: chunked', '', "0\r\n\r\n");
	is($two->{status}, 400, 'and one beside chunks');

	# ---- afterwards ----
	is($workers->(), $were, 'no worker has died');
	is((rows($panel, q{SELECT count(*) FROM subscriptions
		WHERE status = 'active'}))[0][0], 0, 'nothing is active');
	is(send_body($panel, body())->{status}, 201, 'a good order is placed');
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	$panel->stop;
}
done_testing();
