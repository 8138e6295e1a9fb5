# postgres.sh - a PostgreSQL database for ./start (sourced by it).
# SPDX-License-Identifier: AGPL-3.0-or-later
#
# Both ways set $database, the address for the panel's own role, and $owner,
# the address for the role that owns the tables.
# shellcheck shell=bash disable=SC2034,SC2154

# A server of our own: no TCP, and who may be whom is the kernel's word about
# the user at the other end of the socket.
private_postgres() {
	local found role user
	found=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)
	pgbin=${found%/initdb}
	make_dir 711 "$pguser" "$dir/pg"
	as "$pguser"
	if ! [ -e "$dir/pg/made" ]; then
		rm -rf "$dir/pg/data"
		patiently "${as[@]}" "$pgbin/initdb" -D "$dir/pg/data" \
		    -U postgres -E UTF8 --locale=C.UTF-8 --auth=peer \
		    --no-instructions >"$dir/log/initdb.log" 2>&1 ||
		    fail "initdb failed; see $dir/log/initdb.log"
		: >"$dir/pg/made"
	fi
	echo "local all all peer map=panel" >"$dir/pg/hba.conf"
	for user in "$(id -un)" "$pguser" mpanel; do
		for role in postgres mpanel_owner mpanel_app; do
			[ "$user $role" = "mpanel postgres" ] ||
			    echo "panel $user $role"
		done
	done >"$dir/pg/ident.conf"
	launch postgres
	await 30 PostgreSQL "$pgbin/pg_isready" -q -h "$short/pg"
	as "$pguser"
	"${as[@]}" psql -qtAX -v ON_ERROR_STOP=1 -h "$short/pg" -U postgres \
	    <<-'SQL' 9>&- || fail "the database could not be made"
	SELECT format('CREATE ROLE %I LOGIN', r)
	FROM unnest(ARRAY['mpanel_owner', 'mpanel_app']) r
	WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) \gexec
	SELECT 'CREATE DATABASE mpanel OWNER mpanel_owner' WHERE NOT EXISTS
	(SELECT FROM pg_database WHERE datname = 'mpanel') \gexec
	SQL
	database="postgresql:///mpanel?host=$short/pg&user=mpanel_app"
	owner="postgresql:///mpanel?host=$short/pg&user=mpanel_owner"
}

# Somebody's server: the address names the owner; the panel itself gets a role
# that owns nothing, so that row-level security holds for it.
public_postgres() {
	local re='^(postgres(ql)?://)(([^@/?]*)@)?([^/?]*)(/([^?]*))?(\?(.*))?$'
	local name password query
	[ -n "$db" ] || db=$(cat "$dir/seed/url")
	[[ $db =~ $re ]] || fail "not a PostgreSQL address"
	name=${BASH_REMATCH[7]}_app
	query=$(tr '&' '\n' <<<"${BASH_REMATCH[9]}" |
	    grep -vE '^(user|password)=' | paste -sd '&' || :)
	owner=$db
	password=$(secret app-password 24)
	[ "$name" != _app ] || fail "the address names no database"
	database="${BASH_REMATCH[1]}$name:$password@${BASH_REMATCH[5]}"
	database+="/${BASH_REMATCH[7]}${query:+?$query}"
	# The password goes by the environment, not by the list of processes.
	local login=${BASH_REMATCH[4]} url=$db
	if [[ $login == *:* ]]; then
		login=${login#*:}
		printf -v PGPASSWORD %b "${login//%/\\x}"
		export PGPASSWORD
		url=${db/":$login@"/@}
	fi
	psql -qtAX -v ON_ERROR_STOP=1 "$url" <<-SQL 9>&- ||
	\set app '$name'
	\set password '$password'
	SELECT format('CREATE ROLE %I LOGIN', :'app') WHERE NOT EXISTS
	(SELECT FROM pg_roles WHERE rolname = :'app') \gexec
	SELECT format('ALTER ROLE %I PASSWORD %L', :'app', :'password') \gexec
	SELECT format('GRANT CONNECT ON DATABASE %I TO %I',
	current_database(), :'app') \gexec
	SQL
	    fail "the role $name could not be made"
	unset PGPASSWORD
	(umask 077 && printf '%s\n' "$db" >"$dir/seed/url")
}
