#!/bin/sh
# install-hub.sh hub5|hub6 FOLDER: put that JupyterHub into a new virtual environment in FOLDER, which can be renamed.
set -eu
uv venv -q --clear --relocatable "$2"
UV_SYSTEM_CERTS=true exec uv pip install -q --require-hashes -p "$2" -r "$(dirname "$0")/requirements-$1.txt"
