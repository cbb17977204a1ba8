# Fill a store that nodes start from: all images in /images. Sourced by node.sh.
. "$HERE/containerd.sh"
for archive in /images/*.tar; do ctr -n k8s.io images import "$archive"; done
kill "$(awk '/containerd/ {print $1}' /run/daemons)"
wait
exit 0
