# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with the sourcing script
# A real PostgreSQL and a real Redis on free ports, with everything they write in the temporary folder, thrown away
# afterwards: nothing is assumed to be running, nothing that runs is touched. To be sourced after processes.sh and
# packages.sh.

database_url=''
redis_url=''

ensure_services() {
  ensure_postgres && ensure_command redis-server redis-server && ensure_command redis-cli redis-tools
}

# Starts both and sets `database_url` and `redis_url`; the second call finds them running.
start_services() {
  [[ -z $database_url ]] || return 0
  create_cluster || return 1
  start_on_free_port postgres start_postgres postgres_is_ready || return 1
  database_url="postgres://postgres@127.0.0.1:$port/postgres"
  start_on_free_port redis start_redis redis_is_ready || return 1
  redis_url="redis://127.0.0.1:$port/"
}

# PostgreSQL refuses to run as root: root lends it the rights of another user. A prefix and not a function, so that the
# remembered pid is the server's own.
as_postgres_user=()
if [[ $(id -u) == 0 ]]; then
  postgres_user=nobody
  if getent passwd postgres >/dev/null; then
    postgres_user=postgres
  fi
  as_postgres_user=(setpriv --reuid="$postgres_user" --regid="$(id -g "$postgres_user")" --clear-groups)
fi

create_cluster() {
  local dir=$work_dir/postgres
  mkdir "$dir"
  if [[ $(id -u) == 0 ]]; then
    chmod 711 "$work_dir"
    chown "$postgres_user:" "$dir"
  fi
  if ! run "${as_postgres_user[@]}" "$postgres_bin/initdb" -D "$dir/data" -U postgres --auth=trust --encoding=UTF8 \
    --locale=C.UTF-8 --no-sync >"$work_dir/initdb.log" 2>&1; then
    cat "$work_dir/initdb.log"
    return 1
  fi
}

# Durability is switched off: the cluster lives for one run. No unix socket: tests connect by TCP.
start_postgres() {
  start_server postgres "${as_postgres_user[@]}" "$postgres_bin/postgres" -D "$work_dir/postgres/data" \
    -c listen_addresses=127.0.0.1 -c port="$1" -c unix_socket_directories= -c max_connections=300 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off
}

postgres_is_ready() {
  "$postgres_bin/pg_isready" -q -h 127.0.0.1 -p "$1" -U postgres -d postgres
}

start_redis() {
  start_server redis redis-server --bind 127.0.0.1 --port "$1" --save '' --appendonly no --dir "$work_dir"
}

redis_is_ready() {
  [[ $(redis-cli -h 127.0.0.1 -p "$1" ping) == PONG ]]
}
