# Sourced by the scripts beside it: where things lie, and how they speak.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Builds and tools stay outside the tree, so that fresh clones share them.
CHAIRSIDE_CACHE=${CHAIRSIDE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/chairside}
tools=$CHAIRSIDE_CACHE/tools
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$CHAIRSIDE_CACHE/target}
export PATH=$tools/bin:$PATH
export CHAIRSIDE_SCHEMATHESIS=$tools/schemathesis-4.32.5/bin/schemathesis
export CHAIRSIDE_TAURI_DRIVER=$tools/bin/tauri-driver

# One set of features for every build, so that nothing is compiled twice.
features=(--features chairside/custom-protocol)

# Where the built programs are, for what is started with them.
name_programs() {
  export CHAIRSIDE_WINDOW=$CARGO_TARGET_DIR/debug/chairside
  export CHAIRSIDE_CLINIC=$CARGO_TARGET_DIR/debug/chairside-clinic
  export CHAIRSIDE_CENTRAL_PROGRAM=$CARGO_TARGET_DIR/debug/chairside-central
}

say() { printf '\n== %s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# Runs a step, and says how long it took.
step() { # title, command...
  local title=$1 began=$SECONDS
  shift
  say "$title"
  "$@"
  printf '\n== %s: %d s\n' "$title" $((SECONDS - began))
}

# The screens, built into ui/dist, if something they are made of is newer.
build_screens() {
  if [ -f ui/dist/index.html ] && [ -z "$(find ui crates/clinic/messages -newer ui/dist/index.html -type f \
    -not -path 'ui/node_modules/*' -not -path 'ui/dist/*' -print -quit)" ]; then
    echo "The screens in ui/dist are up to date."
    return
  fi
  (cd ui && npm run --silent build)
}

# Starts a display in memory on a number it finds free itself; sets `display`
# and `display_pid`.
start_display() { # width x height
  local told
  told=$(mktemp)
  Xvfb -displayfd 3 -screen 0 "${1}x24" -nolisten tcp -noreset 3>"$told" >/dev/null 2>&1 &
  display_pid=$!
  local deadline=$((SECONDS + 20))
  until [ -s "$told" ]; do
    kill -0 "$display_pid" 2>/dev/null || fail "Xvfb did not start."
    [ "$SECONDS" -lt "$deadline" ] || fail "Xvfb did not say its display's number."
    sleep 0.05
  done
  display=:$(tr -d '[:space:]' <"$told")
  rm -f "$told"
}
