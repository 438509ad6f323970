#!/usr/bin/env bash
# Prints the folder of libclang, which the build of tests/grammar reads C headers with; as root where there is apt-get, installs it.
#
#   LIBCLANG_PATH=$(scripts/libclang.sh) cargo test -p tenancy-grammar
#
# It is the one at $LIBCLANG_PATH, or in a folder where an LLVM is usually installed, with the headers of the compiler beside it.
set -euo pipefail

fail() {
  printf 'libclang.sh: %s\n' "$*" >&2
  exit 1
}

is_whole() { # folder
  compgen -G "$1/libclang.so*" >/dev/null || compgen -G "$1/libclang-*.so*" >/dev/null || compgen -G "$1/libclang.dylib" >/dev/null || return 1
  compgen -G "$1/clang/*/include/stddef.h" >/dev/null || compgen -G "$1/../lib/clang/*/include/stddef.h" >/dev/null
}

find_folder() {
  local folder
  for folder in /usr/lib/llvm-*/lib /usr/lib64 /usr/lib /usr/local/lib /opt/homebrew/opt/llvm/lib /usr/local/opt/llvm/lib \
    /Library/Developer/CommandLineTools/usr/lib; do
    if is_whole "$folder"; then
      printf '%s\n' "$folder"
      return 0
    fi
  done
  return 1
}

if [[ -n ${LIBCLANG_PATH:-} ]]; then
  printf '%s\n' "$LIBCLANG_PATH"
  exit 0
fi
if find_folder; then exit 0; fi
if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
  printf 'libclang.sh: installing the package libclang-dev with apt-get\n' >&2
  log=$(mktemp)
  trap 'rm -f "$log"' EXIT
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends libclang-dev; } \
    </dev/null >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    fail 'apt-get could not install libclang-dev'
  }
  if find_folder; then exit 0; fi
fi
fail 'the grammar tests build PostgreSQL'\''s parser, which needs libclang, and there is none. Do one of these and start again:
  - install it (Debian: apt-get install libclang-dev; Fedora: dnf install clang-devel; macOS: brew install llvm);
  - name its folder: LIBCLANG_PATH=/path/to/lib scripts/test.sh'
