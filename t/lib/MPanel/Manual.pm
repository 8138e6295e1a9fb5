# Manual.pm - carry out what INSTALL.md tells: the commands of a section, word
# by word, on an installed panel.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	follow($panel, 'Upgrade', install => sub { $panel->{m}->install($build) });
#	follow($panel, 'Rollback', backup => 'mpanel-20261128T023000Z.backup');
#
# There is no systemd: `systemctl` is done here.  on_stop is called when a unit
# has stopped, on_start between what stands before its start and the start,
# on_backup with what makes one.  The new program comes by `install` and not by
# git.  What a line says at its end about when it is meant has to be known here.
package MPanel::Manual;
use strict;
use warnings;
use Exporter 'import';
use MPanel::Test;

our @EXPORT = qw(follow);

my %is_meant = (
	SQLite => sub { $_[0]{engine} eq 'sqlite' },
	PostgreSQL => sub { $_[0]{engine} eq 'postgres' },
	'from a program before schema 8: it had no key' => sub {
		($_[0]{m}->run(qw(test -e /var/lib/mpanel/key)))[0] != 0 },
);

sub commands
{
	my ($section, $panel) = @_;
	my ($text) = slurp(source_dir() . '/INSTALL.md') =~
		/^## \d+\. \Q$section\E\n(.*?)(?=^## |\z)/ms
		or die "INSTALL.md has no section $section";
	my @commands;

	for (map { /^    (.*)/ } split /\n/, $text =~ s/\\\n *//gr) {
		my ($line, $when) = split /\s+# /;
		my $is_meant = $is_meant{$when // ''};
		die "$_: when?" if $when && !$is_meant;
		push @commands, split /\s*(?:&&|;)\s*/, $line
			if !$when || $is_meant->($panel);
	}
	return @commands;
}

# Of the new program's source.
my %elsewhere = map { $_ => 1 } 'cd /usr/src/mpanel', 'git pull',
	'tools/need build run', 'make -C build';

sub start
{
	my ($panel, $o, $name) = @_;

	if ($name eq 'mpanel-backup') {
		my $run = sub { $panel->{m}->ok_run($panel->once_of($name)) };
		return $o->{on_backup} ? $o->{on_backup}->($run) : $run->();
	}
	$panel->start($name, before => sub {
		$o->{on_start}->($name) if $o->{on_start};
	});
}

sub stop
{
	my ($panel, $o, $name) = @_;

	$panel->stop($name);
	$o->{on_stop}->($name) if $o->{on_stop};
}

my %verb = (
	'daemon-reload' => sub { },
	reload => sub {
		my ($panel, $o, $name) = @_;
		die "reload of $name" if $name ne 'nginx';
		$panel->{m}->ok_run(qw(nginx -s reload));
	},
	stop => sub {
		my ($panel, $o, @names) = @_;
		stop($panel, $o, $_) for reverse @names;
	},
	start => sub {
		my ($panel, $o, @names) = @_;
		start($panel, $o, $_) for @names;
	},
);
$verb{restart} = sub { $verb{$_}->(@_) for qw(stop start) };
$verb{'try-restart'} = sub {
	my ($panel, $o, @names) = @_;
	$verb{restart}->($panel, $o, grep { $panel->{pid}{$_} } @names);
};

sub systemctl
{
	my ($panel, $o, $verb, @names) = @_;
	my $act = $verb{$verb} // die "systemctl $verb: not known here";

	$act->($panel, $o, @names);
}

sub follow
{
	my ($panel, $section, %o) = @_;
	my $m = $panel->{m};

	for my $command (commands($section, $panel)) {
		next if $elsewhere{$command};
		if ($command =~ /^systemctl (.*)/) {
			systemctl($panel, \%o, split ' ', $1);
		} elsif ($command eq 'make -C build install') {
			$o{install}->();
		} elsif ($command =~ /^systemd-(?:sysusers|tmpfiles)/) {
			$panel->make_users;
		} else {
			$command =~ s/THE-ONE-BEFORE\.backup/$o{backup}/;
			$m->ok_run('sh', '-ec', $command);
		}
	}
}

1;
