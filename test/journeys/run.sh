#!/usr/bin/env bash
# Four people go through the project from a clean clone: a backend developer, a platform engineer, a library user and
# a student. Each says how long every step took, and how many words were read for it.
#
#   test/journeys/run.sh            all of them
#   test/journeys/run.sh student    one
#
# Needs git, npm with a registry, curl, kubectl (or kustomize) and helm, psql and postgres, redis-server, busybox,
# python3, go and chromium.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

seconds=$SECONDS
git clone --quiet "$root" "$work/kubelane"
cd "$work/kubelane"
npm ci --silent --no-audit --no-fund
echo "git clone and npm ci: $((SECONDS - seconds)) s"

seconds=$SECONDS
npm pack --silent --ignore-scripts --pack-destination "$work" >/dev/null
export KUBELANE_JOURNEY_TARBALL=$(echo "$work"/kubelane-*.tgz)
npm install --silent --no-audit --no-fund --prefix "$work/installed" "$KUBELANE_JOURNEY_TARBALL"
export KUBELANE_JOURNEY_PROGRAM=$work/installed/node_modules/kubelane/dist/bin/kubelane.cjs
echo "installed from its tarball: $((SECONDS - seconds)) s"
echo

people=("$@")
((${#people[@]})) || people=(student library platform backend)
for person in "${people[@]}"; do
  node_modules/.bin/esbuild "test/journeys/$person.ts" --bundle --platform=node --format=esm --log-level=warning \
    --outfile="$work/$person.mjs"
  node "$work/$person.mjs"
done
