#!/bin/bash
# Make the base image, Debian 12 as a bare cloud image has it, unless this very script made it before; print its name.
set -euo pipefail
image=localhost/openstack-hub/base:$(sha256sum "$0" | cut -c 1-12)
if ! podman image exists "$image"; then
  # Containers get the loop devices of the moment they start; homes need more. systemd makes these at every start.
  loops=$(mktemp)
  trap 'rm -f "$loops"' EXIT
  for n in {0..63}; do echo "b! /dev/loop$n 0660 root disk - 7:$n"; done >"$loops"
  id=$(mmdebstrap --quiet --variant=minbase \
    --include=ca-certificates,dbus,e2fsprogs,iproute2,openssh-server,procps,python3,python3-apt,sudo,systemd,systemd-sysv,util-linux \
    --aptopt='Acquire::Languages "none"' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --customize-hook="upload $loops /etc/tmpfiles.d/loop.conf" \
    bookworm - | podman import --quiet -)
  podman tag "$id" "$image"
  echo "made" >&2
fi
echo "$image"
