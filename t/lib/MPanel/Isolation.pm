# Isolation.pm - two tenants on one panel, and what one tries at the other's.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $scene = MPanel::Isolation->new($panel);	# demo's, and other's
#	for my $probe ($scene->by_id, $scene->lists) {
#		is($probe->{wrong}->(), '', $probe->{name});
#	}
#
# Generated from `mpanel routes --json`: every route with a parameter must be
# known here by what stands before the parameter, so that a new one is tested or
# fails the test.
package MPanel::Isolation;
use strict;
use warnings;
use JSON::PP ();
use MPanel::FirstTenant;
use MPanel::Orders;
use MPanel::Test;

# What the parameter behind a segment names: a table, whose ids are tried.
my %tables = (
	'add-ons' => 'product_addons',
	announcements => 'announcements',
	articles => 'kb_articles',
	categories => 'kb_categories',
	'knowledge-base' => 'kb_articles',
	'network-status' => 'announcements',
	'not-found' => 'kb_misses',
	status => 'announcements',
	addresses => 'address_rules',
	'address-rules' => 'address_rules',
	'api-keys' => 'api_tokens',
	'api-tokens' => 'api_tokens',
	approvals => 'approvals',
	attachments => 'ticket_attachments',
	audit => 'audit_logs',
	'audit-logs' => 'audit_logs',
	backups => 'backups',
	canned => 'canned_replies',
	'canned-replies' => 'canned_replies',
	choices => 'option_choices',
	'credit-notes' => 'credit_notes',
	coupons => 'coupons',
	customers => 'customers',
	departments => 'departments',
	domains => 'domains',
	files => 'ticket_attachments',
	'incoming-mails' => 'incoming_mails',
	'intake-refusals' => 'intake_refusals',
	invoices => 'invoices',
	jobs => 'outbox',
	ledger => 'ledger_transfers',
	mail => 'outbox',
	'option-choices' => 'option_choices',
	options => 'product_options',
	notes => 'customer_notes',
	orders => 'orders',
	payments => 'payments',
	'plan-changes' => 'plan_changes',
	prices => 'product_prices',
	'product-add-ons' => 'product_addons',
	'product-options' => 'product_options',
	products => 'products',
	people => 'users',
	refusals => 'intake_refusals',
	'role-management' => 'roles',
	roles => 'roles',
	servers => 'servers',
	sessions => 'sessions',
	subscriptions => 'subscriptions',
	support => 'tickets',
	tasks => 'provisioning_tasks',
	tickets => 'tickets',
	tax => 'tax_rules',
	'tax-rules' => 'tax_rules',
	tlds => 'product_tlds',
	users => 'users',
	websites => 'websites',
);
my %values = (':paymentIntentId' => 'pi_mine');

# Routes whose parameter names no row of a tenant.
my %public = map { $_ => 1 } (
	'/api/webhooks/stripe/:tenantSlug',	# a tenant's name; signed
	'/settings/mail/templates/:name',	# files of the house
	'/settings/mail/templates/:name/html',
	'/api-docs/:group',			# of the API itself
	'/kb/:slug',				# an address: t/e2e/kb.t
);

# What customers see of their own is theirs alone: t/e2e/portal.t.

# Companies: the platform's people's alone, so that others are refused whatever
# the parameter is.
our $platform = qr{^/(?:api/admin/)?tenants/:id};

# Bodies that get as far as to the row; {} for the others.
my %bodies = (
	'/api/admin/orders/:id/correct' => { items => [{ item => 0,
		domain => 'x.example' }] },
	'/api/admin/customers/:id/notes' => { text => 'x' },
	'/api/support/announcements/:id/update' => { state => 'note',
		text => 'x' },
	'/api/admin/customers/:id/people' => { email => 'x@example.com',
		rights => ['billing'] },
	'/api/admin/plan-changes/:id/decline' => { reason => 'x' },
	'/api/admin/subscriptions/:id/change-plan' => { product => 'premium' },
	'/api/admin/intake-refusals/:id/place' => small_order('pi_theirs'),
	'/api/admin/products/:id/tlds' => { tld => 'test', currency => 'USD',
		registerPrice => '1', renewPrice => '1', transferPrice => '1' },
	'/api/support/tickets/:id/replies' => { text => 'x' },
	'/api/support/tickets/:id/notes' => { text => 'x' },
	'/api/support/tickets/:id/merge' => { into => 'TKT-2026-000001' },
	'/api/worker/tasks/:id/heartbeat' => { leaseToken => 'mpl_x' },
	'/api/worker/tasks/:id/archive' => { leaseToken => 'mpl_x', offset => 0,
		data => 'eA==', sha256 => '2d711642b726b04401627ca9fbac32f5'
		. 'c8530fb1903cc4db02258717921a4881' },
	'/api/worker/tasks/:id/complete' => { status => 'success' },
);

