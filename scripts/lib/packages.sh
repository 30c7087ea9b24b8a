# shellcheck shell=bash disable=SC2034 # variables are read by the sourcing script
# What the checks need of the machine, installed from Debian when it is missing. To be sourced.
#
# Each `ensure_*` returns 0 when the thing is there; else it sets `missing` to a reason fit for print and returns 1.

missing=''
skip_reason=''
apt_lists_are_fresh=''

# need ENSURE…: whether the stage can run here; if not, `skip_reason` says why. In continuous integration nothing is
# skipped: there the run fails.
need() {
  missing=''
  if "$@"; then
    return 0
  fi
  skip_reason=${missing:-$* failed}
  if [[ ${CI:-} == true ]]; then
    echo "nothing is skipped with CI=true: $skip_reason"
    exit 1
  fi
  return 1
}

# apt_install PACKAGE…: installs without questions, and without starting the services that come with a package: the
# checks start their own. Detached from the terminal, so that Ctrl-C is heeded once the package manager is done.
apt_install() {
  if ! command -v apt-get >/dev/null || [[ $(id -u) != 0 ]]; then
    missing="$* missing, and only root on Debian can install it here"
    return 1
  fi
  local policy=/usr/sbin/policy-rc.d status=0
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    temporary_files+=("$policy")
  else
    policy=''
  fi
  export DEBIAN_FRONTEND=noninteractive
  if [[ -z $apt_lists_are_fresh ]]; then
    setsid --wait apt-get update -q && apt_lists_are_fresh=yes
  fi
  setsid --wait apt-get install -qy --no-install-recommends "$@" || status=$?
  if [[ -n $policy ]]; then
    rm -f "$policy"
  fi
  if ((status != 0)); then
    missing="apt-get install $* failed"
  fi
  return "$status"
}

ensure_command() {
  local command=$1 package=$2
  command -v "$command" >/dev/null || apt_install "$package"
}

ensure_cargo() {
  if ! command -v cargo >/dev/null; then
    missing='cargo is missing: install Rust'
    return 1
  fi
  # The C compiler links Rust programs and builds the bundled SQLite.
  command -v cc >/dev/null || apt_install gcc libc6-dev
}

# ensure_cargo_tool COMMAND COMPONENT
ensure_cargo_tool() {
  ensure_cargo || return 1
  if ! cargo "$1" --version >/dev/null 2>&1; then
    missing="cargo $1 is missing: rustup component add $2"
    return 1
  fi
}

# Node from anywhere is good: Debian's is installed only where there is none.
ensure_node() {
  if ! command -v node >/dev/null; then
    apt_install nodejs npm
  elif ! command -v npm >/dev/null; then
    missing='node is there but npm is not'
    return 1
  fi
}

# Sets `postgres_bin` to the folder of the newest server binaries, version 15 or later.
ensure_postgres() {
  find_postgres || { apt_install postgresql && find_postgres; }
}

find_postgres() {
  local dir version
  while read -r dir; do
    [[ -x $dir/initdb && -x $dir/postgres ]] || continue
    version=$("$dir/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
    if ((version >= 15)); then
      postgres_bin=$dir
      return 0
    fi
  done < <(postgres_candidates)
  missing='no PostgreSQL 15 or later'
  return 1
}

postgres_candidates() {
  printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV
  if command -v postgres >/dev/null; then
    dirname "$(readlink -f "$(command -v postgres)")"
  fi
}
