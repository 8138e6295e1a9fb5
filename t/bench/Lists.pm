# Lists.pm - the groups about reading: lists as JSON and as pages.
# SPDX-License-Identifier: AGPL-3.0-or-later
package Lists;
use strict;
use warnings;
use Exporter 'import';
use File::Basename qw(basename);
use HTTP::Tiny;
use JSON::PP ();
use MPanel::Test;
use Rivals;
use Seed;

our @EXPORT = qw(customers express faces lists million php search signed_in);

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


# The bare program says what the panel says: an API's JSON, a page's rows.
sub check_alike
{
	my ($panel, $port, $ask, %path) = @_;

	for my $name (sort keys %path) {
		my ($ours, $theirs) = @{ $path{$name} };
		($ours, $theirs) = ($panel->get($ours, token => $ask->{token},
			cookie => $ask->{cookie})->{content},
			body_of($port, $theirs));
		($ours, $theirs) = map { table_of($_) } $ours, $theirs
			if $name =~ /html/;
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

	check_alike($panel, $bare_port, $ask,
		plans_json => ['/api/public/plans', '/plans.json'],
		orders_json => ['/api/admin/orders', '/orders.json'],
		orders_html => ['/orders', '/orders.html']);
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
	$b->compare('plans_json', $got, 'plans_json', 'plans', $bare);
	$b->compare('orders_json', $got, 'orders_json', 'orders_only', $bare);
	$b->compare('orders_json_count', $got, 'orders_json', 'orders',
		"$bare that counts each time");
	$b->compare('orders_json_who', $got, 'orders_json', 'orders_who',
		"$bare that also looks up host and session");
	$b->compare('orders_html', $got, 'orders_html', 'page_only', $bare);
	$b->compare('orders_html_count', $got, 'orders_html', 'page',
		"$bare that counts each time");
	$b->compare('orders_html_tabs', $got, 'orders_html', 'page_tabs',
		"$bare that counts all that the page shows");
	$panel->stop;
	return;
}

# Customers as JSON, which come from the noun's description alone, and as a page
# by hand, against a bare program.
sub customers
{
	my ($b) = @_;
	my $panel = start_instance(workers => 2);
	books_by_sql($panel, 1000);
	my ($token, $cookie) = ($panel->admin_token, signed_in($panel));
	my $page = $panel->get('/admin/customers', cookie => $cookie)->{content};
	my ($bare_port) = start_bare($b, page => $page, processes => 2,
		db => database_url($panel) =~ s/^sqlite://r,
		tenant => $panel->ready->{tenantId});
	my %ask = (
		customers_json => $b->request('/api/admin/customers',
			token => $token),
		customers_html => $b->request('/admin/customers',
			cookie => $cookie));

	check_alike($panel, $bare_port, { token => $token, cookie => $cookie },
		customers_json => ['/api/admin/customers', '/customers.json'],
		customers_html => ['/admin/customers', '/customers.html']);
	my $got = $b->rounds((map { my $name = $_;
		$name => sub { $b->load($panel->{port}, $ask{$name}) }
	} sort keys %ask), map { my $file = $b->request("/$_");
		$_ => sub { $b->load($bare_port, $file) }
	} map { ("customers.$_", "customers.$_?count=0") } qw(json html));
	for my $kind (qw(json html)) {
		$b->compare("customers_$kind", $got, "customers_$kind",
			"customers.$kind?count=0", $bare);
		$b->compare("customers_${kind}_count", $got, "customers_$kind",
			"customers.$kind", "$bare that counts each time");
	}
	$panel->stop;
	return;
}

# The panel with its page of payments by hand.
sub start_by_hand
{
	my ($b) = @_;
	my ($inst, $templates) = (scratch(), scratch());
	my $share = "$ENV{MPANEL_INST}/share";

	chmod 0755, $inst, $templates;
	mkdir "$inst/bin" or die "$inst/bin: $!";
	symlink $share, "$inst/share";
	symlink $b->tool('mpanel_by_hand'), "$inst/bin/mpanel";
	symlink $_, "$templates/" . basename($_)
		for glob "$share/mpanel/templates/*";
	symlink source_dir() . '/t/bench/templates', "$templates/bench";
	local $ENV{MPANEL_INST} = $inst;
	return start_instance(workers => 2,
		set => { template_dir => $templates });
}

# A page that is made of a noun's description alone against one by hand of the
# same rows, through nginx.
sub faces
{
	my ($b) = @_;
	my %panel = (described => start_instance(workers => 2),
		by_hand => start_by_hand($b));
	my %ask;

	for my $how (sort keys %panel) {
		my (undef, $routes) = $panel{$how}->run('routes', '--json');
		die "$how: not what it is said to be\n"
			if ($how eq 'by_hand') != ($routes =~ /payments\.by_hand/);
		books_by_sql($panel{$how}, $b->is_quick ? 200 : 1000);
		my $cookie = signed_in($panel{$how});
		my $page = $panel{$how}->get('/payments', cookie => $cookie)
			->{content};
		my $rows = () = table_of($page) =~ /<tr>/g;
		die "$how: $rows rows\n$page\n" if $rows != 50;
		$ask{$how} = $b->request('/payments', cookie => $cookie);
	}
	my $got = $b->rounds(map { my $how = $_;
		($how => sub { $b->load($panel{$how}{port}, $ask{$how}) })
	} sort keys %panel);

	$b->compare('generic_over_by_hand', $got, 'described', 'by_hand',
		'the same page made by hand');
	$_->stop for values %panel;
	return faces_alone($b);
}

# The same by the process's own time, without nginx, session and menu: by
# faces.c, which compares the pages byte by byte before.
sub faces_alone
{
	my ($b) = @_;
	local $ENV{MPANEL_TEST_ENGINES} = 'sqlite';
	my @argv = ($b->tool('faces.t'), $b->is_quick ? (3, 5) : (101, 50));
	open my $from, '-|', @argv or die "$argv[0]: $!";
	my $text = do { local $/; <$from> };
	close $from or die "@argv failed:\n$text";
	my ($us, $ratio) = $text =~
		/^# described ([\d.]+) us, by hand [\d.]+ us, ratio ([\d.]+)$/m
		or die "@argv says no ratio:\n$text";

	$b->row('generic_over_by_hand_alone', value => 1e6 / $us,
		unit => '1/s', ratio => $ratio,
		against => 'the same page made by hand, in one process');
	return;
}

# The same lists over few rows and many.
sub million
{
	my ($b) = @_;
	my $n = $b->many;
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
		'the same over 1,000 rows') for @names;
	$_->stop for @panels;
	return;
}

