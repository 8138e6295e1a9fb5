#!/usr/bin/perl
# hostile_panel.t - an agent whose panel answers with every kind of nonsense.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Several nodes at once, each with a panel of its own that gives it some of the
# ill answers and then a good task.  Nearly each ill answer holds a task that
# would be carried out if it stood in a whole and good answer, for a site that
# must never be.
use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use File::Find ();
use FindBin;
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use HostilePanel;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep time);

use constant {
	NODES => 14,
	GROWTH_KIB => 16 * 1024,
	CLAIM => qr/claim$/,
};

my $json = JSON::PP->new->utf8->canonical;
my $dir = scratch();

# Where redirects lead: nobody may come.
my $elsewhere = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 20)
	or die "listen: $!";
my $away = 'http://127.0.0.1:' . $elsewhere->sockport;

# ---- answers ----

my $n_evil = 0;

sub evil_task
{
	my (%change) = @_;
	my $id = FakePanel::uuid();
	my $n = $n_evil++;

	return { id => $id, type => 'website', step => 'create',
		status => 'in_progress', attempt => 1,
		leaseToken => "lease-$id", leaseSeconds => 60,
		payload => { domain => "evil$n.example",
			siteId => FakePanel::uuid(), php => \0 }, %change };
}

sub evil { return $json->encode({ task => evil_task(@_) }) }

# The same as text, altered.
sub altered
{
	my ($from, $to) = @_;
	my $text = evil();

	$text =~ s/$from/$to/ or die "nothing to alter: $from";
	return $text;
}

sub head { return "HTTP/1.1 $_[0] X\r\nContent-Type: application/json\r\n" }

sub whole
{
	my ($status, $body, @headers) = @_;

	return head($status) . join('', map { "$_\r\n" } @headers)
		. 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}

sub chunk { return sprintf "%x\r\n%s\r\n", length $_[0], $_[0] }

my $chunked = head(200) . "Transfer-Encoding: chunked\r\n\r\n";
my $page = '<!DOCTYPE html><title>Back soon</title><p>Maintenance.';

