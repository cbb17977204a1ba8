#!/bin/bash
# debian.sh LIST TAR: a small Debian 12 with the packages in LIST and the user of notebooks, as a tar file. Needs root.
# Where the packages come from, and through which proxy, is what this machine's own apt says.
set -euo pipefail
mmdebstrap --quiet --variant=minbase --include="$(sed 's/#.*//' "$1" | paste -sd,)" \
  --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --customize-hook='chroot "$1" useradd --create-home --uid 1000 --shell /bin/bash jovyan' \
  bookworm "$2"
