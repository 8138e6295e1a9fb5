#!/usr/bin/perl
# websites.t - tasks for websites, carried out on a real nginx and PHP.
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
$panel->agent;
my $root = $panel->{root};

sub payload
{
	my ($domain, %more) = @_;

	return { domain => $domain, siteId => FakePanel::uuid(),
		systemUser => 'mp_0123456789ab', plan => 'starter',
		server => 'node', customerName => "O'Brien & Söhne <GmbH>",
		customerEmail => 'client@example.test', php => \0, %more };
}

# ---- it says who it is ----
my $hello = $panel->next_of(qr/register$/);
is($hello->{body}{hostname}, 'node.example.test', 'the node registers');
is_deeply([sort keys %{ $hello->{body} }],
	[qw(agentVersion arch hostname os platform)], 'with the agreed facts');
ok($panel->next_of(qr{agent/heartbeat$}), 'and says that it is alive');

# ---- create ----
my $site = payload('techstartup.example', aliases => ['www.techstartup.example']);
my $id = $site->{siteId};
my $done = $panel->run(website => create => $site);
is($done->{status}, 'success', 'a website is created')
	or diag($done->{errorMessage}, "\n", slurp($panel->{log}));
like($done->{leaseToken}, qr/^lease-/, 'the report bears the lease');
is($done->{result}{documentRoot}, "$root/sites/$id/www",
	'and says where the files are');
my $page = $panel->page('techstartup.example');
is($page->{status}, 200, 'the site answers by its Host header');
like($page->{content}, qr/techstartup\.example/, 'and names its domain');
is($panel->page('www.techstartup.example')->{content}, $page->{content},
	'so does its alias');
is($panel->page('other.example')->{status}, 404,
	'an unknown host gets nothing of it');

is($panel->run(website => create => $site)->{status}, 'success',
	'a repeated task converges');
open my $fh, '>', "$root/sites/$id/www/index.html" or die;
print $fh 'mine';
close $fh;
chmod 0644, "$root/sites/$id/www/index.html";
is($panel->run(website => create => $site)->{status}, 'success',
	'also when the customer has put his own page there');
is($panel->page('techstartup.example')->{content}, 'mine',
	'which is left alone');
is($panel->page('techstartup.example', '/.git/config')->{status}, 404,
	'dot files are not served');

