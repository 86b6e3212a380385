#!/usr/bin/env bash
# Runs every test. Installs what the tests need and this machine lacks (PostgreSQL, Prometheus, HAProxy, faketime, the tools of systemd and iproute2, npm, Chromium), by apt-get.
# Usage: tests/run.sh [arguments of `dotnet test`]
# The last line is "N passed, N failed, N skipped"; the exit code is not 0 where a test or the build failed.
set -uo pipefail
cd "$(dirname "$0")/.."

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null
fi

if ! command -v prometheus >/dev/null || ! command -v promtool >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends prometheus >/dev/null
fi

if ! command -v haproxy >/dev/null || ! command -v systemd-analyze >/dev/null || ! command -v faketime >/dev/null || ! command -v ip >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends haproxy systemd faketime iproute2 >/dev/null
fi

if ! command -v npm >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
fi

if ! command -v chromium >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
fi

dotnet build MedOrleans.sln -c Release --nologo -v quiet || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }
dotnet test MedOrleans.sln -c Release --no-build --nologo --logger trx --results-directory "$results" "$@"
code=$?

# The totals of every project's result file, so that one project's failure is not buried under another's success.
passed=0 failed=0 skipped=0
for file in "$results"/*.trx; do
  [ -e "$file" ] || continue
  counters=$(grep -o '<Counters [^>]*>' "$file")
  number() { printf '%s' "$counters" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*'; }
  passed=$((passed + $(number passed)))
  failed=$((failed + $(number failed) + $(number error) + $(number timeout) + $(number aborted)))
  skipped=$((skipped + $(number notExecuted)))
done
[ "$passed" -gt 0 ] || code=1
[ "$failed" -eq 0 ] || code=1
echo "$passed passed, $failed failed, $skipped skipped"
exit $code
