#!/usr/bin/perl
# backups.t - archives that can be restored, every night, and their end.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
use Digest::SHA ();
use FindBin;
use JSON::PP ();
use POSIX ();
use lib "$FindBin::Bin/../lib", $FindBin::Bin;
use FakePanel;
use MPanel::Test;
use Test::More;

my $dir = scratch();
my $panel = FakePanel->new($dir);
my %set = (housekeep_seconds => 1, heartbeat_seconds => 1,
	backup_hour => 0);
$panel->agent(%set);
my $root = $panel->{root};
my $id = FakePanel::uuid();
my $site = { domain => 'shop.example', siteId => $id, php => \0,
	retentionDays => 30 };
my $store = "$root/backups/$id";

sub archives { return sort glob "$store/*.tar.gz" }

# A name as an archive of so many days ago has.
sub stamp
{
	return POSIX::strftime('%Y%m%dT%H%M%SZ', gmtime(time - $_[0] * 86400));
}

# Run a program in a directory; its output.
sub said
{
	my ($cwd, @argv) = @_;
	my $pid = open(my $out, '-|') // die "fork: $!";

	if ($pid == 0) {
		open STDERR, '>&', \*STDOUT;
		chdir $cwd and exec { $argv[0] } @argv;
		POSIX::_exit(127);
	}
	local $/;
	my $text = <$out>;
	close $out;
	return $text // '';
}

# ---- the first archive ----
my $none = $panel->run(backup => create => $site);
is($none->{status}, 'failed', 'there is no backup of a site that is not there');
like($none->{errorMessage}, qr/not on this node/, 'and it says so');
is($panel->run(website => create => $site)->{status}, 'success', 'a site');
my $www = "$root/sites/$id/www";
mkdir "$www/sub";
chmod 0755, "$www/sub";
for my $name ('a b.txt', 'sub/ä.txt', "sub/odd\nname") {
	open my $fh, '>', "$www/$name" or die "$name: $!";
	print $fh "content of $name";
	close $fh;
	chmod 0644, "$www/$name";
}
symlink '/etc/passwd', "$www/passwd" or die;
symlink '/', "$www/sub/root" or die;
my $done = $panel->run(backup => create => $site);
is($done->{status}, 'success', 'a backup is ordered')
	or diag($done->{errorMessage});
my $r = $done->{result};
is_deeply([sort keys %$r], [qw(archive bytes changed createdAt files hour
	retentionDays sha256 siteId skipped)], 'its result has its members');
my ($archive) = archives();
is("$root/$r->{archive}", $archive, 'it names the archive');
is($r->{bytes}, -s $archive, 'its size');
is($r->{sha256}, Digest::SHA->new(256)->addfile($archive, 'b')->hexdigest,
	'and its hash');
is($r->{files}, 4, 'all files are in it');
is($r->{skipped}, 2, 'planted links are not followed');
ok(-s "$store/schedule.json", 'and a schedule is stored');
is((stat $archive)[2] & 07777, 0600, 'nobody else reads the archive');

# ---- other people's tools agree ----
mkdir "$dir/unpacked";
my $list = said("$dir/unpacked", '/usr/bin/tar', '-xzf', $archive);
is($list, '', 'tar unpacks it');
is(slurp("$dir/unpacked/www/sub/odd\nname"), "content of sub/odd\nname",
	'with the same contents');
ok(!-e "$dir/unpacked/www/passwd", 'without the links');
my $check = said("$dir/unpacked", '/usr/bin/sha256sum', '--quiet', '-c',
	'MANIFEST.sha256');
is($check, '', 'sha256sum agrees with every line of the manifest');
my $restored = said($dir, FakePanel::binary(), 'restore', $archive, 'back');
like($restored, qr/^4 files restored and verified/, 'restore unpacks it');
is(slurp("$dir/back/www/a b.txt"), 'content of a b.txt', 'as it was');
system { '/usr/bin/truncate' } 'truncate', '-s', '-20', $archive;
like(said($dir, FakePanel::binary(), 'restore', $archive, 'broken'),
	qr/refused/, 'a cut archive is refused');
