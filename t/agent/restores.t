#!/usr/bin/perl
# restores.t - a site gets back what its archive has, and from no other.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# A real agent with real servers; hostile archives lie where the site's own do,
# with the hash that the panel would tell, so that only their content is wrong.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use File::Find ();
use FindBin;
use JSON::PP ();
use POSIX ();
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use FakePanel;
use MPanel::Test;
use RawTar;
use Test::More;

my $dir = scratch();
my $panel = FakePanel->new($dir);
$panel->agent(housekeep_seconds => 1, restore_max_mb => 8);
my $root = $panel->{root};
my @owner = (stat $root)[4, 5];
my $id = FakePanel::uuid();
my $other = FakePanel::uuid();
my %site = (domain => 'shop.example', siteId => $id, php => \0,
	retentionDays => 30);
my $www = "$root/sites/$id/www";
my $store = "$root/backups/$id";

sub put
{
	my ($file, $text, $mode, $time) = @_;

	open my $fh, '>:raw', $file or die "$file: $!";
	print $fh $text;
	close $fh;
	chmod $mode // 0644, $file;
	chown @owner, $file if $> == 0;
	utime $time, $time, $file if $time;
}

sub make_dir
{
	my ($path, $mode) = @_;

	mkdir $path or die "$path: $!";
	chown @owner, $path if $> == 0;
	chmod $mode, $path;
}

# A line per file below: mode, owner, size, time and content.
sub look
{
	my ($top, @except) = @_;
	my @lines;

	File::Find::find({ no_chdir => 1, wanted => sub {
		my $path = $_;
		if (grep { $path eq $_ } @except) {
			$File::Find::prune = 1;
			return;
		}
		my @st = lstat $path;
		my $text = -l $path ? readlink $path : -f _ ? slurp($path) : '';
		push @lines, join ' ', substr($path, length $top),
			sprintf('%o', $st[2]), @st[4, 5],
			-d _ ? '' : "$st[7] $st[9]", sha256_hex($text);
	} }, $top);
	return join "\n", sort @lines;
}

sub restore
{
	my (%more) = @_;

	return $panel->run(website => restore => { %site,
		restoreId => FakePanel::uuid(), %more });
}

# ---- a site, its archive, and what has come since ----
is($panel->run(website => create => \%site)->{status}, 'success', 'a site');
is($panel->run(website => create => { %site, siteId => $other,
	domain => 'other.example' })->{status}, 'success', 'and another one');
put("$www/index.html", 'before', 0640, 1700000000);
make_dir("$www/sub dir", 02750);
put("$www/sub dir/\xc3\xa4 \\ odd\nname", 'odd', 0644, 1600000000);
put("$www/sub dir/big.bin", join('', map { pack 'N', $_ * 2654435761 % 2**32 }
	1 .. 150_000), 0600, 1650000000);
put("$www/sub dir/run.sh", '', 0755, 1500000000);
make_dir("$www/empty", 02700);
my $old = look($www);
my $done = $panel->run(backup => create => \%site);
is($done->{status}, 'success', 'an archive is made') or diag($done->{errorMessage});
my $sha = $done->{result}{sha256};
my ($name) = $done->{result}{archive} =~ m{([^/]+)$};
put("$www/index.html", 'defaced', 0644);
unlink "$www/sub dir/run.sh";
symlink '/etc/passwd', "$www/passwd" or die;
make_dir("$www/late", 02755);
put("$www/late/order.txt", 'came since', 0600);
my $new = look($www);
sleep 1; # the agent's own files have settled
# The site's log is written by its visitors.
my @beside = ("$root/sites/$id", "$root/state", "$root/usage",
	"$root/nginx/nginx.pid",
	"$root/nginx/error.log", "$root/nginx/tmp");
my $guard = look($root, @beside);

# ---- in place ----
my $wish = FakePanel::uuid();
$done = restore(archive => $name, sha256 => $sha, restoreId => $wish);
is($done->{status}, 'success', 'it is restored')
	or diag($done->{errorMessage}, slurp($panel->{log}));
my $r = $done->{result};
is_deeply([sort keys %$r], [qw(archive domain files fresh keptUntil php replaced
	restoredAt siteId suspended)], 'its result has its members');
is($r->{files}, 4, 'and says how many files');
is(look($www), $old, 'the tree is as it was, byte for byte, with modes and times');
is($panel->page('shop.example')->{content}, 'before', 'visitors see it');
is((stat $www)[2] & 07777, 02750, 'for the web server and its owner alone');
my $kept = "$root/sites/$id/replaced/$r->{replaced}";
is(look($kept), $new, 'what was there is kept as it was');
is((stat "$root/sites/$id/replaced")[2] & 07777, 0700,
	'where only the executor gets in');
for my $path ('/replaced/', "/../replaced/$r->{replaced}/index.html",
	"/..%2freplaced/$r->{replaced}/index.html", '/restored.json',
	'/../restored.json') {
	isnt($panel->page('shop.example', $path)->{status}, 200,
		"$path is not served");
}
ok(!-e "$root/sites/$id/restore", 'nothing else is left');
is(look($root, @beside), $guard, 'nothing beside the site has changed');

