#!/usr/bin/perl
# reports.t - outcomes reach the panel once, whatever the line does.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use FakePanel;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch();
my $panel = FakePanel->new($dir);
# An nginx that thinks for a while when it is asked about a configuration.
FakePanel::put("$dir/nginx", <<'SH');
#!/bin/sh
case $1 in
-t) [ ! -e "${0%/*}/slow" ] || /bin/sleep 3 ;;
esac
exec /usr/sbin/nginx "$@"
SH
chmod 0755, "$dir/nginx";
my %set = (nginx => "$dir/nginx");
$panel->agent(%set);
my $pending = "$panel->{root}/state/report.json";

sub site
{
	return { domain => $_[0], siteId => FakePanel::uuid(), php => \0 };
}

sub slow
{
	my ($yes) = @_;

	FakePanel::put("$dir/slow", '') if $yes;
	unlink "$dir/slow" unless $yes;
}

sub reports { return $panel->requests(qr/complete$/) }

# ---- the answer is lost ----
$panel->mode('drop');
$panel->task(website => create => site('lost.example'));
ok(wait_for(20, sub { reports() >= 2 }),
	'a report without an answer is repeated');
ok(-s $pending, 'it is kept on disk meanwhile');
is((stat $pending)[2] & 07777, 0600, 'for nobody else');
$panel->mode('');
ok(wait_for(20, sub { !-e $pending }), 'until it is taken');
my @all = reports();
is_deeply([map { $_->{body} } @all[1 .. $#all]],
	[map { $all[0]{body} } 1 .. $#all], 'it is the same each time');
is($all[0]{body}{status}, 'success', 'a success');
$panel->{next}{qr/complete$/} = @all;

# ---- the panel is away, and the agent starts again ----
slow(1);
$panel->task(website => create => site('away.example'));
ok(wait_for(10, sub { slurp($panel->{log}) =~ /task_claimed.*\n.*task_claimed/s }),
	'a task is claimed');
$panel->stop;
ok(wait_for(20, sub { -s $pending }), 'it is done without the panel');
slow(0);
my $took = $panel->stop_agent;
ok(defined $took && $took < 5, 'the agent stops in time');
my $n = reports();
$panel->start;
$panel->agent(%set);
my $r = $panel->outcome;
is($r->{status}, 'success', 'a new agent reports the old one\'s outcome');
is(scalar reports(), $n + 1, 'once');
ok(wait_for(5, sub { !-e $pending }), 'and forgets it');

# ---- the task was lost ----
$panel->mode('conflict');
$n = reports();
$panel->task(website => create => site('late.example'));
ok(wait_for(20, sub { reports() > $n }), 'a report');
sleep 2.5;
is(scalar reports(), $n + 1, 'that is answered 409 is not repeated');
ok(!-e $pending, 'and forgotten');
$panel->mode('');
$panel->{next}{qr/complete$/} = reports();
is($panel->run(website => create => site('next.example'))->{status},
	'success', 'the next task is done as ever');

# ---- the lease: kept alive, and lost ----
slow(1);
my $id = $panel->task(website => create => site('long.example'),
	leaseSeconds => 3);
is($panel->outcome->{status}, 'success', 'a long task is done');
my @beats = $panel->requests(qr{tasks/$id/heartbeat$});
ok(@beats >= 2, 'with signs of life (' . @beats . ')');
is($beats[0]{body}{leaseToken}, "lease-$id", 'that bear its lease');
ok($beats[0]{body}{progress} >= 10 && $beats[0]{body}{progress} < 100,
	'and how far it is');
$panel->mode('lost');
$n = reports();
$id = $panel->task(website => create => site('gone.example'),
	leaseSeconds => 3);
ok(wait_for(20, sub { $panel->requests(qr{tasks/$id/heartbeat$}) >= 1 }),
	'a lease is lost');
ok(wait_for(10, sub { slurp($panel->{log}) =~ /task_done.*$id/ }),
	'the work ends');
sleep 1.5;
is(scalar reports(), $n, 'and nobody hears of it');
$panel->mode('');
slow(0);

# ---- a panel under load ----
$panel->mode('busy');
my $begun = time;
my $calls = $panel->requests(qr/./);
sleep 4;
my $more = $panel->requests(qr/./) - $calls;
ok($more >= 1 && $more <= 12, "an overloaded panel is not pressed ($more)");
$panel->mode('');
is($panel->run(website => create => site('after.example'))->{status},
	'success', 'and work goes on afterwards');

# ---- its parts die ----
my ($puller) = slurp($panel->{log}) =~ /.*"agent-puller","pid":(\d+)/s;
ok($puller && $puller != $panel->{agent}, 'the puller is a process apart');
kill KILL => $puller;
# What it had asked for when it died may be answered into nowhere: a task that
# a panel gives away like that comes back when its lease ends, and this panel
# knows no leases.
ok(wait_for(20, sub {
	my ($next) = slurp($panel->{log}) =~ /.*"agent-puller","pid":(\d+)/s;
	$next != $puller
}), 'another takes its place');
my $asked = $panel->requests(qr/claim$/);
wait_for(20, sub { $panel->requests(qr/claim$/) > $asked + 1 });
is($panel->run(website => create => site('still.example'))->{status},
	'success', 'a puller that dies is started again');
is($panel->page('still.example')->{status}, 200, 'its site answers');
my $second = spawn("$dir/second.log", FakePanel::binary(), '--config',
	"$dir/agent.conf", '--root', $panel->{root}, '--http-port',
	free_port(), 'run');
ok(wait_for(5, sub {
	-e "$dir/second.log" && slurp("$dir/second.log") =~ /another/
}), 'a second agent in the same directory is refused');
stop_process($second);

# ---- stopped in the middle ----
slow(1);
$n = reports();
$panel->task(website => create => site('cut.example'));
sleep 2;
slow(0);
$took = $panel->stop_agent;
ok(defined $took && $took < 5, "it stops within five seconds ($took)");
$panel->agent(%set);
is($panel->run(website => create => site('again.example'))->{status},
	'success', 'and starts again');
done_testing();