ok(!-e "$dir/broken", 'and leaves nothing');

# ---- every night ----
rename $archive, "$store/" . stamp(2) . '.tar.gz' or die;
my @old = map { "$store/" . stamp($_) . '.tar.gz' } 31, 40, 29;
for my $file (@old) {
	open my $fh, '>', $file or die;
	close $fh;
}
open my $leftover, '>', "$store/" . stamp(3) . '-77.making' or die;
close $leftover;
my $note;
ok(wait_for(20, sub {
	($note) = map { @{ $_->{body}{backups} // [] } }
		$panel->requests(qr{agent/heartbeat$});
}), 'a nightly backup is made and told with a heartbeat');
is($note->{siteId}, $id, 'of the site');
ok($note->{ok} && !defined $note->{error}, 'it went well');
my ($made) = grep { $_ eq "$root/$note->{archive}" } archives();
ok($made, 'the archive is there');
is($note->{sha256}, Digest::SHA->new(256)->addfile($made, 'b')->hexdigest,
	'with that hash');
is($note->{bytes}, -s $made, 'and size');
like($note->{createdAt}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'and time');
ok(wait_for(5, sub { !-e $old[0] && !-e $old[1] }),
	'archives past their time go');
ok(-e $old[2], 'younger ones stay');
ok(wait_for(5, sub { !glob "$store/*.making" }),
	'what a killed job has left goes');
sleep 3;
is(scalar(grep { $_->{siteId} eq $id } map { @{ $_->{body}{backups} // [] } }
	$panel->requests(qr{agent/heartbeat$})), 1, 'once a night is enough');

# ---- a bad night ----
unlink archives();
my $only = "$store/" . stamp(400) . '.tar.gz';
open my $fh, '>', $only or die;
close $fh;
chmod 0, "$www/a b.txt";
my $json = JSON::PP->new->canonical;
my $schedule = $json->decode(slurp("$store/schedule.json"));
$schedule->{triedAt} = 0;
FakePanel::put("$store/schedule.json", $json->encode($schedule));
chmod 0644, "$store/schedule.json";
ok(wait_for(20, sub {
	($note) = grep { !$_->{ok} } map { @{ $_->{body}{backups} // [] } }
		$panel->requests(qr{agent/heartbeat$});
}), 'a backup that fails is told too');
like($note->{error}, qr/cannot be read/, 'with its reason');
sleep 2;
ok(-e $only, 'the only archive stays, however old');
is(scalar(grep { !$_->{ok} } map { @{ $_->{body}{backups} // [] } }
	$panel->requests(qr{agent/heartbeat$})), 1,
	'it is not tried again every moment');
chmod 0644, "$www/a b.txt";

# ---- the end ----
is($panel->run(backup => remove => $site)->{status}, 'success',
	'the backup is ended');
ok(wait_for(10, sub { !-e $store }),
	'then the last archive goes in its time too');
is($panel->run(backup => remove => $site)->{status}, 'success',
	'ending it again is no error');
is($panel->run(website => remove => $site)->{status}, 'success',
	'the site is removed');
my ($trash) = glob "$root/trash/$id-*";
ok($trash, 'into the trash');
sleep 2;
ok(-d $trash, 'where it stays');
rename $trash, "$root/trash/$id-" . stamp(8) or die;
ok(wait_for(10, sub { !glob "$root/trash/*" }), 'for seven days');
ok(-e '/etc/passwd', 'what its links pointed to is still there');

for my $case ([{ retentionDays => 0 }], [{ retentionDays => 99999 }],
	[{ retentionDays => '30' }], [{ siteId => '..' }]) {
	my $bad = $panel->run(backup => create => { %$site, %{ $case->[0] } });
	is($bad->{status}, 'failed', 'refused: ' . $json->encode($case->[0]));
}
done_testing();
