# Upgrade.pm - an installed panel goes to today's program and back, by the
# commands of INSTALL.md; every row is looked at.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $then = upgrade($panel);
#	roll_back($panel, newest_backup($panel), $then);
#	up_and_back($panel, 7, $token, sub { ... });
#
# Rows are compared between what a unit does before it starts and the start.
package MPanel::Upgrade;
use strict;
use warnings;
use Exporter 'import';
use MPanel::Manual;
use MPanel::Rows;
use MPanel::Test;
use Test::More;
use Time::HiRes qw(sleep);

our @EXPORT = qw(newest_backup roll_back test_health up_and_back upgrade);

# Run a backup again until nobody wrote meanwhile; returns the rows.
sub back_up
{
	my ($panel, $run) = @_;

	for (1 .. 10) {
		my $before = rows_take($panel);
		$run->();
		return $before if rows_differ($before, rows_take($panel)) eq '';
		sleep 1.1;
	}
	die 'the rows never rest';
}

sub newest_backup
{
	my ($panel) = @_;

	return (sort grep { /^mpanel-\d/ } split /\n/,
		$panel->{m}->ok_run('ls', '/var/backups/mpanel'))[-1];
}

# Returns the rows that the backup found.  older: the schema that the rows get
# meanwhile, where there is no older program.
sub upgrade
{
	my ($panel, %o) = @_;
	my $engine = $panel->{engine};
	my ($then, $before, $after);

	follow($panel, 'Upgrade',
		on_backup => sub { $then = back_up($panel, @_) },
		install => sub {
			make_older($panel, $o{older}) if $o{older};
			is($panel->{m}->install($ENV{MPANEL_BUILD}), 0,
				"$engine: today's program is installed");
		},
		on_stop => sub {
			$before = rows_take($panel) if $_[0] eq 'mpanel';
		},
		on_start => sub {
			$after = rows_take($panel, $before)
				if $_[0] eq 'mpanel';
		});
	ok($panel->is_well, "$engine: today's program serves")
		or BAIL_OUT($panel->log_of('mpanel'));
	is(rows_differ($before, $after), '', "$engine: the unit migrates it: "
		. 'every row is as it was, and there is none beside');
	return $then;
}

# Where INSTALL.md puts the newer data.
sub rows_aside
{
	my ($panel) = @_;

	return rows_take($panel, undef, $panel->{engine} eq 'sqlite' ?
		'/root/mpanel.newer/mpanel' : 'mpanel_newer');
}

sub roll_back
{
	my ($panel, $backup, $then) = @_;
	my $engine = $panel->{engine};
	my ($newer, $after);

	follow($panel, 'Rollback', backup => $backup,
		on_stop => sub {
			$newer = rows_take($panel) if $_[0] eq 'mpanel';
		},
		on_start => sub {
			$after = rows_take($panel) if $_[0] eq 'mpanel';
		});
	ok($panel->is_well, "$engine: the program of then serves again")
		or BAIL_OUT($panel->log_of('mpanel'));
	is(join(' ', sort keys %$after), join(' ', sort keys %$then),
		"$engine: the tables are those of then");
	is(rows_differ($then, $after), '',
		"$engine: every row is as the backup found it");
	isnt(rows_differ($then, $newer), '', "$engine: and was not before");
	is(rows_differ($newer, rows_aside($panel)), '',
		"$engine: the newer rows are aside, all of them");
}

# The doctor's word, also about money, and the audit log's.
sub test_health
{
	my ($panel, $who) = @_;
	my $engine = $panel->{engine};
	my ($status, $text) = $panel->mpanel('doctor');

	is($status, 0, "$engine: the doctor finds nothing wrong with $who, "
		. 'money included') or diag($text);
	return unless $panel->knows('audit');
	ok(wait_for(20, sub {
		($status, $text) = $panel->mpanel(qw(audit verify));
		return $status == 0 && $text !~ /\b0 rows/;
	}), "$engine: its audit log is sealed and clean") or diag($text);
}

# The same rows, as a program of an older schema had them.
sub make_older
{
	my ($panel, $schema) = @_;
	my $m = $panel->{m};

	$panel->stop($_) for qw(mpanel-work mpanel);
	$m->write('/tmp/older-rows', slurp(source_dir() . '/t/lib/older-rows'));
	my ($bad, $said) = $m->run('bash', '/tmp/older-rows', $panel->{engine},
		$schema);
	is($bad, 0, "$panel->{engine}: there is a database of schema $schema")
		or diag($said);
	my ($status, $text) = $panel->mpanel('doctor');
	like($text, qr/schema version $schema, this program needs/,
		"$panel->{engine}: today's program says what it needs");
}

# Order pi_first was placed before; $carry_out does what is to be done for
# pi_second.
sub up_and_back
{
	my ($panel, $schema, $token, $carry_out) = @_;
	my $engine = $panel->{engine};
	my $then = upgrade($panel, older => $schema);

	like($panel->order($token, 'pi_second'), qr/"orderNumber":"ORD-/,
		"$engine: orders go on");
	$carry_out->();
	ok($panel->settle($token, 'pi_second'), "$engine: and are carried out");
	test_health($panel, 'what was upgraded');
	roll_back($panel, newest_backup($panel), $then);
	like($panel->order($token, 'pi_first'), qr/"replayed":true/,
		"$engine: what was placed then is known");
	unlike($panel->get($token, '/api/public/orders/pi_second'),
		qr/"orderNumber"/, "$engine: what came later is not");
	test_health($panel, 'what was rolled back');
}

1;
