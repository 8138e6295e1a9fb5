# Matrix.pm - who may call what, as each route's row says.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my @who = everybody($panel);
#	for my $route (routes($panel)) {
#		my $r = call_as($panel, $route, path_with($route, $id), $who[0]);
#		like($r->{status}, wanted($route, $who[0]));
#	}
package MPanel::Matrix;
use strict;
use warnings;
use Exporter 'import';
use JSON::PP ();
use MPanel::Isolation;
use MPanel::Orders;

our @EXPORT = qw(call_as declared everybody holder is_api is_let_in lackers
	made_roles pages_of pages_of_rows path_with person routes some_rows undeclared wanted
	wrong_offers);

my $json = JSON::PP->new->utf8->canonical;
our $word = 'rusty anvil picnic';

# ---- what is declared ----

# All that is built.
sub routes
{
	my ($panel) = @_;
	my (undef, $text) = $panel->run(qw(routes --json));

	return grep { $_->{name} !~ /^soon / } @{ $json->decode($text) };
}

# A line for each, as t/e2e/matrix.tsv has them.
sub declared
{
	my (@routes) = @_;

	return map { join "\t", @$_{qw(method path auth)},
		$_->{permission} // '-', $_->{csrf}, $_->{pool} }
		sort { "$a->{path} $a->{method}" cmp "$b->{path} $b->{method}" }
		@routes;
}

# Lines of one list that another lacks: new or changed ones, and lost ones.
sub undeclared
{
	my ($is, $was) = @_;
	my %is = map { $_ => 1 } @$is;
	my %was = map { $_ => 1 } @$was;

	return ([grep { !$was{$_} } @$is], [grep { !$is{$_} } @$was]);
}

# ---- who asks ----

# A person: a token for calls, a cookie for pages.
sub person
{
	my ($panel, $name, $role, $tenant, $host) = @_;
	my $email = "$name\@example.com";
	my @host = $host ? (host => $host) : ();

	$panel->run_with($word, qw(user add --password-stdin), '--tenant',
		$tenant // 'demo', '--email', $email, '--role', $role);
	my $r = $panel->post('/api/auth/login', @host,
		json => { email => $email, password => $word });
	return { name => $name, kind => 'person', host => \@host,
		token => $r->{json}{accessToken},
		perms => { map { $_ => 1 } @{ $r->{json}{user}{permissions} } },
		$panel->sign_in(email => $email, password => $word, @host) };
}

sub program
{
	my ($panel, $name, $kind, $tenant, @args) = @_;
	my ($token) = $panel->run_with('', qw(token add --tenant),
		$tenant, @args) =~ /(mpk_\S+)/;
	my %o = @args;

	return { name => $name, kind => $kind, token => $token, host => [],
		perms => { map { $_ => 1 } split /,/, $o{'--scope'} } };
}

sub everybody
{
	my ($panel) = @_;
	my $server = $panel->ready->{serverId};

	$panel->run_with('', qw(tenant add --slug other --name Other
		--host b.test));
	$panel->run_with('', qw(tenant add --slug hq --name HQ --platform
		--host hq.test));
	return (
		{ name => 'anonymous', kind => 'nobody', perms => {},
			host => [] },
		person($panel, 'customer', 'customer'),
		person($panel, 'customer2', 'customer'),
		person($panel, 'support', 'support'),
		person($panel, 'editor', 'editor'),
		person($panel, 'admin', 'admin'),
		person($panel, 'owner', 'super_admin'),
		person($panel, 'boss', 'super_admin', 'other', 'b.test'),
		person($panel, 'chief', 'super_admin', 'hq', 'hq.test'),
		program($panel, 'worker', 'server', 'demo', '--scope',
			'tasks:work', '--server', $server),
		program($panel, 'reader', 'program', 'demo', '--scope',
			'orders:read'),
		program($panel, 'intake', 'program', 'demo', '--scope',
			'orders:intake'),
	);
}

# ---- what the row says ----

# Who is who for a route's row.
sub is_let_in
{
	my ($route, $who) = @_;
	my ($auth, $perm) = @$route{qw(auth permission)};
	my $kinds = {
		session => ['person'], api => ['person', 'program'],
		token => ['program', 'server'], server => ['server'],
	}->{$auth} or return 1;

	return 0 unless grep { $_ eq $who->{kind} } @$kinds;
	return $perm eq 'signed-in' || $who->{perms}{$perm};
}

sub is_api { return $_[0]{path} =~ m{^/(?:api/|graphql|webhooks/|\.well-known)} }

# Status codes that say so.
sub wanted
{
	my ($route, $who) = @_;

	if (is_let_in($route, $who)) {
		return qr/^(?!401|403|5(?!01))/;
	}
	return qr/^401$/ if $who->{kind} eq 'nobody' && is_api($route);
	# pages know cookies only, and a program has none
	return qr/^303$/ if !is_api($route) && $who->{kind} ne 'person';
	return qr/^403$/;
}

sub path_with
{
	my ($route, $value) = @_;

	return join '/', map { /^:/ ? $value : $_ eq '*' ? 'x' : $_ }
		split m{/}, $route->{path}, -1;
}

sub call_as
{
	my ($panel, $route, $path, $who) = @_;
	my %o = @{ $who->{host} };
	my $writes = $route->{method} ne 'GET';

	if (is_api($route)) {
		$o{token} = $who->{token} if $who->{token};
		$o{json} = {} if $route->{method} =~ /^(?:POST|PUT|PATCH)$/;
	} else {
		$o{cookie} = $who->{cookie} if $who->{cookie};
		@o{qw(type body)} = ('application/x-www-form-urlencoded',
			'csrf=' . ($who->{csrf} // '')) if $writes;
		$o{headers}{origin} = $panel->url
			=~ s/127\.0\.0\.1/$o{host} || '127.0.0.1'/re if $writes;
	}
	return $panel->request($route->{method}, $path, %o);
}

# ---- what pages offer ----

# Roles of which each lacks something that others have, beside the dashboard.
my %made = (
	Narrow => [],
	Listeners => ['tickets:read'],
	Buyers => ['customers:read'],
	Names => ['domains:read'],
	Reader => [map { "$_:read" } qw(customers domains invoices orders
		payments servers settings subscriptions tasks users websites)],
);

# Somebody with a role of that name, which is made for it.
sub holder
{
	my ($panel, $role, @perms) = @_;
	my $r = $panel->post('/api/admin/roles', token => $panel->admin_token,
		json => { name => $role, permissions => \@perms });

	die "$role: $r->{content}" unless $r->{json}{id};
	return person($panel, lc $role, $role);
}

# Makes them; persons who have them.
sub made_roles
{
	my ($panel) = @_;

	return map { holder($panel, $_, 'dashboard:read', @{ $made{$_} }) }
		sort keys %made;
}

# Rows of each kind, so that there are pages about them.
sub some_rows
{
	my ($panel) = @_;
	my %o = (token => $panel->admin_token);

	$panel->intake($_) for contract_order('pi_matrix'), odd_order('pi_odd'),
		small_order('pi_refused', customerEmail => 'none');
	$panel->post('/api/admin/address-rules', %o,
		json => { effect => 'deny', range => '203.0.113.0/24' });
	my $task = $panel->worker('tasks/claim')->{json}{task};
	$panel->worker("tasks/$task->{id}/complete", { status => 'failed',
		leaseToken => $task->{leaseToken} });
}

# Somebody who may do everything within the company, and for each thing somebody
# who lacks it.
sub lackers
{
	my ($panel) = @_;
	my $all = person($panel, 'lacks-nothing', 'super_admin');
	my @perms = grep { $_ ne 'dashboard:read' } sort keys %{ $all->{perms} };

	return $all, map { my $lacked = $_;
		holder($panel, 'lacks-' . $lacked =~ tr/:/-/r,
			'dashboard:read', grep { $_ ne $lacked } @perms)
		} @perms;
}

# The ids of the newest rows of each table.
sub newest
{
	my ($panel, $most) = @_;

	return map { my @ids = MPanel::FirstTenant::ids_of($panel, $_);
		($_ => [reverse @ids > $most ? @ids[-$most .. -1] : @ids]) }
		MPanel::Isolation::tables();
}

# Pages about the nth of them that this person is let in to: [route, path], the
# path being undef where nothing is known that it names.
sub pages_about
{
	my ($newest, $nth, $who, @routes) = @_;
	my $rows = { ids => { map { $_ => $newest->{$_}[$nth] }
		keys %$newest } };

	return map { [$_, scalar MPanel::Isolation::path_of($rows, $_)] }
		grep { $_->{method} eq 'GET' && !is_api($_)
		&& is_let_in($_, $who) } @routes;
}

sub pages_of
{
	my ($panel, $who, @routes) = @_;

	return pages_about({ newest($panel, 1) }, 0, $who, @routes);
}

# About more rows than one: what a page offers is by a row's state.
sub pages_of_rows
{
	my ($panel, $who, $most, @routes) = @_;
	my %newest = newest($panel, $most);
	my %seen;

	return grep { defined $_->[1] && !$seen{$_->[1]}++ }
		map { pages_about(\%newest, $_, $who, @routes) }
		0 .. $most - 1;
}

# The routes that a page leads to and sends forms to.
sub offered
{
	my ($html, @routes) = @_;
	my %to;

	$to{"GET $_"} = 1 for $html =~ /href="(\/[^"?#]*)/g;
	for my $form ($html =~ /<(?:form|button)\b[^>]*>/g) {
		my ($path) = $form =~ /action="(\/[^"?#]*)/ or next;
		$to{ ($form =~ /method="post"|formaction/ ? 'POST' : 'GET')
			. " $path" } = 1;
	}
	return map { route_to($_, @routes) // () } sort keys %to;
}

# The route of a call, which names rather than has parameters; remembered.
my %route_to;

sub route_to
{
	my ($to, @routes) = @_;

	$route_to{$to} //= [sort { $a->{path} =~ tr/:// <=> $b->{path} =~ tr/:// }
		grep { leads_to($_, $to) } @routes];
	return $route_to{$to}[0];
}

sub leads_to
{
	my ($route, $to) = @_;
	my $path = join '/', map { /^:/ ? '[^/]+' : quotemeta }
		split m{/}, $route->{path}, -1;

	return $to =~ m{^$route->{method} $path$};
}

# What a page offers to somebody who may not.
sub wrong_offers
{
	my ($who, $r, @routes) = @_;

	return map { "offers $_->{method} $_->{path}" }
		grep { !is_let_in($_, $who) } offered($r->{content}, @routes);
}

1;