# ---- once ----
put("$www/index.html", 'worked on since', 0640);
$done = restore(archive => $name, sha256 => $sha, restoreId => $wish);
is($done->{status}, 'success', 'the same wish again succeeds');
is_deeply($done->{result}, $r, 'with the same answer');
is(slurp("$www/index.html"), 'worked on since', 'and changes nothing');

# ---- seven days ----
sub stamp { return POSIX::strftime('%Y%m%dT%H%M%SZ', gmtime(time - $_[0])) }
my $week = 7 * 86400;
my ($young, $aged) = map { "$root/sites/$id/replaced/" . stamp($_) }
	$week - 600, $week + 5;
rename $kept, $young or die "rename: $!";
make_dir($aged, 02750);
put("$aged/x", 'x');
ok(wait_for(10, sub { !-e $aged }), 'after seven days it goes');
ok(-e "$young/index.html", 'and ten minutes before it is there');

# ---- what is refused changes nothing ----
# All are queued, and then looked at: the agent works while the test writes.
my $live = look("$root/sites/$id");
my @asked;
sub refused
{
	my ($what, $why, %more) = @_;

	push @asked, [$what, $why];
	$panel->task(website => restore => { %site, archive => $name,
		sha256 => $sha, restoreId => FakePanel::uuid(), %more });
}

sub hear
{
	for my $case (splice @asked) {
		my $got = $panel->outcome;
		is($got->{status}, 'failed', "$case->[0] is refused");
		like($got->{errorMessage}, $case->[1], "$case->[0]: it says why");
	}
	is(look("$root/sites/$id"), $live, 'and the site is as it was');
}
refused('a wrong hash', qr/hash is not the one on record/,
	sha256 => '0' x 64);
refused('one that is not there', qr/not on this node any more/,
	archive => '20200101T000000Z.tar.gz');
refused('a site that is not here', qr/not on this node any more/,
	siteId => FakePanel::uuid());
refused('another site\'s archive', qr/never was this site's/,
	siteId => $other);
refused('a path', qr/not the name of an archive/,
	archive => "../$id/$name");
refused('an absolute path', qr/not the name of an archive/,
	archive => "/etc/$name");
refused('a file beside', qr/not the name of an archive/,
	archive => 'schedule.json');
refused('a name with more', qr/not the name of an archive/,
	archive => "$name.gz");
refused('a hash of another kind', qr/no hash/, sha256 => uc $sha);
refused('no hash', qr/lacks/, sha256 => '');
refused('no wish', qr/lacks/, restoreId => '');
refused('a wish that is no id', qr/no UUID/, restoreId => '..');

hear();

# ---- hostile archives ----
my @www = ({ name => 'www/', type => 5, mode => 0750 },
	{ name => 'www/ok', data => 'ok' });
my $bomb = RawTar::entry(name => 'www/zeros', size => 16 * 1048576)
	. "\0" x (16 * 1048576);
my $cut = slurp("$store/$name");
my @hostile = (
	['an absolute path', qr/leads out/, { name => '/tmp/mpz-hostile', data => 'x' }],
	['a path with ..', qr/leads out/, { name => 'www/../../x', data => 'x' }],
	['a path of dots', qr/leads out/, { name => '../../../victim', data => 'x' }],
	['a path with .', qr/leads out/, { name => 'www/./x', data => 'x' }],
	['a file beside www', qr/not below www/, { name => 'conf.json', data => '{}' }],
	['a link out', qr/is a link/, { name => 'www/l', type => 2, link => '/etc' }],
	['a link, then a file below it', qr/is a link/,
		{ name => 'www/l', type => 2, link => "$root/sites/$other/www" },
		{ name => 'www/l/x', data => 'x' }],
	['a hard link', qr/is a link/,
		{ name => 'www/h', type => 1, link => '/etc/passwd' }],
	['a hard link within', qr/is a link/,
		{ name => 'www/h', type => 1, link => 'www/ok' }],
	['a character device', qr/is no file/,
		{ name => 'www/d', type => 3, major => 1, minor => 3 }],
	['a block device', qr/is no file/,
		{ name => 'www/d', type => 4, major => 8 }],
	['a fifo', qr/is no file/, { name => 'www/f', type => 6 }],
	['a path twice', qr/comes twice/, { name => 'www/ok', data => 'ok' }],
	['a file in the place of a directory', qr/comes twice/,
		{ name => 'www/d/', type => 5 }, { name => 'www/d', data => 'x' },
		{ name => 'www/d/x', data => 'x' }],
	['a file that the manifest has not', qr/not those of its manifest/,
		{ name => 'www/more', data => 'x', manifest => 0 }],
);
push @hostile, map { [$_->[0], $_->[1], \$_->[2]] } (
	['one with another content', qr/not those of its manifest/,
		RawTar::pack_up(join '', map({ RawTar::entry(%$_) } @www,
		{ name => 'MANIFEST.sha256', data => RawTar::manifest(
			{ name => 'www/ok', data => 'other' }) }), "\0" x 1024)],
	['one without a manifest', qr/no manifest/,
		RawTar::pack_up(join '', map({ RawTar::entry(%$_) } @www),
		"\0" x 1024)],
	['a bomb', qr/unpacks to/, RawTar::pack_up($bomb . "\0" x 1024)],
	['half an archive', qr/refused/, substr $cut, 0, length($cut) / 2],
	['no archive at all', qr/refused/, 'PK no tar'],
	['an empty file', qr/refused/, ''],
	['one without www', qr/no www/,
		RawTar::archive()],
);
my $n = 0;
sub lay
{
	my ($gz) = @_;
	my $file = stamp(86400 - $n++) . '.tar.gz';

	put("$store/$file", $gz, 0600);
	return (archive => $file, sha256 => sha256_hex($gz));
}
$guard = look($root, @beside, $store);
for my $case (@hostile) {
	my ($what, $why, @entries) = @$case;

	refused($what, $why, lay(ref $entries[0] eq 'SCALAR' ? ${ $entries[0] }
		: RawTar::archive(@www, @entries)));
}
hear();
is(look($root, @beside, $store), $guard,
	'nothing beside the site has changed');