# What people type, over few rows and many: beginnings that one row has, words
# that all have.
sub search_on
{
	my ($b, $db, $suffix) = @_;
	my $n = $b->many;
	my @panels = map { start_instance(db => $db, workers => 2) } 1, 2;
	my %asked = (
		search => '/api/admin/search?q=shop777.ex',
		search_email => '/api/admin/search?q=client77@',
		search_digits => '/api/admin/search?q=000777',
		search_common => '/api/admin/search?q=client',
		search_list => '/api/admin/invoices?q=client77',
		search_list_common => '/api/admin/orders?q=shop',
	);
	my @names = sort keys %asked;
	my @ask;

	orders_by_sql($panels[0], 1000);
	orders_by_sql($panels[1], $n);
	for my $panel (@panels) {
		invoices_by_sql($panel);
		my ($status) = $panel->run('search', 'fill');
		die "search fill: exit $status\n" if $status;
		pg_analyze($panel) if $db eq 'postgres';
	}
	# Whose tokens would be too old by now.
	for my $panel (@panels) {
		my ($token, $cookie) = ($panel->admin_token, signed_in($panel));

		push @ask, { page => $b->request('/search?q=shop777',
			cookie => $cookie), map { $_ => $b->request($asked{$_},
			token => $token) } @names };
		$b->say_it("$db: $asked{$_}: " . length $panel->get($asked{$_},
			token => $token)->{content}) for @names;
	}
	my $got = $b->rounds(map { my $name = $_; map { my $i = $_;
		("$name $i" => sub {
			$b->load($panels[$i]{port}, $ask[$i]{$name})
		}) } 0, 1 } @names, 'page');
	$b->row("search$suffix", unit => '1/s',
		value => $b->median_of($got, 'search 1'));
	$b->compare("${_}${suffix}_1m_over_1k", $got, "$_ 1", "$_ 0",
		'the same over 1,000 rows') for @names;
	$b->compare("search_html${suffix}_1m_over_1k", $got, 'page 1', 'page 0',
		'the same over 1,000 rows');
	$_->stop for @panels;
	return;
}

