#!/usr/bin/perl
# walk.t - every page that each role may see, in a browser, with scripts and
# without.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# The pages are those of `mpanel routes`, so that a new one is walked over
# without a word here.  axe and vnu judge those of the owner and of the
# platform: what a role sees of a page is a part of them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../browser";
use Judge;
use MPanel::Browser;
use MPanel::FirstTenant;
use MPanel::Isolation;
use MPanel::Judges;
use MPanel::Matrix;
use MPanel::Test;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
need(MPanel::Browser::is_here(), 'chromium or chromedriver is missing');
need(Judge::is_here(), 'java or npm is missing');

my $db = (engines())[-1];
my $panel = start_instance(db => $db, agent => 1,
	set => { approve_refund_over => 40 });
# The company's looks and a mail as it is sent are no pages.
my @routes = grep { $_->{path} !~ m{^/brand/|/html$} } routes($panel);
my %who = map { $_->{name} => $_ } everybody($panel);
make_mine($panel);
$panel->post('/api/admin/customers/'
	. (ids_of($panel, 'customers'))[-1] . '/notes',
	token => $panel->admin_token, json => { text => 'Of the last one' });
$panel->post('/api/admin/customers/'
	. (ids_of($panel, 'customers'))[0] . '/people',
	token => $panel->admin_token, json => { email =>
	'customer@example.com', rights => [qw(billing technical support)] });
my @walkers = @who{qw(owner chief admin editor support customer)};
my @made = made_roles($panel);
if (my $some = $ENV{MPANEL_WALK}) {
	@$_ = grep { ",$some," =~ /,$_->{name},/ } @$_ for \@walkers, \@made;
}

# Names in paths that are no row's of a tenant.
my %named = (name => 'email-changed', group => 'orders', host => 'b.test',
	slug => 'article-of-mine',
	id => MPanel::Isolation::tenant_id($panel, 'other'));

# The owner of the platform has pages of their own; the rest is the owner's.
sub pages
{
	my ($who) = @_;
	my @mine = $who->{name} ne 'chief' ? @routes
		: grep { ($_->{permission} // '') =~ /^platform:/ } @routes;

	return map { [$_->[0], $_->[1]
		// $_->[0]{path} =~ s/:(name|group|host|slug|id)/$named{$1}/gr] }
		pages_of($panel, $who, @mine);
}

sub is_page { return ($_[0]{headers}{'content-type'} // '') =~ /^text\/html/ }

# What the panel says without a browser is what the browser is to be shown.
sub walk
{
	my ($b, $who, $js) = @_;
	my $is_whole = $js && $who->{name} =~ /^(?:owner|chief)$/;
	my $judge = Judge->new(browser => $b, panel => $panel,
		host => $who->{host}, judges => $is_whole);
	my @me = (@{ $who->{host} }, cookie => $who->{cookie});

	my @missing;

	$b->enter_as(split /=/, $who->{cookie}, 2);
	for my $path (map { $_->[1] } pages($who)) {
		my $r = $panel->get($path, @me);
		next unless is_page($r);
		$b->go($path);
		$judge->look($path =~ s{[^a-z0-9-]+}{_}gr,
			status => $r->{status},
			samples => $path eq '/styleguide');
		# an owner may see the portal, too, and has no account there
		push @missing, $path if $r->{status} == 404
			&& $path !~ m{^/client/};
	}
	is("@missing", '/reset-password /verify-email /jobs/scheduler', 'but '
		. 'for links out of mails, and what is for who runs the house, '
		. 'all were there') if $who->{name} eq 'owner';
	cmp_ok($judge->{looked}, '>', 2, "$who->{name} has pages");
	$judge->verdict;
}

for my $js (1, 0) {
	for my $who (@walkers, $js ? @made : ()) {
		my ($host) = (@{ $who->{host} }, 'host', '127.0.0.1')[1];
		my $url = $panel->url =~ s{//[^:/]+}{//$host}r;
		my $b = MPanel::Browser->start(url => $url, js => $js);

		note("$db, chromium $b->{version}") if $js;
		subtest "$who->{name}, " . ($js ? 'scripts' : 'no scripts') =>
			sub { walk($b, $who, $js) };
		$b->stop;
	}
}
if ($ENV{MPANEL_WALK_WHOLE}) {
	my @me = (cookie => $who{owner}{cookie});
	my @paths = grep { my $r = $panel->get($_, @me);
		is_page($r) && $r->{status} == 200 }
		map { $_->[1] } pages($who{owner});
	my ($status, $said) = judge(pages => 'node',
		judges_dir() . '/html/run.mjs', $panel->url,
		'--paths', join(',', @paths), '--cookie', $who{owner}{cookie});

	is($status, 0, @paths . ' pages: ' . ($said =~ /^(TOTAL.*)$/m)[0])
		or diag($said);
}
$panel->stop;
done_testing();