ok(!-e '/tmp/mpz-hostile', 'nor outside of the node');
my $good = RawTar::archive(@www, { name => 'www/suid', data => 'x', mode => 06755 });
is(restore(lay($good))->{status}, 'success', 'an honest one made the same way is restored');
is((stat "$www/suid")[2] & 07777, 0755, 'without set-id bits');

# ---- suspended, and PHP ----
is($panel->run(website => suspend => \%site)->{status}, 'success',
	'a site is suspended');
is(restore(archive => $name, sha256 => $sha)->{status}, 'success',
	'it can be restored then');
is($panel->page('shop.example')->{status}, 503, 'and stays suspended');
is(look($www), $old, 'with its old files');
is($panel->run(website => unsuspend => \%site)->{status}, 'success', 'put back');
SKIP: {
	skip 'PHP-FPM is not installed', 4 unless -x '/usr/sbin/php-fpm8.2';
	my $php = { %site, siteId => FakePanel::uuid(), domain => 'php.example',
		php => \1, phpVersion => '8.2' };
	my $at = "$root/sites/$php->{siteId}/www/index.php";
	is($panel->run(website => create => $php)->{status}, 'success',
		'a site with PHP');
	put($at, '<?php echo "was ", 6 * 7;', 0640, 1700000000);
	my $made = $panel->run(backup => create => $php)->{result};
	# the same size and time: only a fresh look tells them apart
	put($at, '<?php echo "now ", 6 * 7;', 0640, 1700000000);
	is($panel->page('php.example')->{content}, 'now 42', 'says this');
	my ($last) = $made->{archive} =~ m{([^/]+)$};
	is($panel->run(website => restore => { %$php, archive => $last,
		sha256 => $made->{sha256}, restoreId => FakePanel::uuid() })
		->{status}, 'success', 'is restored');
	ok(wait_for(5, sub {
		$panel->page('php.example')->{content} eq 'was 42'
	}), 'and its PHP runs as it was');
}

# ---- an archive on its way to the panel ----
my %send = (archive => $name, sha256 => $sha);
$done = $panel->run(backup => send => { %site, %send });
is($done->{status}, 'success', 'an archive is sent')
	or diag($done->{errorMessage});
is(sha256_hex(slurp("$dir/received")), $sha, 'byte for byte');
is($done->{result}{bytes}, -s "$store/$name", 'and its size is told');
my @pieces = $panel->requests(qr{/archive$});
cmp_ok(scalar @pieces, '>', 3, 'in pieces');
cmp_ok((sort { $b <=> $a } map { $_->{body}{data} } @pieces)[0], '<',
	256 * 1024, 'none of which is large');
ok(!-e "$root/state/outgoing.tar.gz", 'nothing stays behind');
$panel->mode('forget');
is($panel->run(backup => send => { %site, %send })->{status}, 'success',
	'a panel that has lost pieces gets them again');
is(sha256_hex(slurp("$dir/received")), $sha, 'byte for byte');
$panel->mode('refuse');
$done = $panel->run(backup => send => { %site, %send });
is($done->{status}, 'failed', 'where the panel refuses, the task fails');
like($done->{errorMessage}, qr/does not take/, 'and says so');
$panel->mode('');
for my $case ([{ sha256 => '0' x 64 }, qr/not the one on record/],
	[{ archive => '20200101T000000Z.tar.gz' }, qr/not on this node/],
	[{ archive => '../../state/report.json' }, qr/not the name/],
	[{ siteId => $other }, qr/not on this node/]) {
	my $got = $panel->run(backup => send => { %site, %send, %{ $case->[0] } });
	like($got->{errorMessage} // '', $case->[1], "not sent: $case->[1]");
}
done_testing();
