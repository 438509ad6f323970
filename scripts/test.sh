#!/usr/bin/env bash
# Runs every test of the workspace, on SQLite, on PostgreSQL, behind pgbouncer, and on MariaDB or MySQL. Arguments go to `cargo test`.
#
#   scripts/test.sh
#   scripts/test.sh -p quickstart --test walk
#
# SQLite is compiled in. Each of the two servers comes from the first of these that there is:
#   1. $TENANCY_TEST_POSTGRES or $TENANCY_TEST_MYSQL, the URL of a user that may create databases and users;
#   2. a server on 127.0.0.1 that lets such a user in without a password: PostgreSQL on port 5432 ($PGHOST, $PGPORT) as $PGUSER,
#      postgres or you, MariaDB or MySQL on port 3306 ($MYSQL_HOST, $MYSQL_TCP_PORT) as root or you;
#   3. installed server binaries: a throw-away server on a free port, removed at the end;
#   4. as root where there is apt-get: the same, after installing the package postgresql or mariadb-server;
#   5. Docker: a throw-away container, removed at the end.
# The program pgbouncer, which the tests start themselves, is the one at $TENANCY_TEST_PGBOUNCER, the one in PATH, /usr/sbin or
# /usr/local/sbin, or, as root where there is apt-get, the one of the package pgbouncer, installed without its service.
# libclang, which one test needs to build PostgreSQL's parser, comes from scripts/libclang.sh in the same way.
# Where one is missing nothing is tested and the script fails, saying what to do. Nothing is skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The server that is being looked for, and what the steps found.
engine=
label=
url=
containers=()
service_policy=

say() { printf 'test.sh: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# shellcheck source=scripts/servers/postgres.sh
source scripts/servers/postgres.sh
# shellcheck source=scripts/servers/mysql.sh
source scripts/servers/mysql.sh
# shellcheck source=scripts/servers/pgbouncer.sh
source scripts/servers/pgbouncer.sh

# shellcheck disable=SC2317,SC2329 # called by the trap
clean_up() {
  trap '' INT TERM HUP # a second ctrl-C must not leave half of it behind
  local container
  postgres_stop
  mysql_stop
  for container in ${containers[@]+"${containers[@]}"}; do
    docker rm --force --volumes "$container" >/dev/null 2>&1 || say "could not remove the container $container"
  done
  allow_services
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

listens() { # host port
  # shellcheck disable=SC2016 # expanded by the inner shell
  run_for 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>/dev/null
}

# `timeout`, which is not part of macOS. As it does, this stops the command's children too: they would hold its output open.
run_for() { # seconds command...
  if command -v timeout >/dev/null; then
    timeout "$@"
    return
  fi
  (
    set -m # a process group for each of the two
    "${@:2}" &
    command=$!
    { sleep "$1" && kill -- "-$command"; } >/dev/null 2>&1 &
    status=0
    wait "$command" || status=$?
    kill -- "-$!" 2>/dev/null || true
    exit "$status"
  )
}

free_port() {
  local port
  until port=$((20000 + RANDOM % 12000)) && ! listens 127.0.0.1 "$port"; do :; done
  printf '%s\n' "$port"
}

# The servers refuse to run as root. Root's own TMPDIR may be closed to others.
as_server_user() { # user command...
  local user
  user=$(server_user "$1")
  shift
  if [[ $(id -u) -ne 0 ]]; then
    "$@"
  elif command -v runuser >/dev/null; then
    (cd / && TMPDIR=/tmp runuser -u "$user" -- "$@")
  else
    (cd / && TMPDIR=/tmp su -s /bin/sh "$user" -c "$(printf '%q ' "$@")")
  fi
}

server_user() { # user
  if id -u "$1" >/dev/null 2>&1; then echo "$1"; else echo nobody; fi
}

# A new folder that the server may write to.
server_folder() { # user
  local folder parent=${TMPDIR:-/tmp}
  if [[ $(id -u) -eq 0 ]]; then parent=/tmp; fi
  folder=$(mktemp -d "$parent/tenancy-$engine.XXXXXX") || fail "no temporary folder could be made"
  if [[ $(id -u) -eq 0 ]]; then chown "$(server_user "$1")" "$folder"; fi
  printf '%s\n' "$folder"
}

use_running_server() { # host port user...
  local host=$1 port=$2 user
  shift 2
  listens "$host" "$port" || return 1
  for user in "$@"; do
    if "${engine}_admits" "$host" "$port" "$user"; then
      url="$engine://$user@$host:$port/$engine"
      say "$label: the server on $host:$port, as $user"
      return 0
    fi
  done
  say "$label: what listens on $host:$port lets none of these in without a password as a user that may create databases" \
    "and users: $*; going on without it"
  return 1
}

install_package() { # package
  [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null || return 1
  say "$label: no server is installed; installing the package $1 with apt-get"
  local log installed=0
  log=$(mktemp)
  # A package starts its service unless policy-rc.d forbids it. The administrator's own policy stays as it is.
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then
    service_policy=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' >"$service_policy"
    chmod 755 "$service_policy"
  fi
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$1"; } \
    </dev/null >"$log" 2>&1 || installed=$?
  allow_services
  if [[ $installed -ne 0 ]]; then
    tail -n 20 "$log" >&2
    say "$label: apt-get could not install $1"
  fi
  rm -f "$log"
  return "$installed"
}

allow_services() {
  if [[ -n $service_policy ]]; then rm -f "$service_policy"; fi
  service_policy=
}

start_container() { # image port user setting
  local image=$1 inner=$2 user=$3 setting=$4 container port attempt
  command -v docker >/dev/null && docker info >/dev/null 2>&1 || return 1
  say "$label: starting a throw-away container of $image"
  container=$(docker run --detach --rm --env "$setting" --publish "127.0.0.1::$inner" "$image") || return 1
  containers+=("$container")
  port=$(docker port "$container" "$inner/tcp" | head -n 1)
  port=${port##*:}
  # The images start their server twice; only the second one listens on TCP.
  for attempt in {1..60}; do
    if "${engine}_admits" 127.0.0.1 "$port" "$user"; then
      url="$engine://$user@127.0.0.1:$port/$engine"
      return 0
    fi
    sleep 1
  done
  docker logs "$container" >&2 || true
  fail "$label: the container did not answer on 127.0.0.1:$port after $attempt seconds"
}

# The five steps of the top, each in the file of the engine.
provide() { # engine label variable
  engine=$1 label=$2
  local variable=$3
  url=${!variable:-}
  if [[ -n $url ]]; then
    say "$label: the server that $variable names"
  else
    "${engine}_running" || "${engine}_throw_away" || { "${engine}_install" && "${engine}_throw_away"; } ||
      "${engine}_container" || fail "$("${engine}_advice")"
  fi
  export "$variable=$url"
}

provide postgres PostgreSQL TENANCY_TEST_POSTGRES
provide mysql 'MariaDB or MySQL' TENANCY_TEST_MYSQL
provide_pgbouncer
LIBCLANG_PATH=$(scripts/libclang.sh)
export LIBCLANG_PATH
# Unit, integration and documentation tests.
cargo test --locked --workspace --all-features "$@"
