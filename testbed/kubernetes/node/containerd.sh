# The container engine of a worker. Sourced by worker.sh.
mount --make-rshared /

# Version 2 of cgroups has no processes in a group with groups below it: ours move down. Not run so far, as the
# machines that this was made on have version 1.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p /sys/fs/cgroup/init
  xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/init/cgroup.procs 2>/dev/null || true
  sed 's/[^ ]*/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
fi

mkdir -p "$DATA/containerd" /run/containerd
start containerd containerd -c "$HERE/containerd.toml"
until_ok ctr version