# Not a whole answer, or none: name, bytes, end.
my @broken = (
	['a closed connection', ''],
	['a reset connection', '', 'reset'],
	['another protocol', "SSH-2.0-OpenSSH_9.2\r\n"],
	['bytes', join '', map { chr $_ * 7 % 256 } 1 .. 3000],
	['half a status line', 'HTTP/1.'],
	['half the headers', head(200) . 'Content-Len', 'reset'],
	['headers alone', head(200) . "Content-Length: 500\r\n\r\n"],
	['a body that ends too soon', head(200)
		. "Content-Length: 5000\r\n\r\n" . evil()],
	['a body that is reset', head(200)
		. "Content-Length: 5000\r\n\r\n" . evil(), 'reset'],
	['chunks without their last', $chunked . chunk(evil())],
	['a chunk of a wrong size', $chunked . "zz\r\n" . evil()],
	['a length below zero', head(200) . "Content-Length: -1\r\n\r\n"
		. evil()],
	['two lengths', head(200) . "Content-Length: 7\r\nContent-Length: 9"
		. "\r\n\r\n" . evil()],
);
my @endless = (
	['headers', head(200), "X-Flood: aaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"],
	['a body with a length', head(200)
		. "Content-Length: 99999999999\r\n\r\n", 'x'],
	['a body without a length', head(200) . "\r\n", ' '],
	['chunks', $chunked, chunk('[' x 1000)],
);
my @statuses = (
	(map { ["a redirect $_ to another place",
		whole($_, evil(), "Location: $away/api") ] }
		301, 302, 303, 307, 308),
	['a redirect to a file', whole(302, evil(), 'Location: file:///etc/passwd')],
	(map { ["a status of $_", whole($_, evil())] }
		400, 401, 403, 404, 409, 410, 429, 500, 501, 502, 503),
	(map { ["a wait of $_", whole(503, evil(), "Retry-After: $_")] }
		'-1', 'soon', '999999999999999999999'),
);
my @babble = (
	['a page', whole(200, $page)],
	['a page where there is nothing', "HTTP/1.1 200 OK\r\n\r\n$page"],
	['no body', whole(200, '')],
	['nothing', "HTTP/1.1 204 No\r\n\r\n"],
	['half of it', whole(200, substr evil(), 0, 150)],
	['two of it', whole(200, evil() . evil())],
	['more than it takes', whole(200, evil() . ' ' x 1_200_000)],
	['a byte order mark', whole(200, "\xef\xbb\xbf" . evil())],
	['another encoding', whole(200, altered(qr/website/, "webs\xfcte"))],
	['a NUL', whole(200, altered(qr/website/, "website\\u0000"))],
	['deep nesting', whole(200, '{"task":' x 100_000)],
	['nesting in the payload', whole(200, altered(qr/"php":false/,
		'"php":' . '[' x 40 . ']' x 40))],
	['two tasks of one name', whole(200, altered(qr/\}$/,
		',"task":null}'))],
	['two ids', whole(200, altered(qr/"id":/, '"id":"x","id":'))],
	['two domains', whole(200, altered(qr/"domain":/,
		'"domain":"two.example","domain":'))],
	['an array around it', whole(200, '[' . evil() . ']')],
	['a list of tasks', whole(200,
		$json->encode({ task => [evil_task()] }))],
	(map { ["a task that is $_", whole(200, qq({"task":$_}))] }
		'7', '"x"', 'true', '{}'),
);
my $uuid = qr/"id":"[^"]*"/;
my @tasks = (
	(map { ["the id $_", whole(200, altered($uuid, qq("id":"$_")))] }
		'../../agent/enroll', '/etc/passwd', '', '.', 'x',
		'0190A0B0-0000-7000-8000-000000000000',
		'0190a0b0-0000-7000-8000-000000000000/../../x',
		'0190a0b0-0000-7000-8000-00000000000\n',
		'0190a0b0-0000-7000-8000-000000000000?x'),
	['an id that is a number', whole(200, altered($uuid, '"id":7'))],
	['no id', whole(200, altered($uuid, '"di":"x"'))],
	['a lease that is none', whole(200, evil(leaseToken => undef))],
	['a lease that is a list', whole(200, evil(leaseToken => ['x']))],
	['a lease of a thousand letters', whole(200,
		evil(leaseToken => 'x' x 1000))],
	(map { ["$_ seconds", whole(200, altered(qr/"leaseSeconds":60/,
		qq("leaseSeconds":$_)))] } '0', '-60', '1e30', '"60"'),
);
# These have an id and a lease, so the panel hears of them.
my @failing = (
	[type => 'shell'], [type => '../website'], [type => ['website']],
	[step => 'explode'], [step => undef], [step => "create\nx"],
	[payload => []], [payload => 'rm -rf /'], [payload => undef],
	[payload => { domain => 'evil.example' }],
	[payload => { domain => 'evil.example', siteId => '../../../x' }],
	[payload => { domain => ['evil.example'],
		siteId => FakePanel::uuid() }],
);
# To the report of a good task; after each it must be made again.
my @deaf = (
	['no answer', ''],
	['a reset connection', '', 'reset'],
	['half the headers', "HTTP/1.1 200 OK\r\nContent-", 'reset'],
	['half a body', head(200) . "Content-Length: 50\r\n\r\n{\"succ"],
	['bytes', "\1\2\3\4\xff"],
	['a page', whole(200, $page)],
	['an empty 200', whole(200, '')],
	['an array', whole(200, '[]')],
	['a redirect', whole(302, '{}', "Location: $away/x")],
	(map { ["a status of $_", whole($_, '{}')] } 401, 403, 500, 503),
	['a status of 429', whole(429, '{}', 'Retry-After: 2')],
);

# ---- the nodes ----

my @panels = map {
	mkdir "$dir/$_" or die "mkdir: $!";
	HostilePanel->new("$dir/$_");
} 0 .. NODES - 1;
my (%wrong, %want);

# The first two have no time for more than to be kept waiting.
my $next = 0;
sub deal
{
	my ($on, $name, $text, %more) = @_;

	$panels[2 + $next++ % (NODES - 2)]->ill($on, $name, text => $text,
		%more);
	$wrong{$name} = 'it was not asked for';
}

deal(CLAIM, $_->[0], $_->[1], end => $_->[2]) for @broken;
deal(CLAIM, "$_->[0] without end", $_->[1], end => 'flood', more => $_->[2])
	for @endless;
