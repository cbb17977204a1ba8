# The control plane: etcd, API server, controllers, scheduler; also DNS and volumes. Sourced by node.sh.
await_network

start etcd etcd --data-dir "$DATA/etcd" --unsafe-no-fsync --logger zap
start kube-apiserver kube kube-apiserver --etcd-servers=http://127.0.0.1:2379 \
  --advertise-address="$ADDRESS" --secure-port=6443 --service-cluster-ip-range=10.96.0.0/16 \
  --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction,PodSecurity --allow-privileged=true \
  --client-ca-file="$PKI/ca.crt" --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" \
  --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP \
  --kubelet-client-certificate="$PKI/kubelet-client.crt" --kubelet-client-key="$PKI/kubelet-client.key" \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local \
  --service-account-key-file="$PKI/sa.pub" --service-account-signing-key-file="$PKI/sa.key"
until_ok kube kubectl --kubeconfig "$PKI/admin.conf" get --raw /readyz
# A node without heartbeats is lost after 20 s instead of 50, to keep tests short.
start kube-controller-manager kube kube-controller-manager --kubeconfig="$PKI/kcm.conf" --leader-elect=false \
  --use-service-account-credentials --bind-address=127.0.0.1 --root-ca-file="$PKI/ca.crt" \
  --service-account-private-key-file="$PKI/sa.key" --node-monitor-period=2s --node-monitor-grace-period=20s
start kube-scheduler kube kube-scheduler --kubeconfig="$PKI/scheduler.conf" --leader-elect=false --bind-address=127.0.0.1
start dns kube dns -conf "$HERE/Corefile"
start provisioner kube provisioner -kubeconfig "$PKI/admin.conf" -root /var/lib/storage
