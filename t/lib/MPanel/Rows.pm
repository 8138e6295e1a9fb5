# Rows.pm - every row of every table of an installed panel, to be compared.
# SPDX-License-Identifier: AGPL-3.0-or-later
#
#	my $before = rows_take($panel);
#	...
#	is(rows_differ($before, rows_take($panel, $before)), '', 'all is there');
#
# A database is the panel's own or named, with SQLite by its path without .db.
# { table => { columns => [...], rows => [sorted lines] } }, read past the
# panel and its row-level security.  The second look asks for the tables and
# columns of the first.  schema_take() is the schema as text.
package MPanel::Rows;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(rows_differ rows_take schema_take
	schema_version);

# What tells of the schema, or of how the panel does at this moment, not of the
# data.
my %skipped = map { $_ => 1 } qw(schema_version clock_runs work_processes
	house_checks tenant_checks);

my %columns_sql = (
	sqlite => q{SELECT m.name || ' ' || p.name
		FROM sqlite_schema m, pragma_table_info(m.name) p
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'
		ORDER BY m.name, p.cid;},
	postgres => q{SELECT c.table_name || ' ' || c.column_name
		FROM information_schema.columns c
		JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE'
		ORDER BY c.table_name, c.ordinal_position;},
);

# Standard output of a script of the engine's own shell.  SQLite's would write
# the log back: it gets a copy.
sub ask
{
	my ($panel, $database, $script) = @_;
	my $m = $panel->{m};

	$m->write('/tmp/ask.sql', $script);
	return $panel->as_postgres('psql', qw(-qAtX -v ON_ERROR_STOP=1 -f
		/tmp/ask.sql), $database) if $panel->{engine} eq 'postgres';
	my ($dir, $name) = $database =~ m{^(/.*)/(.*)} ? ($1, $2)
		: ('/var/lib/mpanel', $database);
	return $m->ok_run('sh', '-ec', 'rm -rf /tmp/ask; mkdir /tmp/ask; '
		. 'cp "$1/$2".db* /tmp/ask; '
		. 'sqlite3 -bail "/tmp/ask/$2.db" </tmp/ask.sql',
		'sh', $dir, $name);
}

# What a step of the schema writes anew in rows that are there, or takes away.
my %rewritten = ('users.date_format' => '0018_dates',
	'servers.tags' => '0019_places', 'tenants.welcomes' => '0032_profile');
# Rows that a step makes of what it takes away.
my %made = (tenant_settings => qr/\bwelcomeCustomers\b/); # 0032_profile

sub columns_of
{
	my ($panel, $database) = @_;
	my %columns;

	for (split /\n/, ask($panel, $database,
		$columns_sql{$panel->{engine}})) {
		my ($table, $column) = split / /;
		push @{ $columns{$table} }, $column
			unless $skipped{$table} || $rewritten{"$table.$column"};
	}
	return \%columns;
}

sub select_of
{
	my ($panel, $table, @columns) = @_;

	return "\\echo '== $table'\nCOPY (SELECT "
		. join(', ', map { "\"$_\"" } @columns)
		. " FROM \"$table\") TO STDOUT;\n"
		if $panel->{engine} eq 'postgres';
	return ".print '== $table'\nSELECT " . join(" || ' ' || ", map {
		qq{replace(quote("$_"), char(10), '\\n')} } @columns)
		. " FROM \"$table\";\n";
}

sub rows_take
{
	my ($panel, $like, $database) = @_;
	$database //= 'mpanel';
	my $columns = $like
		? { map { $_ => $like->{$_}{columns} } keys %$like }
		: columns_of($panel, $database);
	my %tables = map { $_ => { columns => $columns->{$_}, rows => [] } }
		keys %$columns;
	my $rows;

	for (split /\n/, ask($panel, $database, join '', map {
		select_of($panel, $_, @{ $columns->{$_} }) }
		sort keys %$columns)) {
		if (/^== (\w+)$/) {
			$rows = $tables{$1}{rows};
		} else {
			push @$rows, $_;
		}
	}
	@{ $_->{rows} } = sort @{ $_->{rows} } for values %tables;
	return \%tables;
}

# '' when all rows are the same, else some that are not.
sub rows_differ
{
	my ($before, $after) = @_;
	my @found;

	for my $table (sort keys %$before) {
		my %n;
		$n{$_}-- for @{ $before->{$table}{rows} };
		$n{$_}++ for @{ $after->{$table}{rows} };
		push @found, map { sprintf "%s %s: %s", $n{$_} < 0 ? 'gone' :
			'new', $table, $_ } grep { $n{$_} }
			grep { $n{$_} < 0 || !$made{$table} || !/$made{$table}/ }
			sort keys %n;
	}
	splice @found, 8 if @found > 8;
	return join "\n", @found;
}

sub schema_version
{
	my ($panel, $database) = @_;

	chomp(my $n = ask($panel, $database,
		"SELECT max(version) FROM schema_version;\n"));
	return $n;
}

sub schema_take
{
	my ($panel, $database) = @_;

	return $panel->as_postgres('pg_dump', '--schema-only', $database)
		=~ s/^\\(?:un)?restrict .*\n//gmr
		if $panel->{engine} eq 'postgres';
	return ask($panel, $database, "SELECT type, name, tbl_name, sql "
		. "FROM sqlite_schema ORDER BY 1, 2;\n"
		. "SELECT * FROM sqlite_stat1 ORDER BY 1, 2;\n"
		. "SELECT version, name FROM schema_version;\n");
}

1;