# What /api/metrics counts in the tenants' rows.
my $gauges = qr/^mpanel_(?:tasks|orders_waiting|refused_intakes_open|
	outbox_|audit_faults|mails)/x;

our $missing = '019f0000-0000-7000-8000-000000000000';
my $json = JSON::PP->new->utf8->canonical;

# ---- two tenants ----

sub new
{
	my ($class, $panel) = @_;
	my $self = bless { panel => $panel,
		mine => $panel->ready->{tenantId} }, $class;

	make_mine($panel);
	$self->make_other;
	$self->note_rows;
	my (undef, $text) = $panel->run(qw(routes --json));
	$self->{routes} = $json->decode($text);
	return $self;
}

sub tenant_id
{
	my ($panel, $slug) = @_;
	my (undef, $text) = $panel->run(qw(tenant list));

	return (map { (split /\t/)[0] } grep { /\t$slug\t/ } split /\n/, $text)[0];
}

# The other tenant: an owner, programs, a server, an order.
sub make_other
{
	my ($self) = @_;
	my $panel = $self->{panel};
	my $ready = $panel->ready;
	my $config = "$ready->{bin}{mpanel} --config $ready->{config}";
	my %person = (email => 'boss@b.test', password => 'other-password-of-b');

	$panel->run(qw(tenant add --slug other --name Other --host b.test));
	my ($status, $seeded) = $panel->run(qw(seed --tenant other));
	my $server = $json->decode($seeded)->{serverId};
	system("echo $person{password} | $config user add --tenant other " .
		"--email $person{email} --role super_admin --password-stdin " .
		'>/dev/null') == 0 or die 'user add';
	my %token;
	for my $kind ([intake => '--scope', 'orders:intake'],
		[worker => '--scope', 'tasks:work', '--server', $server]) {
		my ($name, @args) = @$kind;
		my (undef, $text) = $panel->run(qw(token add --tenant other),
			@args);
		($token{$name}) = $text =~ /(\S+)/;
	}
	my $other = $self->{other} = $panel->of_tenant(slug => 'other',
		host => 'b.test', ready => {
			tenantId => tenant_id($panel, 'other'),
			serverId => $server, intakeToken => $token{intake},
			workerToken => $token{worker},
			adminEmail => $person{email},
			adminPassword => $person{password} });
	$self->{owner} = $other->admin_token;
	$self->{page} = { $other->sign_in };
	$other->intake(small_order('pi_theirs_1'));
	$self->{both} = $other->intake(small_order('pi_both'))->{json}{orderId};
}

# An id of each table, and the words that only the first tenant may read.
sub note_rows
{
	my ($self) = @_;
	my $ready = $self->{panel}->ready;
	my @words = ('pi_mine', 'pi_odd', 'pi_refused', 'mine-alone.example',
		'Xanthippe', $ready->{adminEmail},
		'Demo Hosting', 'Desk of mine', 'Tax of mine', 'Note of mine',
		'Question of mine', 'Words of mine', 'Desk note of mine',
		'Department of mine', 'file-of-mine.txt', 'Canned of mine',
		'Canned words of mine',
		'Shelf of mine', 'Article of mine', 'Answer of mine',
		'News of mine', 'Told by mine', 'xyzzy',
		'Legally mine', 'Advice of mine', 'Goodwill of mine',
		'MINEALONE', $self->{mine});

	for my $table (tables()) {
		my @ids = ids_of($self->{panel}, $table);
		$self->{rows}{$table} = scalar @ids;
		$self->{ids}{$table} = $ids[0];
		push @words, @ids;
	}
	$self->{words} = \@words;
}

