# shellcheck shell=bash
# pgbouncer for scripts/test.sh, which reads this file and holds what the engines share. The tests start it themselves, each with
# settings of its own and in front of a database of its own: a program on this machine is what they need, and a container does not help.
# shellcheck disable=SC2034 # variables shared with it

# The tests look in the same places when they run without the script.
pgbouncer_program() {
  local folder
  while IFS= read -r folder; do
    if [[ -f $folder/pgbouncer && -x $folder/pgbouncer ]]; then
      printf '%s\n' "$folder/pgbouncer"
      return 0
    fi
  done < <(
    tr ':' '\n' <<<"$PATH"
    printf '%s\n' /usr/sbin /usr/local/sbin
  )
  return 1
}

provide_pgbouncer() {
  engine=pgbouncer label=pgbouncer
  local program=${TENANCY_TEST_PGBOUNCER:-}
  if [[ -z $program ]]; then
    program=$(pgbouncer_program) || { install_package pgbouncer && program=$(pgbouncer_program); } || fail "$(pgbouncer_advice)"
  elif [[ $program != /* ]]; then
    fail "TENANCY_TEST_PGBOUNCER must be an absolute path, and is $program"
  fi
  [[ $("$program" --version 2>/dev/null) == PgBouncer* ]] || fail "$program does not say that it is pgbouncer: $program --version"
  say "$label: $program"
  export TENANCY_TEST_PGBOUNCER=$program
}

pgbouncer_advice() {
  printf '%s\n' "the tests need pgbouncer and there is none. Do one of these and start again:
  - install it (Debian: apt-get install pgbouncer; Fedora: dnf install pgbouncer; macOS: brew install pgbouncer);
    its service need not run, the tests start processes of their own;
  - name the program: TENANCY_TEST_PGBOUNCER=/path/to/pgbouncer scripts/test.sh"
}