deal(CLAIM, @$_) for @statuses, @babble, @tasks;
for my $change (@failing) {
	my $task = evil_task(@$change);

	$want{ $task->{id} } = 'failed';
	deal(CLAIM, "the $change->[0] " . $json->allow_nonref->encode(
		$change->[1]), whole(200, $json->encode({ task => $task })));
}
$panels[0]->ill(CLAIM, 'headers that drip', text => head(200), end => 'drip');
$panels[1]->ill(CLAIM, 'a body that drips', text => head(200)
	. 'Content-Length: ' . length(evil()) . "\r\n\r\n" . evil(),
	end => 'drip');
$wrong{$_} = 'it was not asked for'
	for 'headers that drip', 'a body that drips';

sub good { return { domain => $_[0], siteId => FakePanel::uuid(), php => \0 } }

for my $i (0 .. $#panels) {
	my $panel = $panels[$i];

	$panel->{site} = good("good$i.example");
	$panel->{good} = $panel->task(website => create => $panel->{site});
	$want{ $panel->{good} } = 'success';
}
my $busy;
for my $i (0 .. $#deaf) {
	my $panel = $panels[2 + $i % (NODES - 2)];

	$panel->ill(qr{\Q$panel->{good}\E/complete$}, "$deaf[$i][0], reported",
		text => $deaf[$i][1], end => $deaf[$i][2]);
	$wrong{"$deaf[$i][0], reported"} = 'it was not reported';
	$busy = [$panel, $panel->{deaf} // 0] if $deaf[$i][0] =~ /429/;
	$panel->{deaf}++;
}

# What a node has to say of a backup is not said to a page of maintenance.
my $note = $json->encode({ siteId => FakePanel::uuid(), fileName => 'x' });
my $talker = $panels[2];
mkdir $_ or die "$_: $!" for "$dir/2/node", "$dir/2/node/state";
chmod 0700, "$dir/2/node/state";
FakePanel::put("$dir/2/node/state/notes.jsonl", "$note\n");
chmod 0600, "$dir/2/node/state/notes.jsonl";
if ($> == 0) {
	chown +(getpwnam 'nobody')[2, 3], $_ for "$dir/2/node",
		"$dir/2/node/state", "$dir/2/node/state/notes.jsonl";
}
for (['a page', whole(200, $page)],
	['a redirect', whole(302, '{}', "Location: $away/x")]) {
	$talker->ill(qr{agent/heartbeat$}, "$_->[0] for a heartbeat",
		text => $_->[1]);
	$wrong{"$_->[0] for a heartbeat"} = 'it was not asked for';
}

# ---- what must not change ----

# Beside the nodes: path => what it is.
sub surroundings
{
	my %is;

	File::Find::find({ no_chdir => 1, wanted => sub {
		$File::Find::prune = 1, return
			if m{/(?:node|ills|queue)$};
		return if m{/(?:journal|agent\.log)$};
		my @s = lstat;
		$is{$_} = sprintf '%o %d %d %s', @s[2, 4, 5],
			-f _ ? md5_hex(slurp($_)) : '';
	} }, $dir);
	return \%is;
}

mkdir "$dir/beside" or die;
FakePanel::put("$dir/beside/file", "not the agent's\n");

# The child of the agent that speaks to the panel.
sub puller_of
{
	my ($panel) = @_;
	my $pid = $panel->{agent};

	for my $child (split ' ', slurp("/proc/$pid/task/$pid/children")) {
		return $child if (eval { slurp("/proc/$child/comm") } // '')
			=~ /^mpanel-agent/;
	}
	return 0;
}

sub peak_kib
{
	my ($pid) = @_;

	return ((eval { slurp("/proc/$pid/status") } // '')
		=~ /^VmHWM:\s*(\d+)/m)[0] // 0;
}

# ---- all at once ----

$_->launch_agent(heartbeat_seconds => 1) for @panels;
$_->await_agent for @panels;
my $before = surroundings();
for my $panel (@panels) {
	$panel->{puller} = puller_of($panel);
	$panel->{peak} = peak_kib($panel->{puller});
	$panel->{left} = [$panel->ills];
}
# What is gone by now was asked for before we looked.
my %left = map { $_ => 1 } map { @{ $_->{left} } } @panels;
$left{$_} or $wrong{$_} = '' for keys %wrong;

sub taken
{
	my ($panel) = @_;

	return !$panel->ills && !-e "$panel->{root}/state/report.json"
		&& $panel->requests(qr{\Q$panel->{good}\E/complete$});
}

# Blame an answer for what is so when it has been given.
sub look
{
	my ($panel) = @_;
	my %still = map { $_ => 1 } my @still = $panel->ills;
	my @given = grep { !$still{$_} } @{ $panel->{left} };
	my $peak = peak_kib($panel->{puller});

	return unless @given;
	$panel->{left} = \@still;
	for my $name (@given) {
		my $now = puller_of($panel);
		$wrong{$name} = $now != $panel->{puller} ? 'the agent died'
			: $peak > $panel->{peak} + GROWTH_KIB
			? "it has grown to $peak KiB" : '';
		$panel->{puller} = $now;
	}
}

my $begun = time;
my $done = wait_for(60, sub {
	sleep 0.2;
	look($_) for @panels;
	return !grep { $_->ills || !taken($_) } @panels;
});
look($_) for @panels;
ok($done, 'every node does its good task after all')
	or diag(join "\n", map { slurp($_->{log}) =~ s/^.*"info".*\n//mgr }
		grep { !taken($_) } @panels);
diag(sprintf '%d ill answers, %.1f s', scalar keys %wrong, time - $begun);
is($wrong{$_}, '', "$_: the agent lives, stays small and asks again")
	for sort keys %wrong;

# ---- what came of it ----

my (%outcome, @other, @odd);
for my $panel (@panels) {
	my $path = qr{^/api/(?:agent/(?:register|heartbeat|metrics)
		|worker/tasks/(?:claim|[0-9a-f-]{36}/(?:heartbeat|complete)))$}x;
	push @odd, map { $_->{path} } grep { $_->{path} !~ $path }
		$panel->requests(qr/./);
	for my $r ($panel->requests(qr/complete$/)) {
		my ($id) = $r->{path} =~ m{([^/]+)/complete$};
		push @other, "$id changes its mind" if defined $outcome{$id}
			&& $outcome{$id} ne $json->encode($r->{body});
		$outcome{$id} = $json->encode($r->{body});
	}
}
is_deeply(\@odd, [], 'nothing but the agreed addresses is called');
is_deeply({ map { $_ => $json->decode($outcome{$_})->{status} }
	keys %outcome }, \%want, 'only well-formed tasks are answered for');
is_deeply(\@other, [], 'always in the same words');
ok(!IO::Select->new($elsewhere)->can_read(0), 'no redirect is followed');
for my $i (0 .. $#panels) {
	my $panel = $panels[$i];
	my $log = slurp($panel->{log});
	my $times = sub { scalar(() = $log =~ /"$_[0]".*\Q$panel->{good}\E/g) };
	my @reports = $panel->requests(qr{\Q$panel->{good}\E/complete$});

	is(scalar @reports, 1 + ($panel->{deaf} // 0),
		"node $i: the outcome is told until it is heard");
	is($times->('task_claimed') . $times->('task_done'), 11,
		"node $i: it was claimed and carried out once");
	is_deeply([map { s{.*/}{}r } glob "$panel->{root}/sites/*"],
		[$panel->{site}{siteId}], "node $i: its site is there alone");
	is_deeply([map { s{.*/}{}r } glob "$panel->{root}/nginx/sites/*"],
		["$panel->{site}{siteId}.conf"], "node $i: in nginx, too");
	is($panel->page($panel->{site}{domain})->{status}, 200,
		"node $i: and answers");
	unlike($log, qr/sekrit|lease-/, "node $i: no secret is in its log");
}
my @told = grep { ($_->{body}{backups}[0]{siteId} // '')
	eq $json->decode($note)->{siteId} } $talker->requests(qr{agent/heartbeat$});
is(scalar @told, 3, 'a note is told until it is heard');

my ($panel, $n) = @$busy;
my @at = map { $_->{at} }
	$panel->requests(qr{\Q$panel->{good}\E/complete$});
cmp_ok($at[$n + 1] - $at[$n], '>=', 2,
	'a panel is left alone for as long as it asks');
is_deeply(surroundings(), $before, 'nothing beside the nodes has changed');

# ---- told to stop while it waits ----

$panels[0]->ill(CLAIM, 'again', text => head(200), end => 'drip');
ok(wait_for(10, sub { !$panels[0]->ills }), 'a panel drips');
my $took = $panels[0]->stop_agent;
ok(defined $took && $took < 5, 'the agent stops in time all the same');
kill TERM => grep { defined } map { $_->{agent} } @panels;
done_testing();
