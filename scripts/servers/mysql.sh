# shellcheck shell=bash
# MariaDB or MySQL for scripts/test.sh, which reads this file and holds what the engines share.
# shellcheck disable=SC2034,SC2154 # variables shared with it

mysql_folder=
mysql_server=
mysql_installer=
mysql_pid=

# Sends one packet: 3 bytes of length, its number, the payload.
mysql_send() { # number length payload-as-printf-escapes
  # shellcheck disable=SC2059 # the payload is a format, to have zero bytes
  printf "$(printf '\\x%02x\\x%02x\\x00\\x%02x' $(($2 % 256)) $(($2 / 256)) "$1")$3" >&3
}

# Reads one packet and prints what kind it is: the first byte of the payload, in hexadecimal.
mysql_receive() {
  local low middle high payload
  read -r low middle high _ < <(dd bs=1 count=4 <&3 2>/dev/null | od -An -v -tu1)
  # Longer ones are not of this protocol.
  [[ $high -eq 0 ]] || return 1
  payload=$(dd bs=1 count=$((low + 256 * middle)) <&3 2>/dev/null | od -An -v -tx1 | tr -d ' \n')
  printf '%s\n' "${payload:0:2}"
}

# Logs in with an empty password, and prints the answer to one query.
mysql_ask() { # host port user query
  local host=$1 port=$2 user=$3 query=$4 kind
  exec 3<>"/dev/tcp/$host/$port"
  [[ $(mysql_receive) == 0a ]] || return 1 # the greeting, version 10
  # 4 capabilities (LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH), 4 longest packet, 1 character set (utf8mb4),
  # 23 reserved, name + "\0", 1 length of the empty password, plugin + "\0"
  mysql_send 1 $((4 + 4 + 1 + 23 + ${#user} + 1 + 1 + 22)) \
    "\\x01\\x82\\x08\\x00\\x00\\x00\\x00\\x01\\x2d$(printf '\\x00%.0s' {1..23})$user\\x00\\x00mysql_native_password\\x00"
  kind=$(mysql_receive)
  if [[ $kind == fe ]]; then # the user has another plugin, such as MySQL's caching_sha2_password
    mysql_send 3 0 ''
    kind=$(mysql_receive)
  fi
  [[ $kind == 00 ]] || return 1
  mysql_send 0 $((1 + ${#query})) "\\x03$query"
  mysql_send 0 1 '\x01' # goodbye, so that the answer has an end
  LC_ALL=C tr -cd '[:print:]' <&3
}

# Asks the server, without a client program, whether this user is let in without a password and may create databases and users,
# and grant them rights.
mysql_admits() { # host port user
  [[ $3 =~ ^[A-Za-z0-9_-]{1,32}$ ]] || return 1
  local query="SELECT CONCAT('may-', 'create') FROM information_schema.user_privileges
    WHERE grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')
    AND privilege_type IN ('CREATE', 'CREATE USER') AND is_grantable = 'YES' HAVING COUNT(*) = 2"
  # shellcheck disable=SC2016 # expanded by the inner shell
  [[ $(run_for 5 bash -c "$(declare -f mysql_send mysql_receive mysql_ask)"'; mysql_ask "$@"' bash "$@" "$query" 2>/dev/null) == *may-create* ]]
}

mysql_running() {
  local users=(root)
  if [[ $(id -un) != root ]]; then users+=("$(id -un)"); fi
  use_running_server "${MYSQL_HOST:-127.0.0.1}" "${MYSQL_TCP_PORT:-3306}" "${users[@]}"
}

# Finds the server and, for MariaDB, the program that fills a new data folder; MySQL's server does that itself.
mysql_binaries() {
  local folder name
  while IFS= read -r folder; do
    for name in mariadbd mysqld; do
      [[ -x $folder/$name ]] || continue
      mysql_server=$folder/$name
      mysql_installer=
      [[ $("$mysql_server" --no-defaults --version 2>/dev/null) == *MariaDB* ]] || return 0
      for mysql_installer in "$folder/mariadb-install-db" "${folder%/*}/bin/mariadb-install-db"; do
        if [[ -x $mysql_installer ]]; then return 0; fi
      done
    done
  done < <(
    tr ':' '\n' <<<"$PATH"
    printf '%s\n' /usr/sbin /usr/libexec /usr/local/sbin /usr/local/mysql/bin /opt/homebrew/opt/mariadb*/bin \
      /opt/homebrew/opt/mysql*/bin /usr/local/opt/mariadb*/bin /usr/local/opt/mysql*/bin
  )
  return 1
}

mysql_throw_away() {
  local port attempt quick
  mysql_binaries || return 1
  mysql_folder=$(server_folder mysql) || exit
  # root without a password. The test database comes with users without a name, who would take the place of the tests' own.
  local options=(--auth-root-authentication-method=normal --skip-test-db)
  if [[ -z $mysql_installer ]]; then options=(--initialize-insecure); fi
  # Not --user: as root, MariaDB's program would then change the owner of installed files as well.
  as_server_user mysql "${mysql_installer:-$mysql_server}" --no-defaults --datadir="$mysql_folder/data" "${options[@]}" \
    >"$mysql_folder/install.log" 2>&1 || {
    cat "$mysql_folder/install.log" >&2
    fail "$label: ${mysql_installer:-$mysql_server} could not fill a data folder"
  }
  options=(--datadir="$mysql_folder/data" --tmpdir="$mysql_folder" --secure-file-priv="$mysql_folder" --socket="$mysql_folder/socket"
    --pid-file="$mysql_folder/pid" --bind-address=127.0.0.1 --skip-networking=0 --loose-mysqlx=OFF --max-connections=200
    --innodb-flush-log-at-trx-commit=0 --sync-binlog=0 --skip-log-bin)
  # Here --user, and no program in between: the process to stop is the server itself.
  if [[ $(id -u) -eq 0 ]]; then options+=(--user="$(server_user mysql)"); fi
  for attempt in 1 2 3 4 5; do
    port=$(free_port)
    "$mysql_server" --no-defaults "${options[@]}" --port="$port" </dev/null >"$mysql_folder/server.log" 2>&1 &
    mysql_pid=$!
    for _ in {1..60}; do
      if mysql_admits 127.0.0.1 "$port" root; then
        url="mysql://root@127.0.0.1:$port/mysql"
        say "$label: a throw-away server from $mysql_server, port $port"
        return 0
      fi
      kill -0 "$mysql_pid" 2>/dev/null || break
      sleep 1
    done
    mysql_kill
    say "$label: the throw-away server did not start on port $port (attempt $attempt)"
  done
  cat "$mysql_folder/server.log" >&2 || true
  fail "$label: the throw-away server from $mysql_server does not start"
}

# At once: nothing of it is kept.
mysql_kill() {
  if [[ -n $mysql_pid ]]; then
    {
      kill -KILL "$mysql_pid"
      wait "$mysql_pid"
    } 2>/dev/null || true
  fi
  mysql_pid=
}

mysql_stop() {
  mysql_kill
  if [[ -n $mysql_folder ]]; then rm -rf "$mysql_folder"; fi
}

mysql_install() {
  install_package mariadb-server
}

mysql_container() {
  start_container mariadb:11 3306 root MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1
}

mysql_advice() {
  printf '%s\n' "the tests need MariaDB or MySQL and there is neither. Do one of these and start again:
  - install its server binaries (Debian: apt-get install mariadb-server; Fedora: dnf install mariadb-server; macOS: brew install mariadb);
  - start Docker;
  - name a server: TENANCY_TEST_MYSQL=mysql://user:password@host:3306/mysql scripts/test.sh
    (the user must be allowed to create databases and users, and to grant rights on them)."
}
