#!/bin/sh
# install-packages.sh LIST...: installs the Debian packages in the lists that are missing.
set -eu
missing=""
for package in $(sed 's/#.*//' "$@"); do
  dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "These Debian packages are missing; install them as root: apt-get install --no-install-recommends$missing" >&2
  exit 1
fi
echo "== Installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || echo "Some package lists could not be read; going on with those that could." >&2
# shellcheck disable=SC2086
apt-get install -qq --no-install-recommends $missing >/dev/null