# ---- refusals ----
my $taken = $panel->run(website => create => payload('techstartup.example'));
is($taken->{status}, 'failed', 'a domain of another site is refused');
like($taken->{errorMessage}, qr/another site's name/, 'and says so');
my @bad = (
	[{ domain => "a.test\n}" }, qr/control/],
	[{ domain => '../../etc' }, qr/domain/],
	[{ domain => 'a.test; include /etc/passwd' }, qr/domain/],
	[{ siteId => '../../x' }, qr/siteId/],
	[{ siteId => 7 }, qr/siteId/],
	[{ aliases => ['*.test'] }, qr/aliases/],
	[{ php => 'yes' }, qr/php/],
	[{ domain => undef }, qr/domain/],
	[{ php => \1, phpVersion => '5.2' }, qr/PHP 5\.2 is not on this node/],
	[{ php => \1, phpVersion => '8.2;' }, qr/phpVersion/],
);
for my $i (0 .. $#bad) {
	my ($change, $why) = @{ $bad[$i] };
	my $r = $panel->run(website => create =>
		payload("bad$i.example", %$change));
	is($r->{status}, 'failed', "bad payload $i is refused");
	like($r->{errorMessage}, $why, "bad payload $i: it says why");
}
my $odd = $panel->run(website => explode => payload('odd.example'));
is($odd->{status}, 'failed', 'an unknown verb is refused');
like($odd->{errorMessage}, qr{does not know the task website/explode},
	'by name');

# ---- suspend, unsuspend ----
is($panel->run(website => suspend => $site)->{status}, 'success',
	'a site is suspended');
$page = $panel->page('techstartup.example', '/any/where');
is($page->{status}, 503, 'then it answers 503');
like($page->{content}, qr/suspended/, 'with a page that says so');
is($page->{headers}{'retry-after'}, 3600, 'and Retry-After');
ok(-e "$root/sites/$id/www/index.html", 'its files stay');
is($panel->run(website => unsuspend => $site)->{status}, 'success',
	'it is unsuspended');
is($panel->page('techstartup.example')->{content}, 'mine', 'and is back');

# ---- other names, another plan ----
my %renamed = (%$site, domain => 'renamed.example', aliases => [
	'www.techstartup.example', 'techstartup.example'], plan => 'premium');
is($panel->run(website => configure => {%renamed})->{status}, 'success',
	'a site gets another name');
is($panel->page($_)->{content}, 'mine', "$_ leads to it")
	for qw(renamed.example techstartup.example www.techstartup.example);
like(slurp("$root/sites/$id/conf.json"), qr/"plan":"premium"/,
	'and another plan');
is($panel->run(website => configure => {%renamed, aliases => []})->{status},
	'success', 'what is not asked for');
is($panel->page('techstartup.example')->{status}, 404, 'goes');
$panel->run(website => suspend => $site);
is($panel->run(website => configure => $site)->{status}, 'success',
	'a suspended one is changed, too');
is($panel->page('techstartup.example')->{status}, 503, 'and stays suspended');
$panel->run(website => unsuspend => $site);
is($panel->page('techstartup.example')->{content}, 'mine', 'until it is not');
like($panel->run(website => configure => payload('gone.example'))
	->{errorMessage}, qr/no site/, 'what is not there is not made');
like($panel->run(website => configure => { %{ payload('more.example') },
	siteId => $id, phpVersion => '5.2', php => \1 })->{errorMessage},
	qr/PHP 5\.2 is not on this node/, 'nor what can not be');
my $missing = $panel->run(website => suspend => payload('gone.example'));
like($missing->{errorMessage}, qr/no site/, 'what is not there can\'t be');

# ---- a reload drops no request ----
open $fh, '>', "$root/sites/$id/www/big.bin" or die;
print $fh 'x' x 1_000_000 for 1 .. 8;
close $fh;
chmod 0644, "$root/sites/$id/www/big.bin";
my $slow = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
	PeerPort => $panel->{http}) or die;
print $slow "GET /big.bin HTTP/1.1\r\nHost: techstartup.example\r\n",
	"Connection: close\r\n\r\n";
sysread $slow, my $got, 100_000;
is($panel->run(website => create => payload("more$_.example"))->{status},
	'success', "another site is created while a download runs ($_)")
	for 1 .. 2;
1 while sysread $slow, $got, 1_000_000, length $got;
$got =~ s/^.*?\r\n\r\n//s;
is(length $got, 8_000_000, 'and the download is whole');

# ---- nginx refuses: the old configuration stays ----
my $alien = "$root/nginx/sites/" . FakePanel::uuid() . '.conf';
open $fh, '>', $alien or die;
print $fh "nonsense on;\n";
close $fh;
chmod 0644, $alien;
my $refused = payload('refused.example');
my $r = $panel->run(website => create => $refused);
is($r->{status}, 'failed', 'what nginx -t refuses fails the task');
like($r->{errorMessage}, qr/unknown directive .*nonsense/,
	'with nginx\'s own words');
ok(!-e "$root/nginx/sites/$refused->{siteId}.conf",
	'nothing of it is put in place');
is($panel->page('techstartup.example')->{content}, 'mine',
	'and the other sites answer as before');
unlink $alien;
is($panel->run(website => create => $refused)->{status}, 'success',
	'the same task succeeds when the obstacle is gone');

