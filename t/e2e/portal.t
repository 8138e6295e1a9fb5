#!/usr/bin/perl
# portal.t - customers see what is theirs, as far as they look after it, and
# nothing else.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Every route of the portal, from `mpanel routes --json`, as people with each
# right missing, of other accounts and of another company, with own, other and
# missing ids.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Isolation;
use MPanel::Matrix;
use MPanel::Orders;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');

# What a path is about: whose right it takes, and the table of its ids.
my %about = (
	services => ['technical', 'subscriptions'],
	domains => ['technical', 'domains'],
	invoices => ['billing', 'invoices'],
	billing => ['billing', 'payments'],
	payments => ['billing', 'payments'],
	tickets => ['support', 'tickets'],
	help => ['support', 'tickets'],
	people => ['billing technical support', 'users'],
	# the page has more than the account's name
	'/api/client/profile' => ['billing'],
	'/client/profile' => ['any'],
	export => ['billing technical support', 'exports'],
	close => ['billing technical support'],
);

# Paths that take more than what they are about.
my @both = qr{/services/:id/(?:cancel|plan|plans|changes)$};

# Who one is, what one is written, and what everybody may read.
my %public = map { $_ => 1 } qw(home me notifications kb announcements
	status);

my ($panel, $admin, %account, %person, %id);

# ---- accounts and people ----

sub order
{
	my ($name, $of, %more) = @_;
	my $r = $of->intake(small_order("pi_$name",
		customerEmail => "$name\@example.com",
		customerName => "Account $name", %more));

	return $account{$name} = $r->{json}{customerId};
}

sub look_after
{
	my ($name, $account, @rights) = @_;
	my $r = $panel->post("/api/admin/customers/$account{$account}/people",
		token => $admin, json => { email => "$name\@example.com",
		rights => \@rights });

	is($r->{status}, 201, "$name looks after $account: @rights");
}

# A question with a file; `files` are found by the account.
sub ask
{
	my ($name) = @_;
	my $id = $panel->post('/api/support/tickets', token => $admin,
		json => { customerId => $account{$name},
		subject => "About $name-alone", description => 'x' })
		->{json}{ticket}{id};
	my $r = $panel->post("/api/support/tickets/$id/attachments?name=f.txt",
		token => $admin, type => 'application/octet-stream',
		body => "file of $name");

	$id{files}{$name} = $r->{json}{attachments}[0]{id}
		// die "no file: $r->{content}";
}

# The path with what is of one account in it.
sub path_about
{
	my ($path, $id, $file) = @_;

	return $path =~ s/:id/$id/r =~ s/:fileId/$file/r
		=~ s/:backupId/$MPanel::Isolation::missing/r;
}

