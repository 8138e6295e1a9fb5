#!/usr/bin/perl
# usage.t - what sites use is measured: each byte sent is counted once, whatever
# happens to the agent, to nginx and to the log; and the disk as du says.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use FakePanel;
use JSON::PP ();
use MPanel::Test;
use POSIX qw(strftime);
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = scratch();
my $panel = FakePanel->new($dir);
my %set = (measure_seconds => 1, measure_disk_seconds => 1,
	heartbeat_seconds => 1);
$panel->agent(%set);
my $root = $panel->{root};
my ($php, $plain) = map { { domain => $_, siteId => FakePanel::uuid(),
	php => $_ eq 'php.example' ? \1 : \0 } } qw(php.example plain.example);
is($panel->run(website => create => $_)->{status}, 'success',
	"$_->{domain} is made") for $php, $plain;
my $www = "$root/sites/$php->{siteId}/www";
my $usage = "$root/usage";

sub today { return strftime('%Y-%m-%d', gmtime) }

sub write_file
{
	my ($path, $text) = @_;

	open my $fh, '>', $path or die "$path: $!";
	print $fh $text;
	close $fh or die "$path: $!";
	chmod 0644, $path;
}

# The newest row that the panel was told of a site and a day.
sub told
{
	my ($site, $day) = @_;
	my ($row) = grep { $_->{siteId} eq $site->{siteId}
		&& $_->{day} eq ($day // today()) }
		map { reverse @{ $_->{body}{usage} // [] } }
		reverse $panel->requests(qr{agent/heartbeat$});

	return $row // {};
}

# How many bytes it really was, by what came.
my %sent = map { $_->{siteId} => 0 } $php, $plain;
sub fetch
{
	my ($site, $path, $times) = @_;
	my $until = time + 20;

	# An answer that PHP is not back yet has bytes, too.
	for (my $n = $times // 1; $n > 0;) {
		my $got = raw_http($panel->{http}, "GET $path HTTP/1.1\r\n"
			. "Host: $site->{domain}\r\nConnection: close\r\n\r\n");
		$sent{ $site->{siteId} } += length $got;
		if ($got =~ m{^HTTP/1\.1 200 }) {
			$n--;
			next;
		}
		die "$path: $got" if time > $until;
		sleep 0.2;
	}
}

# What the agent has sent by looking is not ours to know: it is where we begin.
my %base;
sub settle
{
	my ($site) = @_;
	my $was = -1;

	wait_for(15, sub {
		my $now = told($site)->{sentBytes} // -1;
		my $same = $now >= 0 && $now == $was;
		$was = $now;
		sleep 2 unless $same;
		return $same;
	}) or diag("$site->{domain} is not told");
	return $was;
}

sub exact
{
	my ($name) = @_;

	for my $site ($php, $plain) {
		my $due = $base{ $site->{siteId} } + $sent{ $site->{siteId} };
		my $ok = wait_for(20, sub {
			(told($site)->{sentBytes} // -1) == $due });

		ok($ok, "$site->{domain} is exact $name")
			or diag('told ', told($site)->{sentBytes} // 'nothing',
				", sent $due");
	}
}

sub kill_agent
{
	kill KILL => $panel->{agent};
	$panel->stop_agent;
	$panel->agent(%set);
}

write_file("$www/index.php", '<?php echo str_repeat("x", 70000);');
write_file("$www/small.txt", 'y' x 1234);
write_file("$root/sites/$plain->{siteId}/www/index.html", 'z' x 50_000);
$base{ $_->{siteId} } = settle($_) for $php, $plain;

# A test that counts by the day does not run over midnight.
sleep 61 if time % 86400 > 86400 - 60;

# ---- each byte once ----
fetch($php, '/', 20);
fetch($php, '/small.txt', 30);
fetch($plain, '/', 10);
exact('after some requests');

# ---- the log is renamed: by somebody else, and by the agent itself ----
fetch($plain, '/', 3);
rename "$usage/traffic.log", "$usage/traffic.log.1" or die;
fetch($plain, '/', 3); # still written into the renamed one
ok(wait_for(15, sub { -e "$usage/traffic.log" }), 'nginx opens a new log');
fetch($plain, '/', 3);
exact('after a rename');

# ---- copied and emptied ----
fetch($php, '/small.txt', 5);
exact('before the log is emptied');
write_file("$usage/traffic.log.2", slurp("$usage/traffic.log"));
sleep 2.5; # the copy is looked at beside what it is of
truncate "$usage/traffic.log", 0 or die;
sleep 2.5;
fetch($php, '/small.txt', 5);
exact('after the log was copied and emptied');

# ---- the agent is killed, again and again ----
for my $round (1 .. 3) {
	fetch($php, '/', 5);
	fetch($plain, '/', 5);
	sleep rand 1.5; # somewhere in its work
	kill_agent();
}
exact('after the agent was killed');
ok(defined $panel->stop_agent, 'it stops');
$panel->agent(%set);
fetch($plain, '/', 2);
exact('after it was stopped and started');

# ---- nginx is killed ----
my $nginx = slurp("$root/nginx/nginx.pid") + 0;
fetch($plain, '/', 2);
kill KILL => $nginx;
ok(wait_for(15, sub { $panel->page('nosuch.test')->{status} == 404
	&& slurp("$root/nginx/nginx.pid") != $nginx }), 'nginx is back');
fetch($plain, '/', 2);
exact('after nginx was killed');

# ---- the panel is away ----
$panel->stop;
fetch($php, '/small.txt', 7);
sleep 2;
ok(defined $panel->stop_agent, 'the agent stops without a panel');
$panel->start;
$panel->agent(%set);
exact('after the panel was away');

# ---- lines that are none ----
open my $log, '>>', "$usage/traffic.log" or die;
print $log "nonsense\n$php->{siteId} 99999999999999.0 5\n",
	"$php->{siteId} x 5\n../../etc 1.0 7\n", "\0" x 50, "\n",
	'q' x 700_000, "\n";
close $log;
fetch($php, '/small.txt', 2);
exact('beside lines that are none');

# ---- yesterday's log ----
ok(defined $panel->stop_agent, 'it stops');
my $yesterday = strftime('%Y-%m-%d', gmtime(time - 86400));
my $then = int(time / 86400) * 86400 - 3600;
unlink glob "$usage/traffic.log*";
my %state = %{ JSON::PP->new->decode(slurp("$usage/traffic.json")) };
write_file("$usage/traffic.json", JSON::PP->new->encode({ %state,
	since => $yesterday, logs => [] }));
write_file("$usage/traffic.log", "$php->{siteId} $then.500 4321\n" x 3);
chown((stat "$root/sites")[4, 5], "$usage/traffic.log", "$usage/traffic.json");
$panel->agent(%set);
ok(wait_for(15, sub { (told($php, $yesterday)->{sentBytes} // 0) == 12963 }),
	'a line of yesterday is yesterday\'s');
ok(!exists told($php, $yesterday)->{diskBytes},
	'of which nothing is said of the disk');
ok(wait_for(15, sub { () = glob "$usage/traffic.log.2*Z" }),
	'and its log makes room for a new one');
ok(wait_for(15, sub { -e "$usage/traffic.log" }), 'which nginx opens');
fetch($php, '/', 3);
fetch($plain, '/', 3);
exact('after a rotation of the agent\'s own');

# ---- an old log goes, and is not counted again ----
my ($old) = glob "$usage/traffic.log.2*Z";
my $ago = time - 2 * 86400;
utime $ago, $ago, $old;
ok(wait_for(15, sub { !-e $old }), 'a log that was read is removed later');
exact('after that');

# ---- what was counted is lost ----
ok(defined $panel->stop_agent, 'it stops');
write_file("$usage/traffic.json", '{"since":');
chown((stat "$root/sites")[4, 5], "$usage/traffic.json");
unlink "$dir/journal";
$panel->agent(%set);
ok(wait_for(15, sub { slurp($panel->{log}) =~ /traffic_damaged/ }),
	'a damaged file is said');
ok(wait_for(15, sub { told($php)->{day} }), 'and the day is counted anew');
is(told($php, $yesterday)->{day}, undef, 'of days before it nothing is said');

# ---- the disk ----
write_file("$www/a file", 'a' x 300_000);
mkdir "$www/deep";
mkdir "$www/deep/er";
write_file("$www/deep/er/b", 'b' x 5000);
link "$www/deep/er/b", "$www/linked$_" or die for 1 .. 3;
symlink '/etc', "$www/etc" or die;
symlink 'x' x 200, "$www/long" or die;
open my $sparse, '>', "$www/sparse" or die;
truncate $sparse, 50_000_000;
close $sparse;
my ($of, $to) = (stat "$root/sites")[4, 5];
system('chown', '-hR', "$of:$to", $www) if $> == 0;
my $site = "$root/sites/$php->{siteId}";
my $du = (split ' ', qx{du -sc -B1 '$site/www' '$site/tmp' | tail -1})[0];
my $files = qx{find '$site/www' '$site/tmp' ! -type d -printf '%i\\n' | sort -u | wc -l} + 0;
ok(wait_for(20, sub { (told($php)->{diskBytes} // -1) == $du }),
	'the disk is what du says')
	or diag(told($php)->{diskBytes} // 'nothing', " for $du");
is(told($php)->{files}, $files, 'with so many files');
cmp_ok($du, '<', 10_000_000, 'a hole is no room that is taken');

# What somebody else owns there is not the site's.
SKIP: {
	skip 'only root gives files to others', 1 if $> != 0;
	write_file("$www/of root", 'o' x 400_000);
	write_file("$www/of the site", 's' x 100_000);
	chown $of, $to, "$www/of the site" or die;
	$du = (split ' ', qx{du -sc -B1 '$site/www' '$site/tmp' | tail -1})[0]
		- (stat "$www/of root")[12] * 512;
	ok(wait_for(20, sub { (told($php)->{diskBytes} // -1) == $du }),
		'what others own is not counted')
		or diag(told($php)->{diskBytes} // 'nothing', " for $du");
}

# Too deep to be backed up: not measured, and nobody else waits for it.
my $down = $www;
for (1 .. 110) {
	$down .= '/d';
	mkdir $down or die;
}
system('chown', '-R', "$of:$to", "$www/d") if $> == 0;
ok(wait_for(20, sub { slurp($panel->{log}) =~ /disk_unknown.*$php->{siteId}/ }),
	'what is too deep is said to be unknown');
write_file("$root/sites/$plain->{siteId}/www/more", 'm' x 100_000);
system('chown', '-R', "$of:$to", "$root/sites/$plain->{siteId}/www")
	if $> == 0;
my $other = "$root/sites/$plain->{siteId}";
$du = (split ' ', qx{du -sc -B1 '$other/www' '$other/tmp' | tail -1})[0];
ok(wait_for(20, sub { (told($plain)->{diskBytes} // -1) == $du }),
	'while another site is measured')
	or diag(told($plain)->{diskBytes} // 'nothing', " for $du");

# ---- a puller that forgot is told afresh ----
unlink "$dir/journal";
kill_agent();
ok(wait_for(20, sub { defined told($plain)->{sentBytes} }),
	'a new one is told all that is known');
ok(defined $panel->stop_agent, 'it stops');
is(scalar(grep { /_odd|_refused|measure_failed/ }
	split /\n/, slurp($panel->{log})), 0, 'nothing was refused');
done_testing();
