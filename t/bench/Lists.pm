# Lists.pm - the groups about reading: lists as JSON and as pages.
# SPDX-License-Identifier: AGPL-3.0-or-later
package Lists;
use strict;
use warnings;
use Exporter 'import';
use MPanel::Test;
use Rivals;
use Seed;

our @EXPORT = qw(lists million rows_alike signed_in);

my $bare = 'bare nginx + libfcgi';

# The cookie of the owner's browser.
sub signed_in
{
	my ($panel) = @_;
	my $door = $panel->get('/login');
	my ($csrf) = $door->{content} =~ /name="csrf" value="([^"]+)"/;
	my ($cookie) = ($door->{headers}{'set-cookie'} // '') =~ /^([^;]+)/;
	my $form = HTTP::Tiny->new->www_form_urlencode({ csrf => $csrf,
		email => $panel->ready->{adminEmail},
		password => $panel->ready->{adminPassword} });
	my $r = $panel->post('/login', body => $form, cookie => $cookie,
		type => 'application/x-www-form-urlencoded');
	my $set = $r->{headers}{'set-cookie'};
	my ($session) = map { /^(mp_session=[^;]+)/ ? $1 : () }
		ref $set ? @$set : ($set // '');

	return $session // die "cannot sign in: $r->{status}";
}

# What is asked of a panel, by name.
sub questions
{
	my ($b, $panel) = @_;
	my $token = $panel->admin_token;
	my $cookie = signed_in($panel);

	return {
		health => $b->request('/api/health'),
		plans_json => $b->request('/api/public/plans'),
		orders_json => $b->request('/api/admin/orders',
			token => $token),
		orders_html => $b->request('/orders', cookie => $cookie),
		cookie => $cookie,
		token => $token,
	};
}

# The hash under which the database keeps that session.
sub session_hash
{
	my ($panel) = @_;
	my (undef, $text) = $panel->run('sql', '--read-only',
		"SELECT token_hash FROM sessions WHERE kind = 'access'");
	my ($hash) = $text =~ /\b([0-9a-f]{64})\b/;

	return $hash // die "no session: $text";
}

sub body_of
{
	my ($port, $path) = @_;
	my $answer = raw_http($port,
		"GET $path HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", 10);

	return $answer =~ s/^.*?\r\n\r\n//sr;
}

sub table_of { return $_[0] =~ m{<tbody>\n(.*?)(?:<!--.*)?</tbody>}s ? $1 : '' }

# Does the bare program say what the panel says?  Pairs of texts by name.
sub rows_alike
{
	my ($panel, $port, $token, $cookie) = @_;

	return (
		plans_json => [$panel->get('/api/public/plans')->{content},
			body_of($port, '/plans.json')],
		orders_json => [$panel->get('/api/admin/orders',
			token => $token)->{content},
			body_of($port, '/orders.json')],
		orders_html => [table_of($panel->get('/orders',
			cookie => $cookie)->{content}),
			table_of(body_of($port, '/orders.html'))],
	);
}

sub check_alike
{
	my %pairs = rows_alike(@_);

	for my $name (sort keys %pairs) {
		my ($ours, $theirs) = @{ $pairs{$name} };
		my $at = length(($ours ^ $theirs) =~ s{[^\0].*}{}sr);
		die "$name: the bare program answers something else:\n"
			. substr($ours, $at > 60 ? $at - 60 : 0, 160) . "\n"
			. substr($theirs, $at > 60 ? $at - 60 : 0, 160) . "\n"
			if $ours ne $theirs || length $ours < 100;
	}
	return;
}

sub lists
{
	my ($b) = @_;
	my $panel = start_instance(workers => 2);
	orders_by_sql($panel, 1000);
	my $ask = questions($b, $panel);
	my $page = $panel->get('/orders', cookie => $ask->{cookie})->{content};
	my ($bare_port, $plain_port) = start_bare($b, page => $page,
		db => database_url($panel) =~ s/^sqlite://r, processes => 2,
		tenant => $panel->ready->{tenantId});
	my $port = $panel->{port};
	my $session = session_hash($panel);

	check_alike($panel, $bare_port, $ask->{token}, $ask->{cookie});
	my $ours = sub { my ($name) = @_;
		return ($name => sub { $b->load($port, $ask->{$name}) }) };
	my $theirs = sub { my ($name, $path, $to) = @_;
		my $file = $b->request($path);
		return ($name => sub { $b->load($to // $bare_port, $file) }) };
	my $got = $b->rounds(
		$ours->('health'), $theirs->('hello', '/hello'),
		$theirs->('plain', '/hello', $plain_port),
		$ours->('plans_json'), $theirs->('plans', '/plans.json'),
		$ours->('orders_json'), $theirs->('orders', '/orders.json'),
		$theirs->('orders_only', '/orders.json?count=0'),
		$theirs->('orders_who', "/orders.json?session=$session"),
		$ours->('orders_html'), $theirs->('page', '/orders.html'),
		$theirs->('page_only', '/orders.html?count=0'),
		$theirs->('page_tabs', '/orders.html?tabs=1'));
	$b->compare('health', $got, 'health', 'hello', "$bare, hello");
	$b->compare('hello_edge', $got, 'hello', 'plain',
		'the same without log and headers in nginx');
	$b->compare('plans_json', $got, 'plans_json', 'plans', $bare,
		aim => 0.85);
	$b->compare('orders_json', $got, 'orders_json', 'orders', $bare,
		aim => 0.85);
	$b->compare('orders_json_list_only', $got, 'orders_json',
		'orders_only', "$bare that does not count");
	$b->compare('orders_json_who', $got, 'orders_json', 'orders_who',
		"$bare that looks up host and session");
	$b->compare('orders_html', $got, 'orders_html', 'page', $bare,
		aim => 0.85);
	$b->compare('orders_html_list_only', $got, 'orders_html', 'page_only',
		"$bare that does not count");
	$b->compare('orders_html_tabs', $got, 'orders_html', 'page_tabs',
		"$bare that counts all that the page shows");
	$panel->stop;
	return;
}

# The same lists over few rows and many.
sub million
{
	my ($b) = @_;
	my $n = $b->is_quick ? 2000 : 1_000_000;
	my @panels = map { start_instance(workers => 2) } 1, 2;

	orders_by_sql($panels[0], 1000);
	orders_by_sql($panels[1], $n);
	$b->say_it("$n orders are there");
	my @ask = map { questions($b, $_) } @panels;
	my %paths = (orders_json => '/api/admin/orders',
		orders_json_state => '/api/admin/orders?status=completed');
	for my $i (0, 1) {
		$ask[$i]{orders_json_state} = $b->request(
			$paths{orders_json_state}, token => $ask[$i]{token});
		my $first = $panels[$i]->get('/api/admin/orders?limit=200',
			token => $ask[$i]{token})->{json};
		$ask[$i]{orders_json_next} = $b->request(
			"/api/admin/orders?cursor=$first->{nextCursor}",
			token => $ask[$i]{token});
	}
	my @names = qw(orders_json orders_json_state orders_json_next
		orders_html);
	my $got = $b->rounds(map { my $name = $_; map { my $i = $_;
		("$name $i" => sub {
			$b->load($panels[$i]{port}, $ask[$i]{$name})
		}) } 0, 1 } @names);
	$b->compare("${_}_1m_over_1k", $got, "$_ 1", "$_ 0",
		'the same over 1,000 rows', aim => 0.8) for @names;
	$_->stop for @panels;
	return;
}

1;