sub tables { return sort { $a cmp $b } keys %{ { reverse %tables } } }

# ---- calls ----

# The route's path with its parameter set, or undef when this test does not
# know what it names.  Ids: one's that are not the first tenant's.
sub path_of
{
	my ($self, $route, $id, $ids) = @_;
	my @segments = split m{/}, $route->{path};

	for my $i (1 .. $#segments) {
		$segments[$i] = 'x' if $segments[$i] eq '*';
		next unless $segments[$i] =~ /^:/;
		my $table = $tables{ $segments[$i - 1] };
		my $value = $values{ $segments[$i] }
			// ($table && ($ids // $self->{ids})->{$table});
		return unless $value;
		$segments[$i] = $id // $value;
	}
	return join '/', @segments;
}

# The call as somebody of the other tenant.
sub call
{
	my ($self, $route, $path) = @_;
	my $other = $self->{other};
	my %o;

	if ($route->{path} !~ m{^/api/}) {
		$o{cookie} = $self->{page}{cookie};
		@o{qw(type body)} = ('application/x-www-form-urlencoded',
			"csrf=$self->{page}{csrf}") if $route->{method} ne 'GET';
		$o{headers}{origin} = $other->url;
	} else {
		$o{token} = $route->{auth} eq 'server'
			? $other->ready->{workerToken}
			: $route->{auth} eq 'token'
			? $other->ready->{intakeToken} : $self->{owner};
		$o{json} = $bodies{ $route->{path} } // {}
			if $route->{method} =~ /^(?:POST|PUT|PATCH)$/;
	}
	return $other->request($route->{method}, $path, %o);
}

# What a reply says, but for what is new in each.
sub masked
{
	my ($r, $path) = @_;
	my $text = $r->{content};

	$text =~ s/\b[0-9a-f]{32}\b/REQUEST/g;
	$text =~ s/name="(csrf|key)" value="[^"]*"/$1/g;
	$text =~ s/"last(?:Seen|Used)At":\K"[^"]*"/null/g;
	$text =~ s/<time[^>]*>[^<]*/AGO/g;
	$text =~ s/\bchecked \d\d:\d\d\b/checked AGO/g;
	$text =~ s/\bGood (?:night|morning|afternoon|evening),/Good day,/g;
	$text =~ s/\b(?:just now|\d+ (?:s|min)(?: ago)?)\b/AGO/g;
	$text = join "\n", grep { /$gauges/ } split /\n/, $text
		if $path eq '/api/metrics';
	$text =~ s/\Q$_\E/ID/g for grep { length > 8 } split m{/}, $path;
	return "$r->{status} $text";
}

# Words of the first tenant that are in a text.
sub leaked
{
	my ($self, $text) = @_;

	return map { "tells $_" } grep { index($text, $_) >= 0 }
		@{ $self->{words} };
}

# ---- probes ----

