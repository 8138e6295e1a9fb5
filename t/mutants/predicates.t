#!/usr/bin/perl
# predicates.t - what a tenant predicate keeps out, when it is taken away.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# On SQLite nothing but the statements stands between tenants.  That each of them
# has all its predicates, t/house/tenants.t says of those that stand whole in the
# program; here it is said of all that a panel prepares.  Then, behind
# t/mutants/arm.c, one predicate after the other is switched off in a running
# panel, and what t/e2e/isolation.t tries must notice it.  What compares an id
# that was read within the tenant needs none; what remains is named in
# predicates.tsv, with its reason.
#
#	MPANEL_PREDICATES=all	`make mutants`: all of the program's, also by
#		deeds of a twin, commands, and compiled tests of rooms that hold
#		two tenants; those that nothing of this notices are listed.  Or
#		a pattern: only those that match it.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MPanel::Armed;
use MPanel::Bound;
use MPanel::FirstTenant;
use MPanel::Isolation;
use MPanel::Orders;
use MPanel::Preload;
use MPanel::Probe;
use MPanel::Test;
use MPanel::Twins;
use Test::More;

need($ENV{MPANEL_INST}, 'run by t/run, which installs the programs');
plan skip_all => 'row-level security stands behind them on PostgreSQL'
	unless grep { $_ eq 'sqlite' } engines();
need(is_compiled('t/mutants/arm.so'), 'arm.so is not built');

my $which = $ENV{MPANEL_PREDICATES} // '';
my $all = $which ne '';
my $some = $all && $which ne 'all';
my $only = $some ? qr/$which/ : qr/./;
my $stripe = 'whsec_of_a_test_0123456789';
my $armed = MPanel::Armed->new;
my ($panel, $scene);
my (%named, %is); # predicates with an excuse, and those of the program

