#!/usr/bin/perl
# cli.t - the command line: what it makes, prints, refuses and answers.
# SPDX-License-Identifier: AGPL-3.0-or-later
use strict;
use warnings;
no warnings 'qw';
use FindBin;
use lib "$FindBin::Bin/../lib";
use IPC::Open3;
use JSON::PP;
use MPanel::Test;
use Symbol 'gensym';
use Test::More;

my $mpanel = "$ENV{MPANEL_INST}/bin/mpanel";
my $share = "$ENV{MPANEL_INST}/share/mpanel";
my $password = 'correct horse battery';
my $config;

# (exit status, standard output, standard error) of a command; its standard
# input is $in.
sub mpanel
{
	my ($in, @args) = @_;
	my $pid = open3(my $to, my $from, my $err = gensym, $mpanel,
		'--config', $config, @args);

	print $to $in;
	close $to;
	local $/;
	my ($out, $said) = (scalar <$from> // '', scalar <$err> // '');
	waitpid $pid, 0;
	return ($? >> 8, $out, $said);
}

sub json { return decode_json((mpanel('', @_))[1]) }
sub rows { return split /\n/, (mpanel('', @_))[1] }

# As PostgreSQL's superuser.
sub psql
{
	my ($db, $sql) = @_;

	system('psql', '-qtAX', '-v', 'ON_ERROR_STOP=1', '-h',
		$ENV{MPANEL_TEST_PG}, '-U', 'postgres', '-d', $db, '-c',
		$sql) == 0 or die "psql: $sql";
}

sub configure
{
	my ($engine, $dir) = @_;
	my ($database, $owner) = ("sqlite:$dir/mpanel.db", '');

	if ($engine eq 'postgres') {
		my $name = "cli_$$";
		psql('postgres', "CREATE ROLE ${name}_$_ LOGIN")
			for qw(owner app);
		psql('postgres', "CREATE DATABASE $name OWNER ${name}_owner");
		($database, $owner) = map
			"postgresql:///$name?host=$ENV{MPANEL_TEST_PG}"
			. "&user=${name}_$_", qw(app owner);
	}
	open my $fh, '>', "$dir/mpanel.conf" or die "$dir: $!";
	print $fh "database = $database\ndatabase_owner = $owner\n",
		"state_dir = $dir\nsocket_dir = $dir/run\n",
		"template_dir = $share/templates\nstatic_dir = $share/static\n",
		"db_dir = $share/db\nkey_file = $dir/key\n";
	close $fh;
	$config = "$dir/mpanel.conf";
}

sub unconfigure
{
	psql('postgres', "DROP DATABASE cli_$$ WITH (FORCE)");
	psql('postgres', "DROP ROLE cli_${$}_$_") for qw(app owner);
}

sub check_usage
{
	my @cases = (
		[[], 64, qr/^usage: mpanel/], [['nonsense'], 64, qr/^usage/],
		[['tenant'], 64, qr/usage: .* tenant add --slug/],
		[['tenant', 'add', '--slug', 'x'], 64, qr/usage/],
		[['tenant', 'add', '--colour', 'x'], 64, qr/usage/],
		[['tenant', 'add', '--slug'], 64, qr/usage/],
		[['sql', 'SELECT 1'], 64, qr/usage: .* --read-only/],
		[['--set', 'nonsense=1', 'version'], 65, qr/nonsense/],
		[['--set', 'workers_ui=none', 'version'], 65, qr/workers_ui/],
		[['--now', 'tomorrow', 'version'], 65, qr/tomorrow/],
		[['tenant', 'list'], 65, qr/run `mpanel migrate`/],
		[['version'], 0, qr/^$/],
	);
	for my $i (0 .. $#cases) {
		my ($args, $want, $says) = @{ $cases[$i] };
		my ($got, $out, $err) = mpanel('', @$args);

		ok($got == $want && $err =~ $says,
			"case $i: mpanel @$args: exit status $want")
			or diag("$got: $err");
	}
}

sub check_key
{
	my ($dir) = @_;
	my ($got, $out, $err) = mpanel('', 'work', '--once');
	my @lines;

	isnt($got, 0, 'without its keys nothing is done');
	like($err, qr/key_file \Q$dir\E\/key cannot be used/, 'and it says so');
	is((mpanel('', 'key', 'create'))[0], 0, 'a file of keys is made');
	is((stat "$dir/key")[2] & 0777, 0400, 'for its owner only');
	@lines = split /^/, slurp("$dir/key");
	isnt((mpanel('', 'key', 'create'))[0], 0,
		'and never written over');
	is((mpanel('', 'key', 'rotate'))[0], 0, 'it gets another key');
	my @more = split /^/, slurp("$dir/key");
	is_deeply([scalar @more, $more[1]], [2, $lines[0]],
		'before the one that is there');
	isnt($more[0], $lines[0], 'which is another');
	mpanel('', 'key', 'rotate') for 1 .. 6;
	isnt((mpanel('', 'key', 'rotate'))[0], 0, 'a ninth does not fit');
	is(scalar(() = slurp("$dir/key") =~ /^/mg), 8, 'and changes nothing');
}

sub check_migrate
{
	my ($got, $out) = mpanel('', 'migrate');

	is($got, 0, 'the tables are made');
	like($out, qr/^schema version \d+, [1-9]\d* steps applied$/m,
		'and it says how');
	($got, $out) = mpanel('', 'migrate');
	like($out, qr/ 0 steps applied$/m, 'a second time changes nothing');
}

sub check_tenant
{
	my @add = (qw(tenant add --slug acme --host Panel.Acme.Test),
		'--name=Acme & Söhne');
	my $made = json(@add, '--json');

	like($made->{id}, qr/^[0-9a-f-]{36}$/, 'a tenant is made');
	my ($got, $out, $err) = mpanel('', @add);
	is($got, 65, 'a second of that slug is refused');
	like($err, qr/^mpanel: slug: /, 'and it says why');
	is((mpanel('', qw(tenant add --slug B --name B)))[0], 65,
		'so is a slug that is none');
	is((mpanel('', qw(--now 2020-01-02T03:04:05Z tenant add --slug old
		--name Old)))[0], 0, 'another one, made in 2020');
	my @list = rows(qw(tenant list));
	is(scalar @list, 2, 'both are listed');
	like($list[0], qr/^\Q$made->{id}\E\tacme\tbusiness\tactive\t/,
		'with id, slug, kind and state');
	is((rows('sql', '--read-only', 'SELECT created_at FROM tenants '
		. "WHERE slug = 'old'"))[0], 1577934245,
		'--now is the clock of a command');
	is((mpanel('', qw(tenant suspend acme)))[0], 0, 'one is suspended');
	like((rows(qw(tenant list)))[0], qr/\tsuspended\t/, 'which shows');
	is((mpanel('', qw(tenant resume acme)))[0], 0, 'and resumed');
	is((mpanel('', qw(tenant suspend nobody)))[0], 66,
		'one that is not there is not found');
}

sub check_user
{
	my @add = (qw(user add --tenant acme --email Ada@example.com --role
		owner --password-stdin));
	my $made = decode_json((mpanel("$password\n", @add, '--json'))[1]);

	like($made->{id}, qr/^[0-9a-f-]{36}$/, 'a user is made');
	is((mpanel("$password\n", @add))[0], 65, 'a second time refused');
	is((mpanel('', qw(user add --tenant nobody --email a@example.com
		--role admin)))[0], 66, 'not without a tenant');
	is((mpanel('', qw(user add --tenant acme --email b@example.com --role
		king)))[0], 65, 'not with a role that does not exist');
	my ($got, $out, $err) = mpanel('short', qw(user add --tenant acme
		--email b@example.com --role admin --password-stdin));
	is($got, 65, 'not with a short password');
	unlike($err, qr/short/, 'which is not repeated');
	my @list = rows(qw(user list --tenant acme));
	is_deeply([map { (split /\t/)[1, 2, 3] } @list],
		['Ada@example.com', 'super_admin', 'active'],
		'one user stands in the list');
	my @off = (qw(user disable --tenant acme --email ada@EXAMPLE.com));
	($got, $out, $err) = mpanel('', @off);
	is($got, 65, 'the last owner is not disabled');
	like($err, qr/last owner/, 'and it says why');
	is((mpanel('', qw(user add --tenant acme --email bob@example.com
		--role owner)))[0], 0, 'with another owner');
	is((mpanel('', @off))[0], 0, 'disabled by address in any letters');
	like((rows(qw(user list --tenant acme)))[0], qr/\tdisabled\t/,
		'which shows');
	is((mpanel('', qw(user disable --tenant acme --email
		eve@example.com)))[0], 66, 'nobody is not found');
}

sub check_seed
{
	my ($first, $again) = map json(qw(seed --tenant acme)), 1 .. 2;
	my @products = rows(qw(sql --read-only --tenant acme),
		'SELECT p.code, q.period, q.price_minor FROM products p '
		. 'JOIN product_prices q ON q.tenant_id = p.tenant_id '
		. 'AND q.product_id = p.id ORDER BY p.position, q.price_minor');

	like($first->{serverId}, qr/^[0-9a-f-]{36}$/, 'seeding names a server');
	is_deeply($again, $first, 'seeding again changes nothing');
	is_deeply(\@products, ["student\tyear\t988", "starter\tyear\t2988",
		"premium\tyear\t5988", "business\tyear\t11988",
		"wp-growth\tmonth\t1095", "wp-growth\tyear\t10950",
		"daily-backups-30d\tmonth\t499"],
		'the demo catalogue has the prices of the contract');
	return $first->{serverId};
}

sub check_token
{
	my ($server) = @_;
	my @add = qw(token add --tenant acme);
	my $made = json(@add, qw(--scope orders:intake,orders:read --json));

	like($made->{token}, qr/^mpk_[A-Za-z0-9_-]{43}$/, 'a token is made');
	is_deeply([sort keys %$made], [qw(id token)], 'and shown with its id');
	my @refused = (
		[qw(--scope orders:intake,orders:take)],
		[qw(--scope tasks:work --server nonsense)],
		[qw(--scope tasks:work --server
			01900000-0000-7000-8000-000000000000)],
		[qw(--scope tasks:work --expires 0)],
		[qw(--scope tasks:work --enroll)],
	);
	for my $i (0 .. $#refused) {
		is((mpanel('', @add, @{ $refused[$i] }))[0], 65,
			"case $i: token add @{ $refused[$i] } is refused");
	}
	json(@add, qw(--scope tasks:work --json --expires 1 --enroll --server),
		$server);
	my ($got, $list) = mpanel('', qw(token list --tenant acme));
	like($list, qr/\tenroll\ttasks:work\t\Q$server\E\t/,
		'a token to enroll a server stands in the list');
	unlike($list, qr/\Q$made->{token}\E/, 'no list shows a token');
	my @kept = rows(qw(sql --read-only --tenant acme),
		"SELECT * FROM api_tokens WHERE id = '$made->{id}'");
	unlike($kept[0], qr/\Q$made->{token}\E/, 'nor does the database');
	my @revoke = (qw(token revoke --tenant acme), $made->{id});
	is((mpanel('', @revoke))[0], 0, 'a token is revoked');
	is((mpanel('', @revoke))[0], 66, 'once');
	is((mpanel('', qw(token revoke --tenant old), $made->{id}))[0], 66,
		'by its own tenant only');
}

sub check_sql
{
	my ($engine) = @_;
	my @sql = qw(sql --read-only);
	my @users = rows(@sql, qw(--tenant acme), 'SELECT email FROM users');

	is_deeply([sort @users], ['Ada@example.com', 'bob@example.com'],
		'a statement is answered');
	is_deeply([(mpanel("SELECT 1, NULL, 'a\tb'\n", @sql))[0, 1]],
		[0, "1\t\\N\ta\\x09b\n"],
		'also from standard input, one line a row');
	for my $bad ('DELETE FROM users', 'UPDATE users SET role = role',
		'nonsense', 'SELECT 1; SELECT 2') {
		isnt((mpanel('', @sql, '--tenant', 'acme', $bad))[0], 0,
			"refused: $bad");
	}
	return unless $engine eq 'postgres';
	is_deeply([rows(@sql, 'SELECT email FROM users')], [],
		'without a tenant nobody is seen');
	is_deeply([rows(@sql, qw(--tenant old), 'SELECT email FROM users')],
		[], 'nor with another one');
}

sub check_doctor
{
	my ($engine) = @_;
	my ($got, $out) = mpanel('', 'doctor');

	is($got, 0, 'a sound database is sound');
	like($out, qr/^ok\tacme\tusers\.role\t2 checked\t/m,
		'the number of rows stands beside each promise');
	my $report = json('doctor', '--json');
	ok($report->{ok}, 'in JSON too');
	my %tenants = map { $_->{tenant} => 1 } @{ $report->{checks} };
	is_deeply([sort keys %tenants], [qw(acme old)],
		'every tenant is looked at');
	return unless $engine eq 'postgres';
	psql("cli_$$", "UPDATE users SET role = 'gone'");
	($got, $out) = mpanel('', 'doctor');
	is($got, 1, 'a planted fault is found');
	like($out, qr/^FAILED\tacme\tusers\.role\t.*\n\t[0-9a-f-]{36}\tgone$/m,
		'and its row is named');
	psql("cli_$$", "UPDATE users SET role = 'admin'");
}

# As the owner of the schema.
sub change_schema
{
	my ($engine, $dir, $sql) = @_;

	return psql("cli_$$", $sql) if $engine eq 'postgres';
	system('sqlite3', '-bail', '-cmd', '.timeout 5000', "$dir/mpanel.db",
		$sql) == 0 or die "sqlite3: $sql";
}

sub check_descriptions
{
	my ($engine, $dir) = @_;
	my ($got, $out) = mpanel('', 'doctor');
	my $report = json('doctor', '--json');

	like($out, qr/^ok\t-\tpage\.orders\t\d+ checked\t/m,
		'each description has a line');
	cmp_ok(scalar @{ $report->{descriptions} }, '>', 20, 'in JSON, too');
	is_deeply([grep { !$_->{ok} || !$_->{checked} }
		@{ $report->{descriptions} }], [], 'the schema is as described');
	SKIP: {
		skip 'no sqlite3', 6 if !$ENV{CI} && $engine eq 'sqlite'
			&& !grep { -x "$_/sqlite3" } split /:/, $ENV{PATH};
		check_difference($engine, $dir);
	}
}

sub check_difference
{
	my ($engine, $dir) = @_;

	change_schema($engine, $dir, 'DROP INDEX orders_total');
	my ($got, $out, $said) = mpanel('', 'doctor');
	is($got, 1, 'an index that is gone is a failure');
	like($out, qr/^FAILED\t-\tpage\.orders\t.*\n\ttotal\tno_index: /m,
		'its noun and field are named');
	like($said, qr/^mpanel: 2 descriptions are not what the schema is$/m,
		'and it is said how many');
	my $report = json('doctor', '--json');
	ok(!$report->{ok}, 'in JSON it is no success');
	is_deeply([map { "$_->{shownBy} $_->{bad}[0]{code}" }
		grep { !$_->{ok} } @{ $report->{descriptions} }],
		['api no_index', 'page no_index'], 'and has the same names');
	change_schema($engine, $dir, 'CREATE INDEX orders_total '
		. 'ON orders (tenant_id, total_minor, id)');
	is((mpanel('', 'doctor'))[0], 0, 'made anew it is sound again');
}

# Started by root, files belong to the owner of the state directory.
sub check_root
{
	my ($dir) = @_;
	my $nobody = getpwnam 'nobody';

	SKIP: {
		skip 'not root', 2 if $> != 0 || !defined $nobody;
		chown $nobody, -1, $dir or die "chown: $!";
		is((mpanel('', '--set', "database=sqlite:$dir/own.db",
			'--set', 'database_owner=', 'migrate'))[0], 0,
			'root migrates');
		is((stat "$dir/own.db")[4], $nobody,
			'as the owner of the state directory');
	}
}

for my $engine (engines()) {
	subtest $engine => sub {
		my $dir = scratch();

		configure($engine, $dir);
		check_usage();
		check_migrate();
		check_tenant();
		check_user();
		check_token(check_seed());
		check_sql($engine);
		check_doctor($engine);
		check_descriptions($engine, $dir);
		check_key($dir);
		is((mpanel('', 'work', '--once'))[0], 0,
			'what is due is done');
		is((mpanel('', qw(work --once --only mail)))[0], 0,
			'also by kinds');
		is((mpanel('', qw(work --once --except none)))[0], 65,
			'of those that there are');
		is((mpanel('', qw(work --only mail --except mail)))[0], 64,
			'in one way');
		check_root($dir) if $engine eq 'sqlite';
		unconfigure() if $engine eq 'postgres';
	};
}

subtest 'without a database' => sub {
	my $routes = json('routes', '--json');
	my %seen;
	my @open = map { $_->{path} } grep { !defined $_->{permission}
		&& $_->{name} !~ /^soon / } @$routes;

	ok(@$routes > 100, 'routes are listed (' . @$routes . ')');
	is_deeply([grep { $seen{"$_->{method} $_->{path}"}++ } @$routes], [],
		'each method and path once');
	is_deeply([sort { $a cmp $b } grep { !/^\/api\/public|webhook/ } @open],
		[sort { $a cmp $b } qw(/.well-known/jwks.json
			/api/agent/enroll /api/auth/forgot-password
			/api/auth/login /api/auth/login/code
			/api/auth/refresh /api/auth/reset-password
			/api/auth/verify-email /api/health
			/api/openapi.json
			/api/support/kb/search /api/support/status
			/kb /kb/:slug /kb/search /kb/sitemap.xml
			/status /status/:id /status/feed
			/brand/accent.css /brand/logo.png
			/forgot-password /forgot-password
			/login /login /login/factor /login/factor
			/login/factor/code /reset-password /reset-password
			/verify-email /verify-email)],
		'what needs no permission is a short list');
	my ($got, $out) = mpanel('', 'settings', '--markdown');
	like($out, qr/session_idle_s/, 'settings are documented');
	($got, $out) = mpanel('', '--set', 'stripe_secret_key=sk_test_1',
		'settings');
	unlike($out, qr/sk_test_1/, 'secrets are not printed');
	like($out, qr/^stripe_secret_key = \(secret\)\t# command$/m,
		'only where they came from');
};
done_testing();
