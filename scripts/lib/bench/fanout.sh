# shellcheck shell=bash disable=SC2154 # variables and functions of scripts/bench
# The parts of scripts/bench that measure how events of one draft reach thousands of subscribers. To be sourced.

fanout_subscribers=2000
fanout_picks=32
# Of the demo data: it has 48 players, of whom eight become captains.
fanout_tournament=3
# back-to-back: each pick is made as soon as the one before is answered, whoever still waits for that one's event.
# in-turn: each pick is made when everybody has the event of the one before, as between people.
fanout_variants=(in-turn back-to-back)

part_fanout() {
  need ensure_fanout_tools || return 0
  build
  fanout_store=(INHOUSE_DATA_DIR="$work_dir/fanout")
  measure_fanout fanout
}

part_fanout-postgres() {
  need ensure_fanout_tools || return 0
  need ensure_services || return 0
  build
  start_services
  # Its own database, because demo data goes into an empty one only.
  run "$postgres_bin/createdb" --maintenance-db "$database_url" fanout
  fanout_store=(DATABASE_URL="${database_url%/*}/fanout" REDIS_URL="$redis_url" INHOUSE_CACHE_NAMESPACE=fanout)
  measure_fanout fanout-postgres
}

ensure_fanout_tools() {
  ensure_cargo && ensure_command jq jq && ensure_open_files
}

# The server and the subscribers have an end of each socket, and each process some files more.
ensure_open_files() {
  local wanted=$((fanout_subscribers + 500)) allowed
  allowed=$(ulimit -Sn)
  [[ $allowed == unlimited ]] || ((allowed >= wanted)) || ulimit -Sn "$wanted" 2>/dev/null || {
    missing="a process may open $(ulimit -Hn) files here, and $fanout_subscribers subscribers take $wanted: raise ulimit -n"
    return 1
  }
}

# measure_fanout PART
measure_fanout() {
  local round variant
  run env "${fanout_store[@]}" "$inhouse" seed
  run env "${fanout_store[@]}" "$inhouse" token create --user aurelia --name bench --scope write --scope staff \
    --expires-days 1 >"$work_dir/$1.token"
  for ((round = 1; round <= rounds; round++)); do
    for variant in "${fanout_variants[@]}"; do
      measure_fanout_variant "$1" "$round" "$variant"
    done
  done
  for variant in "${fanout_variants[@]}"; do
    target "$1" p99_us "$variant" '' at_most 250000
    target "$1" idle_bytes "$variant" '' at_most 30000
    target "$1" n_missing "$variant" '' at_most 0
    target "$1" n_texts_of_an_event "$variant" '' at_most 1
  done
}

# measure_fanout_variant PART ROUND VARIANT: with a server of its own, whose memory knows no other subscribers.
measure_fanout_variant() {
  local measured arguments=()
  if [[ $3 == in-turn ]]; then
    arguments=(--in-turn)
  fi
  start_on_free_port watched start_watched_server inhouse_is_ready
  run "$bench_fanout" --address "127.0.0.1:$port" --pid "${servers[watched]}" --token-file "$work_dir/$1.token" \
    --tournament "$fanout_tournament" --subscribers "$fanout_subscribers" --picks "$fanout_picks" "${arguments[@]}" \
    >"$work_dir/fanout.out"
  measured=$(sed -n 's/^measured: //p' "$work_dir/fanout.out")
  sample "$1" "$2" "$3" "$measured"
  stop_server watched || fail "the server of $3 left with status $? on SIGTERM"
  say "  round $2 of $rounds, $3: $(told_fanout <<<"$measured")"
}

# `env` becomes the server, so that the remembered process is the one whose memory is read.
start_watched_server() {
  start_server watched env "${fanout_store[@]}" INHOUSE_DEMO=false INHOUSE_LOG="$log_filter" \
    INHOUSE_LISTEN="127.0.0.1:$1" "$inhouse" serve
}

told_fanout() {
  jq -r '"\(.n_messages) of \(.n_messages + .n_missing) messages, p99 \(.p99_us / 1000 | round) ms, \(.idle_bytes) bytes each"'
}