# Rows of the first tenant by their id: as if there were none.
sub by_id
{
	my ($self) = @_;

	return map { my $route = $_; { name => "$_->{method} $_->{path}",
		route => $_, wrong => sub { $self->wrong_by_id($route) } } }
		grep { $_->{path} =~ /:/ && !$public{ $_->{path} }
		&& ($_->{permission} // '') ne 'portal:use'
		&& $_->{path} !~ $platform } @{ $self->{routes} };
}

sub wrong_by_id
{
	my ($self, $route) = @_;
	my $path = $self->path_of($route)
		// return 'add what its parameter names to Isolation.pm';
	my $none = $self->path_of($route, $missing);
	my $r = $self->call($route, $path);
	my $is = masked($r, $path);
	my $other = masked($self->call($route, $none), $none);
	my @bad;

	push @bad, "answers $r->{status}" if is_built($route)
		? $r->{status} != 404 : $r->{status} !~ /^(?:200|404|501)$/;
	push @bad, "differs from a missing one: $is\n$other" if $is ne $other;
	return join '; ', @bad, $self->leaked($r->{content});
}

sub is_built { return $_[0]{name} !~ /^soon / }

# Lists and pages: nothing of the first tenant.
sub lists
{
	my ($self) = @_;

	return map { my $route = $_; { name => "GET $_->{path}", route => $_,
		wrong => sub { $self->wrong_list($route) } } }
		grep { $_->{method} eq 'GET' && $_->{path} !~ /:/ }
		@{ $self->{routes} };
}

sub wrong_list
{
	my ($self, $route, $path) = @_;
	my $r = $self->call($route, $path // $self->path_of($route));
	my @bad = $self->leaked($r->{content});

	push @bad, "answers $r->{status}" if $r->{status} >= 500
		&& $r->{status} != 501;
	my $was = $self->{was}{"GET $route->{path}"
		. ($path ? " of one's own" : '')};
	my $is = masked($r, $route->{path});

	push @bad, difference($was, $is) if defined $was && $was ne $is;
	return join '; ', @bad;
}

# What lists say now, from which wrong_list() tells a difference.  Asking where
# one is denied leaves an entry that other lists show, which is sealed later.
sub note_lists
{
	my ($self) = @_;

	$self->{was} = {};
	$self->is_told($_) for $self->lists;
	$self->{panel}->run(qw(work --once));
	$self->{was}{ $_->{name} } = $self->list_text($_)
		for grep { $self->is_told($_) } $self->lists, $self->own;
	$self->{was}{ $_->{name} } = $self->told_by($_->{command})
		for $self->commands;
}

sub is_told
{
	my ($self, $probe) = @_;

	return is_built($probe->{route}) && $probe->{route}{name} ne 'health'
		&& $self->list_text($probe) !~ /^403 /;
}

# The lists that are compared.
sub told
{
	my ($self) = @_;

	return grep { defined $self->{was}{ $_->{name} } } $self->lists,
		$self->own;
}

# The first lines that differ.
sub difference
{
	my ($was, $is) = map { [split /(?<=[>,\n])/] } @_;
	my ($i) = grep { $was->[$_] ne ($is->[$_] // '') } 0 .. $#$was;

	return 'is longer' unless defined $i;
	return "was: $was->[$i], is: " . ($is->[$i] // 'nothing');
}

sub list_text
{
	my ($self, $probe) = @_;
	my $route = $probe->{route};

	return masked($self->call($route, $probe->{path}
		// $self->path_of($route)), $route->{path});
}

# Lists by a filter of the first tenant, which are empty, and searches.
sub filters
{
	my ($self) = @_;
	my @lists = map { my ($list, $filter, $table) = @$_;
		my $value = $table ? $self->{ids}{$table} : 'Xanthippe';
		{ name => "$list by the other's $filter", wrong => sub {
			$self->wrong_filter("$list?$filter=$value") } } }
		(['orders', 'customerId', 'customers'],
		['provisioning/tasks', 'serverId', 'servers'],
		['customers', 'q', undef]);

	return @lists, map { my $word = $_; { name => "search for $word",
		wrong => sub { $self->wrong_search($word) } } }
		qw(Xanthippe mine-alone mine-alone.example pi_ pi_mine
		Desk);
}

sub wrong_filter
{
	my ($self, $list) = @_;
	my $r = $self->{other}->get("/api/admin/$list",
		token => $self->{owner});
	my $n = $r->{json}{total} // 'none';

	return join '; ', $n eq '0' ? () : "finds $n",
		$self->leaked($r->{content} =~ s/Xanthippe//r);
}

sub wrong_search
{
	my ($self, $word) = @_;
	my $r = $self->{other}->get("/search?q=$word",
		cookie => $self->{page}{cookie});

	return join '; ', $r->{status} == 200 ? () : "answers $r->{status}",
		$self->leaked($r->{content} =~ s/\b\Q$word\E\b//gr);
}

# An order that both have under one payment is one's own when it is repeated.
sub repeated
{
	my ($self) = @_;

	return { name => 'an order that both have', wrong => sub {
		my $r = $self->{other}->intake(small_order('pi_both'));
		my $is = $r->{json}{orderId} // '';

		return "answers $r->{status}" if $r->{status} != 200;
		return $is eq $self->{both} ? '' : "is $is" } };
}

# Orders of one's own are numbered one after the other.
sub numbers
{
	my ($self) = @_;

	return { name => 'numbers of orders',
		wrong => sub { $self->wrong_numbers } };
}

sub wrong_numbers
{
	my ($self) = @_;
	my @numbers = map {
		my $r = $self->{other}->intake({});
		($r->{json}{orderNumber} // '') =~ /-(\d+)$/ ? $1
			: return "answers $r->{status}";
	} 1, 2;

	return $numbers[1] == $numbers[0] + 1 ? '' : "@numbers";
}

# The tax on an order of one's own customer is one's own: none, when one has no
# rules.
sub taxes
{
	my ($self) = @_;

	return { name => 'tax of orders', wrong => sub { $self->wrong_tax },
		before => sub { $self->remove_taxes } };
}

sub remove_taxes
{
	my ($self) = @_;
	my @as = (token => $self->{owner});

	for (@{ $self->{other}->get('/api/admin/tax-rules?limit=200', @as)
		->{json}{items} }) {
		$self->{other}->request(DELETE =>
			"/api/admin/tax-rules/$_->{id}", @as);
	}
}

sub wrong_tax
{
	my ($self) = @_;
	my $other = $self->{other};
	my $r = $other->intake(small_order('pi_tax_' . ++$self->{taxed},
		customerEmail => small_order('pi_both')->{customerEmail}));

	return "answers $r->{status}" if $r->{status} != 201;
	my $invoice = $other->get('/api/admin/invoices?orderId='
		. $r->{json}{orderId}, token => $self->{owner})
		->{json}{items}[0];
	return 'no invoice' unless $invoice;
	return $invoice->{taxAmount} == 0 ? ''
		: "is $invoice->{taxAmount}";
}

# Deeds without an id that write nothing of the first tenant's: where one's own
# logo is dropped already, and no task of one's own has failed.
sub again
{
	my ($self) = @_;

	return map { my ($name, $do) = @$_;
		{ name => $name, watch => $self->{mine}, before => $do,
		wrong => $do } } (
		['the logo is dropped', sub { $self->drop_logo }],
		['failed tasks are tried again', sub { $self->retry_tasks }]);
}

sub drop_logo
{
	my ($self) = @_;
	my @brand = ('/api/admin/settings/brand', token => $self->{owner});
	my $version = $self->{other}->get(@brand)->{json}{version};
	my $r = $self->{other}->request(PATCH => @brand, json => {
		version => $version, dropLogo => JSON::PP::true });

	return $r->{status} == 200 ? '' : "answers $r->{status}";
}

sub retry_tasks
{
	my ($self) = @_;
	my $r = $self->{other}->post(
		'/api/admin/provisioning/tasks/retry-failed',
		token => $self->{owner}, json => {});

	return $r->{status} == 200 ? '' : "answers $r->{status}";
}

# Rows of one's own by their id: the same as they were noted.
sub own
{
	my ($self) = @_;
	my %ids = map { $_ => scalar((ids_of($self->{other}, $_))[-1]) } tables();

	return @{ $self->{own} //= [map { my $route = $_;
		my $path = $self->path_of($route, undef, \%ids); $path ? { name => "GET $route->{path} of one's own",
		route => $route, path => $path,
		wrong => sub { $self->wrong_list($route, $path) } } : () }
		grep { $_->{method} eq 'GET' && $_->{path} =~ /:/
		&& !$public{ $_->{path} } && $_->{path} !~ $platform }
		@{ $self->{routes} }] };
}

# The command line about the other tenant, or about all.
sub commands
{
	my ($self) = @_;

	return map { my $command = $_; { name => "mpanel @$command",
		command => $command,
		wrong => sub { $self->wrong_command($command) } } }
		['doctor'], [qw(audit verify)], map { [@$_, qw(--tenant other)] }
		[qw(audit verify)], [qw(user list)], [qw(token list)],
		[qw(server list)];
}

sub told_by
{
	my ($self, $command) = @_;
	my ($status, $text) = $self->{panel}->run(@$command);

	return "exit status $status\n$text";
}

sub wrong_command
{
	my ($self, $command) = @_;
	my $text = $self->told_by($command);
	my $was = $self->{was}{"mpanel @$command"} // $text;

	return join '; ', $was eq $text ? () : difference($was, $text),
		"@$command" =~ /other/ ? $self->leaked($text) : ();
}

# How many rows a list of the API's has for the other tenant's owner.
sub total
{
	my ($self, $list) = @_;

	return $self->{other}->get("/api/admin/$list",
		token => $self->{owner})->{json}{total};
}

1;
