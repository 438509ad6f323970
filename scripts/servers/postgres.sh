# shellcheck shell=bash
# PostgreSQL for scripts/test.sh, which reads this file and holds what the engines share.
# shellcheck disable=SC2034,SC2154 # variables shared with it

postgres_folder=
postgres_bin=

# A start-up message, length-prefixed, as printf escapes.
postgres_startup() { # user
  local user=$1
  # 4 length, 4 protocol, "user\0" + name + "\0", "database\0postgres\0", "\0"
  printf '\\x00\\x00\\x00\\x%02x\\x00\\x03\\x00\\x00user\\x00%s\\x00database\\x00postgres\\x00\\x00' \
    $((4 + 4 + 5 + ${#user} + 1 + 18 + 1)) "$user"
}

# Asks the server, without psql, whether this role is let in without a password and may create databases and roles.
postgres_admits() { # host port user
  local host=$1 port=$2 user=$3 query message
  [[ $user =~ ^[A-Za-z0-9_-]{1,63}$ ]] || return 1
  query="SELECT 'may-' || 'create' FROM pg_roles WHERE rolname = current_user AND (rolsuper OR (rolcreatedb AND rolcreaterole))"
  message=$(postgres_startup "$user")
  message+=$(printf 'Q\\x00\\x00\\x00\\x%02x%s\\x00' $((4 + ${#query} + 1)) "$query")
  message+='X\x00\x00\x00\x04'
  # shellcheck disable=SC2016 # expanded by the inner shell
  run_for 5 bash -c 'exec 3<>"/dev/tcp/$0/$1" && printf "$2" >&3 && tr -d "\0" <&3' "$host" "$port" "$message" 2>/dev/null |
    grep -aq 'may-create'
}

postgres_running() {
  local host=${PGHOST:-127.0.0.1}
  case $host in /*) host=127.0.0.1 ;; esac # a socket folder
  use_running_server "$host" "${PGPORT:-5432}" ${PGUSER:+"$PGUSER"} postgres "$(id -un)"
}

# The folder that holds initdb, pg_ctl and postgres; the newest version where there are several.
postgres_binaries() {
  local folder
  folder=$(command -v initdb || true)
  if [[ -n $folder ]]; then
    folder=$(dirname "$folder")
    if [[ -x $folder/pg_ctl && -x $folder/postgres ]]; then
      printf '%s\n' "$folder"
      return 0
    fi
  fi
  while IFS= read -r folder; do
    if [[ -x $folder/initdb && -x $folder/pg_ctl && -x $folder/postgres ]]; then
      printf '%s\n' "$folder"
      return 0
    fi
  done < <(printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql*/ /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin |
    sort -rV)
  return 1
}

postgres_throw_away() {
  local port attempt
  postgres_bin=$(postgres_binaries) || return 1
  postgres_folder=$(server_folder postgres) || exit
  as_server_user postgres "$postgres_bin/initdb" --pgdata="$postgres_folder/data" --username=postgres --auth=trust --encoding=UTF8 \
    --locale=C --no-sync >"$postgres_folder/initdb.log" 2>&1 || {
    cat "$postgres_folder/initdb.log" >&2
    fail "initdb failed"
  }
  for attempt in 1 2 3 4 5; do
    port=$(free_port)
    if as_server_user postgres "$postgres_bin/pg_ctl" --pgdata="$postgres_folder/data" --log="$postgres_folder/server.log" --wait --timeout=60 --silent \
      --options="-c listen_addresses=127.0.0.1 -p $port -c unix_socket_directories= -c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" \
      start >/dev/null 2>&1 && postgres_admits 127.0.0.1 "$port" postgres; then
      url="postgres://postgres@127.0.0.1:$port/postgres"
      say "$label: a throw-away server from $postgres_bin, port $port"
      return 0
    fi
    say "$label: the throw-away server did not start on port $port (attempt $attempt)"
  done
  cat "$postgres_folder/server.log" >&2 || true
  fail "$label: the throw-away server from $postgres_bin does not start"
}

postgres_stop() {
  [[ -n $postgres_folder ]] || return 0
  as_server_user postgres "$postgres_bin/pg_ctl" --pgdata="$postgres_folder/data" --mode=immediate --silent stop >/dev/null 2>&1 || true
  rm -rf "$postgres_folder"
}

postgres_install() {
  install_package postgresql
}

postgres_container() {
  start_container postgres:17 5432 postgres POSTGRES_HOST_AUTH_METHOD=trust
}

postgres_advice() {
  printf '%s\n' "the tests need PostgreSQL and there is none. Do one of these and start again:
  - install its server binaries (Debian: apt-get install postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql);
  - start Docker;
  - name a server: TENANCY_TEST_POSTGRES=postgres://user:password@host:5432/postgres scripts/test.sh
    (the role must be allowed to create databases and roles)."
}