sub make_scene
{
	%person = map { $_ => person($panel, $_, 'customer') }
		qw(ann bill tess hal bob nobody);
	order('alpha', $panel);
	order('beta', $panel, primaryDomain => 'beta-alone.example');
	order('gamma', $panel);
	look_after('ann', 'alpha', qw(billing technical support));
	look_after('ann', 'gamma', 'billing');
	look_after('bill', 'alpha', 'billing');
	look_after('tess', 'alpha', 'technical');
	look_after('hal', 'alpha', 'support');
	look_after('bob', 'beta', qw(billing technical support));
	ask($_) for qw(alpha beta gamma);
	for my $table (qw(subscriptions domains invoices payments tickets)) {
		$id{$table}{$_} = (rows($panel, "SELECT id FROM $table
			WHERE customer_id = '$account{$_}' ORDER BY id",
			'demo'))[0][0] for qw(alpha beta gamma);
	}
	for ([ann => 'alpha'], [bob => 'beta']) {
		my ($who, $account) = @$_;
		$id{exports}{$account} = $panel->post('/api/client/export',
			token => $person{$who}{token}, json => {})->{json}{id};
	}
	ok(wait_for(60, sub { (rows($panel, q{SELECT count(*) FROM exports
		WHERE status = 'ready'}, 'demo'))[0][0] == 2 }),
		'both have an archive');
	$id{users} = { map { my ($account, $who) = @$_;
		$account => (rows($panel, "SELECT id FROM users
			WHERE email = '$who\@example.com'", 'demo'))[0][0] }
		[alpha => 'hal'], [beta => 'bob'] };
}

# ---- every route ----

# Their rights to the account alpha.
my %rights = (ann => 'billing technical support', bill => 'billing',
	tess => 'technical', hal => 'support', bob => '', nobody => '');

sub call
{
	my ($who, $path) = @_;
	my %as = $path =~ m{^/api/} ? (token => $who->{token})
		: (cookie => $who->{cookie});

	return $panel->get($path, %as, @{ $who->{host} });
}

sub what_of { return $_[0]{path} =~ m{/client/(\w+)} ? $1 : 'home' }

sub check_route
{
	my ($route) = @_;
	my $what = what_of($route);
	my ($right, $table) = @{ $about{ $route->{path} }
		// $about{$what} // [] };
	$right = 'billing technical'
		if grep { $route->{path} =~ $_ } @both;

	# home, what one is written and what is public are everybody's
	if ($public{$what}) {
		for my $name (sort keys %rights) {
			my $r = call($person{$name}, $route->{path});

			is($r->{status}, 200, "$name at $route->{path}");
			unlike($r->{content}, qr/beta-alone|$account{beta}/,
				'which tells nothing of others')
				if $name ne 'bob';
		}
		return;
	}
	ok($right, "$route->{path} is known") or return;
	for my $name (sort keys %rights) {
		my $who = $person{$name};
		my $may = $right eq 'any' ? $rights{$name} ne ''
			: index($rights{$name}, $right) >= 0;

		unless ($route->{path} =~ /:id/) {
			my $r = call($who, $route->{path});
			is($r->{status}, $name eq 'nobody' ? 404
				: $may || $name eq 'bob' ? 200 : 403,
				"$name at $route->{path}");
			unlike($r->{content}, qr/beta-alone|$account{beta}/,
				'which tells nothing of others')
				if $name ne 'bob';
			next;
		}
		# back from Stripe's page, with a session: t/e2e/pay.t
		my $found = $route->{path} =~ m{/return$} ? 404 : 200;
		# what is not there yet, t/e2e/restore.t makes and looks at
		my $later = $route->{path} =~
			m{:backupId|services/:id/download|backups/file$};
		my $none = $MPanel::Isolation::missing;
		my %path = map { $_->[0] => path_about($route->{path},
			@$_[1, 2]) }
			['own', $id{$table}{alpha}, $id{files}{alpha}],
			['other', $id{$table}{beta}, $id{files}{beta}],
			['missing', $none, $none];
		my ($own, $other, $missing) = map { call($who, $path{$_}) }
			qw(own other missing);

		is($own->{status}, $name =~ /^(?:bob|nobody)$/ ? 404
			: !$may ? 403 : $later ? 404 : $found, "$name at $path{own}");
		next if $name eq 'bob';
		# of people, who may not is refused whoever they ask for
		is($other->{status}, $what eq 'people' && !$may
			&& $name ne 'nobody' ? 403 : 404,
			"$name at $path{other}");
		is(MPanel::Isolation::masked($other, $path{other}),
			MPanel::Isolation::masked($missing, $path{missing}),
			"another's is as a missing one");
		next unless $may && $route->{path} =~ /:fileId/;
		is(call($who, path_about($route->{path}, @$_))->{status}, 404,
			'nor is a file had by another ticket')
			for [$id{$table}{alpha}, $id{files}{beta}],
				[$id{$table}{beta}, $id{files}{alpha}];
	}
}

# Staff, programs, strangers and another company's people.
sub check_strangers
{
	my (@routes) = @_;
	my %else = map { $_->{name} => $_ } everybody($panel);
	my $theirs = person($panel, 'zoe', 'customer', 'other', 'b.test');

	for my $route (@routes) {
		my $path = $route->{path} =~ s{(\w+)/:id}{
			"$1/$id{ $about{$1}[1] }{alpha}"}er
			=~ s/:fileId/$id{files}{alpha}/r;
		my @bad = grep { call($else{$_}, $path)->{status} != 403 }
			qw(admin support);

		is("@bad", '', "$path is no staff's");
		# an owner may do everything, and has no account
		is(call($else{owner}, $path)->{status}, $path =~
			m{^/client$} || $public{ what_of($route) } ? 200 : 404,
			'nor the owner\'s');
		like(call($else{anonymous}, $path)->{status}, qr/^(?:401|303)$/,
			'nor a stranger\'s');
		next if $route->{path} !~ /:id/;
		is(call($theirs, $path)->{status}, 404,
			'nor is it another company\'s');
	}
}

# ---- what they see ----

# Who looks after all of it says who else does.
sub check_people
{
	my $call = sub { my ($who, $method, $path, $body) = @_;
		$panel->request($method, "/api/client/people$path",
		token => $person{$who}{token}, $body ? (json => $body) : ()) };
	my $add = sub { $call->($_[0], POST => '', { email => $_[1],
		rights => $_[2] }) };
	my $all = sub { join ', ', map { "$_->{email} @{ $_->{rights} }" }
		@{ $call->('ann', GET => '')->{json}{items} } };

	is($add->('ann', 'new@example.com', ['billing'])->{status}, 201,
		'somebody is invited');
	like($all->(), qr/new\@example\.com billing/, 'and is there');
	is((rows($panel, q{SELECT count(*) FROM outbox WHERE template =
		'mail/invitation' AND recipient = 'new@example.com'}, 'demo'))
		[0][0], 1, 'with a mail');
	is($add->('ann', 'new@example.com', ['technical'])->{status}, 201,
		'and gets other rights');
	like($all->(), qr/new\@example\.com technical/, 'which shows');
	is($add->('ann', 'ann@example.com', ['billing'])->{status}, 409,
		'nobody changes their own rights');
	my $staff = $add->('ann', $panel->ready->{adminEmail}, ['billing']);
	is($staff->{status}, 409, 'staff can not be added');
	unlike($staff->{content}, qr/staff/, 'which does not say why');
	is($add->('ann', 'nobody', [])->{status}, 422, 'an address is one');
	is($add->($_, 'more@example.com', ['billing'])->{status}, 403,
		"$_ looks after a part and adds nobody") for qw(bill tess hal);

	my ($new, $ann) = map { my $email = "$_\@example.com";
		(rows($panel, "SELECT id FROM users WHERE email = '$email'",
		'demo'))[0][0] } qw(new ann);
	is($call->('bob', DELETE => "/$new")->{status}, 404,
		'who is of another account is nobody');
	is($call->('bill', DELETE => "/$new")->{status}, 403,
		'who looks after a part takes nobody away');
	is($call->('ann', DELETE => "/$ann")->{status}, 409,
		'one stays');
	is($call->('ann', DELETE => "/$new")->{status}, 200,
		'others can be taken away');
	unlike($all->(), qr/new\@/, 'and are gone');
	my @got = map { $add->('ann', "many$_\@example.com", ['support'])
		->{status} } 1 .. 25;
	is($got[-1], 429, 'nobody sends mails without end');
}

sub check_lists
{
	my $list = sub { $panel->get("/api/client/$_[0]", token =>
		$person{ann}{token})->{json} };
	my $services = $list->('services')->{items};

	is(scalar @$services, 1, 'one service is there');
	is_deeply([@{ $services->[0] }{qw(name type status domain price
		currency diskUsage)}], ['Starter', 'hosting', 'active',
		'pi-alpha.example.com', '29.88', 'USD', undef],
		'with what customers are told of it');
	ok(!exists $services->[0]{serverId}, 'and nothing of the house');
	is_deeply([map { $_->{name} } @{ $list->('domains')->{items} }],
		['pi-alpha.example.com'], 'a domain is there');
	my ($invoice) = @{ $list->('invoices')->{items} };
	is_deeply([@$invoice{qw(amount amountDue status)}],
		['29.88', 0, 'paid'], 'and an invoice');
	is_deeply([map { "$_->{name} $_->{billing}$_->{technical}" }
		@{ $list->('me')->{accounts} }],
		['Account alpha 11', 'Account gamma 10'],
		'one knows whose accounts one looks after');
	is($list->("invoices?accountId=$account{gamma}")->{total}, 1,
		'the second account can be named');
	is($panel->get("/api/client/$_", token => $person{ann}{token})
		->{status}, 403, "but of it only what one looks after: $_")
		for "services?accountId=$account{gamma}",
			"services/$id{subscriptions}{gamma}";
	is($panel->get("/api/client/invoices?accountId=$account{beta}",
		token => $person{ann}{token})->{status}, 404,
		'another\'s can not');
	my $pdf = $panel->get("/client/invoices/$id{invoices}{alpha}/pdf",
		cookie => $person{ann}{cookie});
	is($pdf->{headers}{'content-type'}, 'application/pdf',
		'an invoice comes on paper');
}

sub check_pages
{
	my $page = sub { $panel->get($_[1], cookie => $person{$_[0]}{cookie})
		->{content} };
	my $home = $page->('ann', '/client');

	like($home, qr/Everything is up and running\./, 'all is well');
	like($home, qr{/client/$_}, "$_ are in the menu")
		for qw(services domains invoices);
	unlike($page->('hal', '/client'), qr{/client/(?:services|invoices)},
		'who may not look is not led there');
	like($page->('nobody', '/client'),
		qr/look after any customer account yet/,
		'who has no account is told');
	like($panel->get('/client', $panel->sign_in)->{content},
		qr/where customers see what they have.*log in as them/s,
		'and so is the owner, and how to see one');
	like($page->('ann', "/client/services/$id{subscriptions}{alpha}"),
		qr/Up and running\..*Visit site/s, 'a service says how it is');
	like($page->('ann', "/client/invoices/$id{invoices}{alpha}"),
		qr/Paid\. Thank you\./, 'an invoice says that it is paid');
}

# Lists say how much there is, page by page.
sub check_pages_of_lists
{
	my $page = sub { $panel->get($_[0], cookie => $person{bob}{cookie})
		->{content} };

	order('beta', $panel, stripePaymentIntentId => 'pi_more',
		primaryDomain => 'beta-more.example');
	for my $list (qw(services domains)) {
		my $first = $page->("/client/$list?limit=1");

		like($first, qr/beta-more\.example/, "newest of $list first");
		unlike($first, qr/beta-alone\.example/, 'and no more');
		like($first, qr/1–1 of 2/, 'and how many there are');
		my ($older) = $first =~ m{href="([^"]+)" rel="next"};
		like($page->($older =~ s/&amp;/&/gr), qr/beta-alone\.example/,
			'the next page has the other');
		is($panel->get("/client/$list?colour=red", cookie =>
			$person{bob}{cookie})->{status}, 400,
			'a parameter that is none is refused');
		unlike($page->("/client/$list?accountId=$account{alpha}"),
			qr/pi-alpha/, 'and another account shows nothing');
	}
}

sub form
{
	my ($who, $path, %fields) = @_;
	my ($csrf) = $panel->get('/client', cookie => $who->{cookie})
		->{content} =~ /name="csrf" value="([^"]+)"/;

	return $panel->post($path, cookie => $who->{cookie},
		type => 'application/x-www-form-urlencoded',
		headers => { origin => $panel->url },
		body => join '&', "csrf=$csrf",
			map { "$_=$fields{$_}" } sort keys %fields);
}

sub check_switch
{
	my $ann = $person{ann};

	is(form($ann, '/client/account', account => $account{beta})
		->{status}, 404, 'nobody switches to another\'s account');
	is(form($ann, '/client/account', account => $account{gamma})
		->{status}, 303, 'but to the second of one\'s own');
	my $home = $panel->get('/client', cookie => $ann->{cookie})->{content};
	like($home, qr/You look at Account gamma now\./, 'which is said');
	unlike($home, qr{href="/client/services}, 'and shown as far as allowed');
	is($panel->get('/client/services', cookie => $ann->{cookie})
		->{status}, 403, 'and no further');
	is($panel->get('/api/client/services', token => $ann->{token})
		->{status}, 200, 'another session looks where it looked');

	# ---- staff who look as her, from the account's own page ----
	my %staff = $panel->sign_in;
	my $r = form(\%staff, "/admin/customers/$account{gamma}/sign-in-as");
	my ($cookie) = grep { /^mp_session=/ } map { /^([^;]+)/ }
		map { ref $_ ? @$_ : $_ // () } $r->{headers}{'set-cookie'};
	my $seen = $panel->get('/client', cookie => $cookie)->{content};
	like($seen, qr/You look as ann/, 'staff look as her');
	unlike($seen, qr{href="/client/services},
		'and see the account they came from');
}

# ---- what is not well ----

sub check_words
{
	my $say = sub { $panel->get('/client', cookie => $person{bob}{cookie})
		->{content} };
	my $service = $id{subscriptions}{beta};

	is($panel->post("/api/admin/subscriptions/$service/suspend",
		token => $admin, json => { reason => 'a test' })->{status},
		200, 'a service is suspended');
	like($say->(), qr/A service is suspended/, 'home says so');
	my $draft = $panel->post('/api/admin/invoices', token => $admin,
		json => { customerId => $account{beta}, items => [{
		description => 'Advice', unitPrice => 50 }] })->{json};
	unlike($say->(), qr/To be paid/, 'a draft is nobody\'s to pay');
	$panel->post("/api/admin/invoices/$draft->{id}/issue",
		token => $admin, json => {});
	like($say->(), qr/To be paid.*\$50\.00/s, 'and what is due');
}

for my $db (engines()) {
	$panel = start_instance(db => $db, agent => 1, set => {
		rate_login_account => 1000, rate_login_address => 10_000 });
	$admin = $panel->admin_token;
	note("== $db");
	make_scene();
	ok(wait_for(60, sub {
		(rows($panel, q{SELECT count(*) FROM subscriptions
			WHERE status <> 'active'}, 'demo'))[0][0] == 0;
	}), 'all services are set up');
	my @mine = grep { ($_->{permission} // '') eq 'portal:use'
		&& $_->{method} eq 'GET'
		# of what everybody may read: t/e2e/kb.t, status.t
		&& !($public{ what_of($_) } && $_->{path} =~ m{:id|/search$}) }
		routes($panel);
	cmp_ok(scalar @mine, '>=', 14, 'the routes are known');
	check_route($_) for @mine;
	check_strangers(@mine);
	check_lists();
	check_pages();
	check_people();
	check_switch();
	check_pages_of_lists();
	check_words();
	is(doctor_says($panel), '', 'the doctor finds nothing wrong');
	ok(defined $panel->stop, 'it stops');
}
done_testing();