# ---- PHP ----
SKIP: {
	skip 'PHP-FPM is not installed', 9 unless -x '/usr/sbin/php-fpm8.2';
	my $php = payload('wp-growth.example', php => \1, phpVersion => '8.2');
	my $r = $panel->run(website => create => $php);
	is($r->{status}, 'success', 'a website with PHP is created')
		or diag($r->{errorMessage}, "\n", slurp($panel->{log}));
	my $page = $panel->page('wp-growth.example');
	like($page->{content}, qr/wp-growth\.example/, 'it names its domain');
	like($page->{content}, qr/PHP 8\.2/, 'and PHP made the page');
	open my $fh, '>', "$root/sites/$php->{siteId}/www/x.php" or die;
	print $fh '<?php echo ini_get("open_basedir"), "|",',
		'@file_get_contents("/etc/passwd") === false ? "shut" : "open",',
		'"|", function_exists("exec") ? "exec" : "none",',
		'"|", $_SERVER["HTTP_HOST"];';
	close $fh;
	chmod 0644, "$root/sites/$php->{siteId}/www/x.php";
	is($panel->page('wp-growth.example', '/x.php')->{content},
		"$root/sites/$php->{siteId}/www:"
		. "$root/sites/$php->{siteId}/tmp|shut|none|wp-growth.example",
		'its PHP sees nothing but the site and has no exec()');
	my $second = payload('second-php.example', php => \1);
	is($panel->run(website => create => $second)->{status}, 'success',
		'a second PHP site joins the running FPM');
	is($panel->page('wp-growth.example', '/x.php')->{status}, 200,
		'the first one still answers');
	is($panel->run(website => remove => $second)->{status}, 'success',
		'it is removed');
	is($panel->run(website => remove => $php)->{status}, 'success',
		'and so is the last PHP site');
	isnt($panel->page('wp-growth.example')->{status}, 200, 'it is gone');
}

# ---- its servers are started again ----
my ($nginx) = slurp("$root/nginx/nginx.pid") =~ /(\d+)/;
kill KILL => $nginx;
ok(wait_for(10, sub {
	$panel->page('techstartup.example')->{status} == 200
		&& (slurp("$root/nginx/nginx.pid") =~ /(\d+)/)[0] != $nginx
}), 'nginx is started again when it dies');

# ---- remove ----
is($panel->run(website => remove => $site)->{status}, 'success',
	'a site is removed');
is($panel->page('techstartup.example')->{status}, 404, 'it is gone');
ok(!-e "$root/sites/$id", 'its directory too');
my ($trash) = glob "$root/trash/$id-*";
is(slurp("$trash/www/index.html"), 'mine', 'but its files are in the trash');
is($panel->run(website => remove => $site)->{status}, 'success',
	'removing it again is no error');

# ---- metrics, as agreed ----
$panel->stop_agent;
$panel->agent(metrics_seconds => 1);
my $m = $panel->next_of(qr/metrics$/)->{body};
like($m->{timestamp}, qr/^\d{4}-.*Z$/, 'metrics bear a time');
$m = $m->{metrics};
ok($m->{cpu}{cores} > 0 && defined $m->{cpu}{usage}
	&& $m->{cpu}{usage} <= 100, 'processors');
is_deeply([sort keys %{ $m->{cpu}{load} }], [qw(15min 1min 5min)], 'load');
ok($m->{memory}{total} > $m->{memory}{used} && $m->{memory}{used} > 0
	&& exists $m->{memory}{$_}, "memory: $_")
	for qw(free cached usagePercent swap);
is_deeply([sort keys %{ $m->{disk}{disks}[0] // {} }],
	[qw(free fs mount total usagePercent used)], 'disks')
	if @{ $m->{disk}{disks} };
is_deeply([sort keys %{ $m->{network}{totals} }], [qw(rxBytes txBytes)],
	'network');
ok(defined $m->{connections}, 'connections');

# ---- the end ----
my ($php_master, $again) = (0, slurp("$root/nginx/nginx.pid") =~ /(\d+)/);
my $took = $panel->stop_agent;
ok(defined $took && $took < 5, 'TERM ends it within five seconds');
ok(!kill(0, $again), 'and its nginx with it');
unlike(slurp($panel->{log}), qr/sekrit|lease-/, 'no secret is in its log');
$panel->agent;
ok($panel->page('refused.example')->{status} == 200,
	'sites are there again after a new start');
my ($last) = slurp("$root/nginx/nginx.pid") =~ /(\d+)/;
my $pid = delete $panel->{agent};
kill KILL => $pid;
waitpid $pid, 0;
ok(wait_for(5, sub { !kill 0, $last }),
	'nginx dies with an agent that was killed');
ok(wait_for(5, sub { $panel->page('refused.example')->{status} == 599 }),
	'and so do its workers');
done_testing();