# Compiled tests of what reads and writes tenants' rows; not those whose claim
# is a plan or that take minutes.
my @units = $all ? map { s{.*/(t/)}{$1}r } grep { -x && !m{/(?:plans|storm)\.t$} }
	glob(($ENV{MPANEL_BUILD} // source_dir() . '/build') . '/t/{identity,'
	. 'tenancy,billing,catalog,orders,hosting,provisioning,mail,jobs,'
	. 'resource,main}/*.t') : ();

# ---- the panel ----

# Each tenant's audit log has a seal, without which an export is empty.
sub sealed
{
	return wait_for(30, sub { (rows($panel, 'SELECT count(*) FROM tenants t
		WHERE NOT EXISTS (SELECT 1 FROM audit_seals s
		WHERE s.tenant_id = t.id)'))[0][0] == 0 });
}

# What follows every deed is done, and from here on nobody but this test does
# anything: who finds nothing of any tenant notices no predicate.
sub freeze
{
	indexed($panel) or BAIL_OUT('the search does not know all rows');
	sealed() or BAIL_OUT('no audit log has a seal');
	$panel->hold_work;
}

# Its orders were carried out by an agent; from now on there is none.
sub make_scene
{
	local $ENV{MPANEL_INST} = $armed->programs;

	$panel = start_instance(db => 'sqlite', agent => 1, set => {
		approve_refund_over => 40, task_max_attempts => 1,
		rate_login_account => 100_000, rate_login_address => 100_000,
		stripe_webhook_secrets => $stripe });
	$scene = MPanel::Isolation->new($panel);
	$panel->stop;
	$panel->{agent} = 0;
	$panel->launch(60);
	freeze();
	stay_awake($panel);
}

# A task that failed and an order in review, which nobody has dealt with.
sub leave_open
{
	$scene->{other}->intake(odd_order('pi_left_odd'));
	$panel->intake(small_order('pi_left'));
	my $task = $panel->worker('tasks/claim')->{json}{task};
	$panel->worker("tasks/$task->{id}/complete", { status => 'failed',
		leaseToken => $task->{leaseToken} });
}

# ---- probes ----

sub unit_probe
{
	my ($test) = @_;
	my $build = $ENV{MPANEL_BUILD} // source_dir() . '/build';

	return { name => $test, wrong => sub {
		local %ENV = (%ENV, $armed->environment,
			MPANEL_TEST_ENGINES => 'sqlite',
			LD_PRELOAD => $armed->library);
		system("timeout 120 $build/$test >/dev/null 2>&1")
			? 'fails' : '' } };
}

sub run_first
{
	my (@probes) = @_;

	is(first_run($armed, $_), '', $_->{name}) for @probes;
	return @probes;
}

# Those that leave everything as it was, and those that do something: after
# these, lists say something else.
sub all_probes
{
	my @deeds = $all ? run_first(MPanel::Twins->new($stripe, $panel,
		$scene->{other})->probes(@{ $scene->{routes} })) : ();
	my @ids = $scene->by_id;

	leave_open();
	leave_states($panel);
	$_->{watch} = $scene->{mine} for @ids;
	run_first(@ids);
	$scene->note_lists;
	my @lists = ($scene->told, $all ? $scene->commands : ());
	$_->{again} = sub { $scene->note_lists } for @lists;
	my @reading = (@ids, run_first(@lists, $scene->filters, $scene->repeated,
		map { unit_probe($_) } @units));
	return (\@reading, [@deeds, run_first($scene->numbers,
		$scene->taxes, $scene->again)]);
}

# ---- predicates ----

# Those that need no test, or the long one: predicate => why.
sub named
{
	return map { my ($why, $predicate) = split /\t/, $_, 2;
		($predicate => $why) } grep { !/^#/ }
		split /\n/, slurp("$FindBin::Bin/predicates.tsv");
}

# Sorts predicates: alone, with others, named, by id, not.
sub classify
{
	my ($reading, $writing, $named, @predicates) = @_;
	my (%how, %by);

	for my $try (\&alone, \&with_others) {
		for my $probes ($reading, $writing) {
			for my $predicate (grep { !$how{$_}
				&& ($try == \&alone || $armed->must($_)) }
				@predicates) {
				my $what = noticed($armed, $try, $predicate,
					@$probes) // next;
				$how{$predicate} = $try == \&alone ? 'alone'
					: 'with others';
				$what = substr $what =~ s/\s+/ /gr, 0, 120;
				note("$how{$predicate}\t$what\t$predicate");
			}
		}
		$scene->note_lists;
	}
	my $run = join "\n", keys %{ $armed->known };
	push @{ $by{ $how{$_} // ($named->{$_} ? 'named'
		: MPanel::Armed::is_by_id($_)
		&& index($run, s/^\d+\t//r) >= 0 ? 'by id'
		: 'not') } }, $_ for @predicates;
	return \%by;
}

# What some of those say who ask this one: with it, and then without.
sub said
{
	my ($predicate, @probes) = @_;

	my @who = grep { $_->{asked}{$predicate} } @probes;

	return "$predicate\n  asked by " . @who . "\n", map {
		sprintf "  %s, %.1f s\n    with: %.200s\n    without: %.200s\n",
			$_->{name}, $_->{seconds}, alone($armed, $_),
			alone($armed, $_, $predicate)
	} @who[0 .. (@who < 8 ? $#who : 7)];
}

sub end_scene
{
	kill CONT => $panel->ready->{pids}{work};
	$panel->stop;
	return;
}

# In a scene of its own: how these are noticed, or all of them, and the probes.
# On a busy machine rows are made beside what is tried, and push those that a
# list would betray from its page: that is another scene's luck.
sub look
{
	my (@predicates) = @_;

	make_scene();
	my ($reading, $writing) = all_probes();
	# Compiled tests have statements of their own.
	my %asked = map { %{ $_->{asked} } } grep { $_->{name} !~ m{^t/} }
		@$reading, @$writing;
	@predicates = grep { /$only/ } $all ? keys %{ { %is, %asked } }
		: grep { !$named{$_} } keys %asked unless @predicates;
	return (classify($reading, $writing, \%named, sort @predicates),
		@$reading, @$writing);
}

# Statements as they were prepared, those that were put together, too, name the
# tenant of each table (t/house/tenants.t), and each predicate is needed for it.
sub all_bound
{
	my %tables = tenant_tables($ENV{MPANEL_TEST_SQLITE});
	my %across = map { (split /\t/, $_, 2)[1] => 1 }
		split /\n/, slurp("$FindBin::Bin/../house/tenants.tsv");
	# but for a test's own, which have tabs
	my %sql = map { $_ => 1 } grep { !/\t/ } map { s/^\d+\t//r }
		keys %{ $armed->known };
	my (@free, @more);

	for my $sql (grep { !$across{$_} } sort keys %sql) {
		push @free, "$_\t$sql" for unbound($sql, \%tables);
		push @more, map { "$_\t$sql" } grep {
			!unbound(MPanel::Armed::without($_, $sql), \%tables)
			} 0 .. MPanel::Armed::predicates($sql) - 1;
	}
	diag(scalar(keys %sql) . ' statements');
	is(join("\n", @free), '', 'statements name the tenant of each table');
	is(join("\n", @more), '', 'and need each predicate for it');
}

my @declared = MPanel::Armed::declared("$ENV{MPANEL_INST}/bin/mpanel");
%named = named();
my @long = grep { $named{$_} eq 'make mutants' } keys %named;
%is = map { $_ => 1 } @declared;
is_deeply([grep { !$is{$_} } sort keys %named], [],
	'what predicates.tsv names is still in the program');
delete @named{@long} if $all;
$armed->excuse(\%named);
my ($by, @probes) = look();
if (!$all and my @more = @{ delete $by->{not} // [] }) {
	diag('tried again in a new scene: ' . @more);
	end_scene();
	(my $again, @probes) = look(@more);
	push @{ $by->{$_} }, @{ $again->{$_} } for keys %$again;
}
diag(join ', ', map { scalar(@{ $by->{$_} }) . " $_" } sort keys %$by);
my @not = @{ $by->{not} // [] };
if ($all) {
	diag("no test is in the state that needs it:\n" . join "\n", @not);
} else {
	is(join("\n", @not), '', 'the loss of each predicate is noticed')
		or diag(map { said($_, @probes) } @not);
}
cmp_ok(scalar @{ $by->{alone} }, '>', $all ? 440 : 240,
	'of most without the loss of another') unless $some;
all_bound();
if ($all) {
	my %needed = map { $_ => 1 } @{ $by->{named} };
	is(join("\n", grep { !$needed{$_} && /$only/ } sort
		keys %named), '',
		'and nothing is named that is noticed');
}
end_scene();
done_testing();
