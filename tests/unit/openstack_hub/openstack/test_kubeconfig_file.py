"""The kubeconfig file: when it is written, renewed, refused; and problems of an existing one."""

import datetime
from types import SimpleNamespace

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from openstack_hub.openstack import kubeconfig_file
from openstack_hub.openstack.errors import ImpossibleChange, RequestRefused, ResourceNotFound
from openstack_hub.openstack.kubeconfig_file import KubeconfigReconciliation, certificate_end, existing_facts
from openstack_hub.openstack.poll import Poll

SERVER = "https://192.0.2.1:6443"
YEARS = datetime.timedelta(days=5 * 365)


class SimulatedMagnum:
    """Signs as Magnum does. `signed`: how many requests; `error`: of each call; `days`: until the CA expires."""

    def __init__(self, days=5 * 365):
        self.key, self.signed, self.error = ec.generate_private_key(ec.SECP256R1()), 0, None
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hub")])
        self.ca = self.certificate(self.name, self.key.public_key(), datetime.timedelta(days=days))

    def certificate(self, subject, public_key, life=YEARS):
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(self.name, subject, public_key, x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + life)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    def call(self, function, uuid=None, *, cluster_uuid=None, csr=None):
        if self.error:
            raise self.error
        if function == "certificates.get":
            return SimpleNamespace(pem=self.ca)
        self.signed += 1
        request = x509.load_pem_x509_csr(csr.encode())
        return SimpleNamespace(pem=self.certificate(request.subject, request.public_key()))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new/folder/kubeconfig"


def step(magnum, path, check=False, **changed):
    """The poll after one step."""
    settings = {"cluster": "c-1", "name": "hub", "api_address": SERVER, "path": str(path)} | changed
    poll = Poll(SimpleNamespace(check_mode=check, params={"progress_state": {}}))
    KubeconfigReconciliation(magnum, settings)(poll)
    return poll


def new(path, reason="it does not exist"):
    return [f"write {path} with a new key ({reason})"]


def test_a_file_is_written_once(path):
    magnum = SimulatedMagnum()
    predicted = step(magnum, path, check=True)
    assert (predicted.actions, path.exists(), magnum.signed) == (new(path), False, 0)
    first = step(magnum, path)
    assert first.actions == new(path)
    assert [each.stat().st_mode & 0o777 for each in (path, path.parent)] == [0o600, 0o700]
    assert [each.name for each in path.parent.iterdir()] == ["kubeconfig"]
    assert first.result["server"] == SERVER and first.result["expires"]
    assert "PRIVATE" not in str(first.diff) and first.diff["before"] == ""
    second = step(magnum, path)
    assert (second.actions, second.diff, magnum.signed) == ([], None, 1)


def test_a_missing_cluster_is_an_error_but_not_in_check_mode(path):
    magnum = SimulatedMagnum()
    magnum.error = ResourceNotFound("no such cluster")
    assert step(magnum, path, check=True).actions == new(path)
    with pytest.raises(ResourceNotFound):
        step(magnum, path)


def test_another_address_and_another_ca_renew_the_key(path):
    magnum = SimulatedMagnum()
    step(magnum, path)
    assert step(magnum, path, api_address="https://new").actions == new(
        path, f"the cluster's API is at https://new now, not {SERVER}"
    )
    assert magnum.signed == 2
    assert step(SimulatedMagnum(), path, api_address="https://new").actions


def test_a_file_that_others_can_read_is_closed(path):
    magnum = SimulatedMagnum()
    step(magnum, path)
    path.chmod(0o640)
    sentence = [f"make {path} unreadable for others (mode 0640, now 0600)"]
    assert step(magnum, path, check=True).actions == sentence
    assert path.stat().st_mode & 0o777 == 0o640
    assert step(magnum, path).actions == sentence
    assert (path.stat().st_mode & 0o777, magnum.signed) == (0o600, 1)


def test_a_foreign_file_is_refused_and_kept(path):
    path.parent.mkdir(parents=True)
    path.write_text("s3cret: {")
    with pytest.raises(ImpossibleChange, match="was not written here for cluster hub: it is not YAML") as caught:
        step(SimulatedMagnum(), path)
    assert "s3cret" not in str(caught.value) and path.read_text() == "s3cret: {"


def test_a_certificate_that_cannot_be_used_is_not_written(path):
    magnum, other = SimulatedMagnum(), SimulatedMagnum()
    magnum.certificate = other.certificate
    with pytest.raises(
        ImpossibleChange, match=r"what Magnum signed for .* cannot be used: its certificate is not signed"
    ):
        step(magnum, path)
    assert not path.exists()


@pytest.mark.parametrize(("days", "warned"), [(29, True), (31, False)])
def test_a_ca_that_expires_soon_is_warned_of(path, days, warned):
    warnings = step(SimulatedMagnum(days), path).warnings
    assert bool(warnings) is warned
    assert not warned or "Rotate it: openstack coe ca rotate hub" in warnings[0]


def test_an_answer_that_is_no_ca(path):
    magnum = SimulatedMagnum()
    magnum.ca = "nonsense"
    with pytest.raises(ImpossibleChange, match="Magnum's answer is not the CA of cluster hub"):
        step(magnum, path)


def test_an_interrupted_write_leaves_the_old_file(path, monkeypatch):
    magnum = SimulatedMagnum()
    step(magnum, path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(kubeconfig_file.Path, "replace", fail)
    with pytest.raises(ImpossibleChange, match=r"kubeconfig: No space left on device"):
        step(magnum, path, api_address="https://new")
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["kubeconfig"], "no temporary file remains"


def test_a_symlink_is_kept(path, tmp_path):
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "elsewhere")
    step(SimulatedMagnum(), path)
    assert path.is_symlink() and (tmp_path / "elsewhere").exists()


def test_a_refusal_of_magnum_is_passed_on(path):
    magnum = SimulatedMagnum()
    magnum.error = RequestRefused("no")
    with pytest.raises(RequestRefused):
        step(magnum, path)


def test_an_existing_kubeconfig(path):
    step(SimulatedMagnum(), path)
    facts, warnings = existing_facts(path)
    assert (facts["path"], facts["server"], warnings) == (str(path), SERVER, [])
    path.chmod(0o604)
    assert existing_facts(path)[1] == [f"cluster_kubeconfig: others can read {path} (mode 0604): chmod 600 {path}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no file PATH on the controller: correct the path"),
        ("clusters: []\nusers: []\ncontexts: []\n", "PATH cannot be used: it has no current context"),
    ],
)
def test_an_existing_kubeconfig_that_cannot_be_used(tmp_path, text, message):
    path = tmp_path / "kubeconfig"
    if text:
        path.write_text(text)
    with pytest.raises(ImpossibleChange) as caught:
        existing_facts(path)
    assert str(caught.value).startswith(f"cluster_kubeconfig: {message}".replace("PATH", str(path)))


def test_expiry_of_our_kubeconfig(path, tmp_path):
    step(SimulatedMagnum(), path)
    end = certificate_end(path, "hub")["end"]
    assert datetime.datetime.fromisoformat(end) > datetime.datetime.now(datetime.UTC)
    assert certificate_end(path, "other") is None
    assert certificate_end(tmp_path / "none", "hub") is None
    config = yaml.safe_load(path.read_text())
    config["users"][0]["user"].pop("client-certificate-data")
    path.write_text(yaml.safe_dump(config))
    assert certificate_end(path, "hub") is None
