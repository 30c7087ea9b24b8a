# shellcheck shell=bash disable=SC2154 # `work_dir` comes from the sourcing script
# Child processes that never outlive the script: every one runs in a process group of its own, is remembered, and is
# ended by `stop_everything`. To be sourced; the caller sets `work_dir` and calls `stop_everything` from its EXIT trap.

port=''
foreground_pid=''
declare -A servers=() # name → pid
declare -A stop_signals=([postgres]=INT) # for a server whose TERM means "wait for every client to leave"

# Runs a command and returns its status. `wait` lets a trapped signal through at once, which a plain call would not.
run() {
  set -m
  "$@" </dev/null 3>&- &
  foreground_pid=$!
  set +m
  local status=0
  wait "$foreground_pid" || status=$?
  foreground_pid=''
  return "$status"
}

# start_server NAME COMMAND…: starts it in the background, its output in $work_dir/NAME.log.
start_server() {
  local name=$1
  shift
  set -m
  "$@" </dev/null >"$work_dir/$name.log" 2>&1 3>&- &
  servers[$name]=$!
  set +m
}

is_running() {
  [[ -n ${servers[$1]:-} ]] && kill -0 "${servers[$1]}" 2>/dev/null
}

# stop_server NAME: asks it to stop, kills it when it does not, and returns its exit status (0 if it never ran).
stop_server() {
  local name=$1 pid=${servers[$1]:-} status=0
  [[ -n $pid ]] || return 0
  kill -s "${stop_signals[$name]:-TERM}" "$pid" 2>/dev/null || true
  end_within 15 "$pid" || echo "$name did not stop within 15 s and was killed"
  wait "$pid" 2>/dev/null || status=$?
  unset "servers[$name]"
  return "$status"
}

# end_within SECONDS PID: waits for the process to end; after that time kills its whole group and returns 1.
end_within() {
  local tries=$(($1 * 20)) pid=$2
  while kill -0 "$pid" 2>/dev/null; do
    if ((tries-- == 0)); then
      kill -KILL -- "-$pid" 2>/dev/null || true
      return 1
    fi
    sleep 0.05
  done
}

# is_interruption STATUS: whether it is that of the caller's traps for HUP, INT and TERM.
is_interruption() {
  [[ $1 == 129 || $1 == 130 || $1 == 143 ]]
}

stop_everything() {
  local name
  if [[ -n $foreground_pid ]]; then
    kill -TERM -- "-$foreground_pid" 2>/dev/null || true
    end_within 5 "$foreground_pid" || true
    # The leader is gone; what it left behind in its group goes too.
    kill -KILL -- "-$foreground_pid" 2>/dev/null || true
    foreground_pid=''
  fi
  for name in "${!servers[@]}"; do
    stop_server "$name" || true
  done
}

# Sets `port` to one of 127.0.0.1 on which nobody listens, below the range the kernel uses for outgoing connections.
choose_port() {
  while true; do
    port=$((20000 + RANDOM % 12000))
    (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
}

# start_on_free_port NAME START READY: calls `START PORT`, then `READY PORT` until it succeeds; sets `port`. Another
# process may take the port in between, so a server that dies is tried again elsewhere. Bounded: 3 tries of 60 s.
start_on_free_port() {
  local name=$1 start=$2 ready=$3 try polls
  for try in 1 2 3; do
    choose_port
    "$start" "$port"
    for ((polls = 0; polls < 600; polls++)); do
      is_running "$name" || break
      if "$ready" "$port" >/dev/null 2>&1; then
        return 0
      fi
      sleep 0.1
    done
    echo "$name did not get ready on port $port (try $try of 3); it said:"
    cat "$work_dir/$name.log"
    stop_server "$name" || true
  done
  return 1
}
