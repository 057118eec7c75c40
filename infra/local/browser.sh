#!/usr/bin/env bash
# Browser journeys against a city of its own. Without a browser they are skipped, and it says so,
# unless CI or HUES_REQUIRE_BROWSER is set: then that is a failure.
set -u
browser="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
if [ -z "$browser" ]; then
  echo "✗ no Chromium found: the browser journeys were SKIPPED. Get one: apt-get install chromium, or set CHROMIUM=/path"
  [ -z "${CI:-}${HUES_REQUIRE_BROWSER:-}" ] && exit 0
  exit 1
fi
folder="$(mktemp -d)"
port="$(.venv/bin/python -c 'from infra.local.place import free_port; print(free_port())')"
export CHROMIUM="$browser" HUES_LOCAL="$folder" PORT="$port" BASE_URL="http://127.0.0.1:$port"
trap '.venv/bin/python -m infra.local down >/dev/null 2>&1; rm -rf "$folder"' EXIT
.venv/bin/python -m infra.local up | tail -1 || exit 1
node --test --test-concurrency=1 tests/e2e/*.test.mjs
