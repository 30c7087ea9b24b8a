# shellcheck shell=bash disable=SC2154 # variables and functions of scripts/bench
# The parts of scripts/bench that measure the page of one real tournament, answered in four ways. To be sourced.

page_variants=(static cached near uncached)
declare -A page_urls=()

part_embedded() {
  need ensure_page_tools || return 0
  build
  measure_page embedded
  target embedded rps cached static at_least 0.6
  target embedded rps near uncached at_least 5
  target embedded p99_us cached static at_most 3
}

part_postgres() {
  need ensure_page_tools || return 0
  need ensure_services || return 0
  build
  start_services
  measure_page postgres
  target postgres rps cached static at_least 0.5
  target postgres rps near uncached at_least 5
  target postgres p99_us cached static at_most 3
}

ensure_page_tools() {
  ensure_cargo && ensure_command jq jq && ensure_command curl curl && ensure_command wrk wrk
}

# measure_page PART
measure_page() {
  local round variant
  check_settings_exist "$1"
  import_tournament "$1"
  serve_page "$1"
  for variant in "${page_variants[@]}"; do
    check_answer "$variant"
  done
  for ((round = 1; round <= rounds; round++)); do
    for variant in $(page_order "$round"); do
      measure_variant "$1" "$round" "$variant"
    done
    say "  round $round of $rounds: $(told_round "$1" "$round")"
  done
  # Under load an answer may have become another one: an error is 200 too.
  for variant in "${page_variants[@]}"; do
    check_answer "$variant"
  done
  stop_page
}

# Every other round goes backwards, so that no variant is always the one that finds the processor hot.
page_order() {
  if (($1 % 2)); then
    printf '%s\n' "${page_variants[@]}"
  else
    printf '%s\n' "${page_variants[@]}" | tac
  fi
}

# ---- servers ---------------------------------------------------------------------------------------------------

# A variable that the program does not read would leave a variant what it should differ from, without a word.
check_settings_exist() {
  local name names=(DISABLE_CACHE INHOUSE_CACHE_RESPONSES)
  if [[ $1 == postgres ]]; then
    names+=(REDIS_URL)
  fi
  "$inhouse" serve --help >"$work_dir/settings"
  for name in "${names[@]}"; do
    grep -qw "$name" "$work_dir/settings" ||
      note "$1: this build has no setting $name, so variants are not what they say"
  done
}

# import_tournament PART: into a database that each server of the part gets, or a copy of it.
import_tournament() {
  local data=tests/data/predecessor
  page_store "$1" imported
  run env "${store[@]}" "$inhouse" import "$data"/{tournament-1,bracket-1,users}.json
}

# page_store PART SERVER: sets `store`, the settings that say where a server finds its data. On SQLite a file belongs to
# one server, as it would in earnest: there the cache of one knows nothing of what another writes.
page_store() {
  if [[ $1 == postgres ]]; then
    store=(DATABASE_URL="$database_url" REDIS_URL="$redis_url")
    return
  fi
  store=(INHOUSE_DATA_DIR="$work_dir/embedded/$2")
  mkdir -p "$work_dir/embedded"
  if [[ $2 != imported ]]; then
    cp -R "$work_dir/embedded/imported" "$work_dir/embedded/$2"
  fi
}

# serve_page PART: starts a server for each variant. The one without a cache tells what all must answer.
serve_page() {
  page_server=("$inhouse" serve)
  serve_variant "$1" uncached DISABLE_CACHE=true
  ask_for_page
  serve_variant "$1" near INHOUSE_CACHE_RESPONSES=false
  page_server=("$bench_server" --static "$work_dir/answer.json")
  serve_variant "$1" cached
  page_urls[static]=${page_urls[cached]%/graphql}/static
}

# serve_variant PART VARIANT [SETTING=VALUE…]
serve_variant() {
  local part=$1 variant=$2
  shift 2
  page_store "$part" "$variant"
  page_settings=("${store[@]}" INHOUSE_DEMO=false INHOUSE_LOG="$log_filter" "$@")
  starting=$variant
  start_on_free_port "$variant" start_page_server inhouse_is_ready
  page_urls[$variant]=http://127.0.0.1:$port/graphql
}

start_page_server() {
  start_server "$starting" env "${page_settings[@]}" INHOUSE_LISTEN="127.0.0.1:$1" "${page_server[@]}"
}

stop_page() {
  local variant
  for variant in uncached near cached; do
    stop_server "$variant" || fail "the server of $variant left with status $? on SIGTERM"
  done
}

# ---- questions -------------------------------------------------------------------------------------------------

# Writes the question of the page and its right answer.
ask_for_page() {
  local id
  jq -n '{query: "{ tournaments(first: 1) { nodes { id } } }"}' >"$work_dir/request.json"
  post uncached "$work_dir/tournaments.json"
  id=$(jq -er '.data.tournaments.nodes[0].id' "$work_dir/tournaments.json")
  jq -n --rawfile query benches/queries/tournament_page.graphql --arg id "$id" '{$query, variables: {$id}}' \
    >"$work_dir/request.json"
  post uncached "$work_dir/answer.json"
  jq -e '.errors == null and .data.tournament.playerCount > 0' "$work_dir/answer.json" >/dev/null ||
    fail "this is not the page: $(head -c 1000 "$work_dir/answer.json")"
}

# post VARIANT FILE: sends the question and keeps the answer.
post() {
  local status
  status=$(curl --silent --show-error --max-time 60 --output "$2" --write-out '%{http_code}' \
    --header 'content-type: application/json' --data-binary "@$work_dir/request.json" "${page_urls[$1]}")
  [[ $status == 200 ]] || fail "$1 answered with status $status: $(head -c 1000 "$2")"
}

check_answer() {
  post "$1" "$work_dir/answer-of-$1.json"
  cmp "$work_dir/answer.json" "$work_dir/answer-of-$1.json" || fail "$1 answers something else than uncached did"
}

# ---- load ------------------------------------------------------------------------------------------------------

# measure_variant PART ROUND VARIANT
measure_variant() {
  local measured
  put_under_load "$warmup" "$3"
  put_under_load "$seconds" "$3"
  measured=$(sed -n 's/^measured: //p' "$work_dir/wrk.out")
  jq -e '.n_requests > 0 and .n_errors == 0' <<<"$measured" >/dev/null ||
    fail "$3 did not answer every request: $measured"
  sample "$1" "$2" "$3" "$measured"
}

# put_under_load SECONDS VARIANT. One thread is enough: what asks must take little from what answers.
put_under_load() {
  run wrk --threads 1 --connections "$connections" --duration "${1}s" --timeout 30s \
    --script scripts/lib/bench/page.lua "${page_urls[$2]}" -- "$work_dir/request.json" >"$work_dir/wrk.out" || {
    cat "$work_dir/wrk.out"
    fail "wrk failed on $2"
  }
}

# told_round PART ROUND: the round's requests per second in one line.
told_round() {
  jq -rs --arg part "$1" --argjson round "$2" \
    'map(select(.part == $part and .round == $round)) | map("\(.variant) \(.rps | round)/s") | join(", ")' \
    "$work_dir/samples.jsonl"
}