sub search
{
	my ($b) = @_;

	search_on($b, 'sqlite', '');
	search_on($b, 'postgres', '_pg');
	return;
}

# ---- what people would use instead ----

# The page by PHP-FPM, plain and with a template engine.
sub php
{
	my ($b) = @_;
	my $panel = start_instance(workers => 2);
	orders_by_sql($panel, 1000);
	my $cookie = signed_in($panel);
	my $page = $panel->get('/orders', cookie => $cookie)->{content};
	my ($php) = start_php($b, page => $page, processes => 2,
		db => database_url($panel) =~ s/^sqlite://r,
		tenant => $panel->ready->{tenantId});
	my $squeezed = sub { $_[0] =~ s/\s+//gr };

	for my $path ('/', '/?twig=1') {
		my ($ours, $theirs) = map { $squeezed->(table_of($_)) }
			$page, body_of($php, $path);
		die "PHP's rows of $path are not ours:\n$theirs\n"
			unless $ours && $ours eq $theirs;
	}
	my ($ask, $plain, $twig) = ($b->request('/orders', cookie => $cookie),
		$b->request('/'), $b->request('/?twig=1'));
	my $got = $b->rounds(
		ours => sub { $b->load($panel->{port}, $ask) },
		plain => sub { $b->load($php, $plain) },
		twig => sub { $b->load($php, $twig) });
	$b->compare('orders_html_php', $got, 'ours', 'plain', 'PHP-FPM + PDO');
	$b->compare('orders_html_twig', $got, 'ours', 'twig',
		'PHP-FPM + PDO + Twig');
	$panel->stop;
	return;
}

# Lists on PostgreSQL, by as many processes.
sub express
{
	my ($b) = @_;
	my $n = 4;
	my $panel = start_instance(db => 'postgres', workers => $n);
	orders_by_sql($panel, 1000);
	my $ask = questions($b, $panel);
	my ($socket) = database_url($panel) =~ /host=([^&]+)/;
	my ($express, $direct) = start_express($b, socket => $socket, processes => $n,
		tenant => $panel->ready->{tenantId});
	my %path = (orders_json => '/api/admin/orders',
		plans_json => '/api/public/plans');

	for my $name (sort keys %path) {
		my ($ours, $theirs) = map {
			JSON::PP->new->canonical->encode(JSON::PP::decode_json($_))
		} $panel->get($path{$name}, token => $ask->{token})->{content},
			body_of($express, $path{$name});
		tr/"//d, s/(\.\d)0\b/$1/g, s/\.0\b//g for $ours, $theirs;
		die "Express answers $path{$name} differently:\n$ours\n$theirs\n"
			if $ours ne $theirs;
	}
	my $got = $b->rounds((map { my $name = $_;
		my $theirs = $b->request($path{$name});
		($name => sub { $b->load($panel->{port}, $ask->{$name}) },
		"$name express" => sub { $b->load($express, $theirs) },
		"$name direct" => sub { $b->load($direct, $theirs) })
	} sort keys %path),
		orders_html => sub { $b->load($panel->{port},
			$ask->{orders_html}) });
	for my $name (sort keys %path) {
		$b->compare("${name}_pg", $got, $name, "$name express",
			'Express + pg behind nginx');
		$b->compare("${name}_pg_direct", $got, $name, "$name direct",
			'Express + pg without nginx');
	}
	$b->row('orders_html_pg', unit => '1/s',
		value => $b->median_of($got, 'orders_html'));
	$panel->stop;
	return;
}

1;
