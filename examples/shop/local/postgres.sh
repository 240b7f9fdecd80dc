# What stands for the image postgres: a database in the claim, made the first time as the image does it.
set -eu
data="${KUBELANE_VOLUMES-}/var/lib/postgresql/data/pgdata"
init="${KUBELANE_VOLUMES-}/docker-entrypoint-initdb.d/init.sql"
tools=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
PATH="${tools:+$tools:}$PATH"
as=
# It refuses to be run by root.
if [ "$(id -u)" = 0 ]; then
  as="setpriv --reuid=postgres --regid=postgres --clear-groups"
  chown postgres "$(dirname "$data")"
fi
if [ ! -e "$data/PG_VERSION" ]; then
  $as initdb -D "$data" -U postgres -A trust --no-sync >/dev/null
  echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
  {
    echo "CREATE DATABASE $POSTGRES_DB;"
    echo "ALTER USER postgres PASSWORD '$POSTGRES_PASSWORD';"
  } | $as postgres --single -D "$data" postgres >/dev/null
  $as postgres --single -D "$data" "$POSTGRES_DB" <"$init" >/dev/null
fi
exec $as postgres -D "$data" -F -h '*' -p "$PORT" -k ''
