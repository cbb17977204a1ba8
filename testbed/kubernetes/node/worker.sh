# A worker: containerd, kubelet, kube-proxy and the enforcement of network policies. Sourced by node.sh.
await_network
# In this network namespace only.
sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null || true # without br_netfilter there is none

# The kubelet would change these settings of the whole machine: mount files with the values that it wants over them.
mkdir -p /run/shown
while read -r setting value; do
  echo "$value" >"/run/shown/${setting##*/}"
  mount --bind "/run/shown/${setting##*/}" "/proc/sys/$setting"
done <<SETTINGS
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
SETTINGS

# All workers share the layers of the store's images.
layers=io.containerd.snapshotter.v1.overlayfs/snapshots
for layer in /opt/store/"$layers"/*; do mount --bind "$layer" "$DATA/containerd/$layers/${layer##*/}"; done

mkdir -p "$DATA/kubelet" /etc/cni/net.d
install -m 644 "$DATA/10-pods.conflist" /etc/cni/net.d/
echo 'nameserver 127.0.0.1' >/etc/resolv.pods # for pods with dnsPolicy Default: no name server
ip link add cni0 type bridge
ip addr add "10.244.${ADDRESS##*.}.1/24" dev cni0
ip link set cni0 up

. "$HERE/containerd.sh"
start kubelet kube kubelet --config="$DATA/kubelet.json" --kubeconfig="$PKI/$NAME.conf" --hostname-override="$NAME" \
  --node-ip="$ADDRESS" --root-dir="$DATA/kubelet" --cert-dir="$DATA/kubelet/pki"
start kube-proxy kube kube-proxy --config="$DATA/kube-proxy.json" --hostname-override="$NAME"
start netpol kube netpol -kubeconfig "$PKI/admin.conf"
