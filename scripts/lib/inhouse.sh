# shellcheck shell=bash
# What the scripts know of the program itself: which variables are its settings and when it is ready. To be sourced.

# A developer's own settings must not leak into a run.
forget_settings() {
  local name
  for name in DATABASE_URL REDIS_URL DISABLE_CACHE $(compgen -e INHOUSE_ || true); do
    unset "$name"
  done
}

# In a subshell, which closes the connection and survives a refused one.
inhouse_is_ready() (
  exec 9<>"/dev/tcp/127.0.0.1/$1"
  printf 'GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&9
  read -r -t 5 status_line <&9
  [[ $status_line == 'HTTP/1.1 200'* ]]
)
