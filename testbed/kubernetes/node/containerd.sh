# containerd of a worker. Sourced by worker.sh.
mount --make-rshared /

# cgroup v2 allows no processes in a group that has child groups: move them into one. Not tested so far.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p /sys/fs/cgroup/init
  xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/init/cgroup.procs 2>/dev/null || true
  sed 's/[^ ]*/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
fi

mkdir -p "$DATA/containerd" /run/containerd
start containerd containerd -c "$HERE/containerd.toml"
until_ok ctr version
