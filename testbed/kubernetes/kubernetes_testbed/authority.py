"""The folder of a cluster's certificates, mounted into its containers as /etc/cluster/pki."""

from kubernetes_testbed import certificates
from kubernetes_testbed.configuration import API_SERVICE, PKI

SERVICE = "kubernetes.default.svc.cluster.local"
ADMINISTRATORS = "system:masters"


class Authority:
    """A certificate authority (ca.crt, ca.key) in a folder, and what it has issued: NAME.crt, NAME.key, NAME.conf."""

    def __init__(self, folder):
        self.folder = folder

    def pair(self):
        """(certificate, key) as PEM bytes; None if there is none yet."""
        try:
            return (self.folder / "ca.crt").read_bytes(), (self.folder / "ca.key").read_bytes()
        except FileNotFoundError:
            return None

    def adopt(self, pair):
        """Use this authority; certificates of a former one become void."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # After a kill in between, the next run finds a pair that differs from the given one, and writes it again.
        self._write("ca.crt", pair[0])
        self._write("ca.key", pair[1])

    def issue_control(self, address):
        """Certificates of the control plane at ADDRESS, of its administrator, and the key of service accounts."""
        self._write("server", f"https://{address}:6443".encode())
        parts = SERVICE.split(".")
        names = [".".join(parts[:count]) for count in (1, 2, 3, 5)]
        self.issue("apiserver", "kube-apiserver", names=[*names, "localhost", "127.0.0.1", API_SERVICE, address])
        self.issue("kubelet-client", "kube-apiserver-kubelet-client", ADMINISTRATORS)
        self.issue("admin", "admin", ADMINISTRATORS)
        self.issue("kcm", "system:kube-controller-manager")
        self.issue("scheduler", "system:kube-scheduler")
        self.issue("proxy", "system:kube-proxy")
        if not (self.folder / "sa.pub").exists():
            key, public = certificates.signing_pair()
            self._write("sa.key", key)
            self._write("sa.pub", public)

    def issue(self, name, common, organization=None, names=()):
        """A certificate with its key and a kubeconfig for the programs in the cluster's containers."""
        certificate, key = certificates.leaf(self.pair(), common, organization, names)
        server = (self.folder / "server").read_text()
        user = {"client-certificate": f"{PKI}/{name}.crt", "client-key": f"{PKI}/{name}.key"}
        config = certificates.kubeconfig(server, {"certificate-authority": f"{PKI}/ca.crt"}, user)
        for ending, content in (("crt", certificate), ("key", key), ("conf", config.encode())):
            self._write(f"{name}.{ending}", content)

    def _write(self, name, content):
        new = self.folder / f"{name}.new"
        new.touch(mode=0o600)
        new.write_bytes(content)
        new.replace(self.folder / name)
