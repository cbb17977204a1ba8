"""When a kubeconfig is valid, renewed or refused."""

import base64
import datetime

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from openstack_hub.kubernetes import kubeconfig

NAME, SERVER = "jupyterhub", "https://192.0.2.1:6443"
NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
YEARS = datetime.timedelta(days=5 * 365)


class Authority:
    """A CA that signs as Magnum does. Its name is the cluster's, so a recreated cluster has the same."""

    def __init__(self, name=NAME):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.pem, self.made = self._certificate(self.name, self.key.public_key(), YEARS), {}

    def sign(self, request, life=YEARS):
        request = x509.load_pem_x509_csr(request.encode())
        return self._certificate(request.subject, request.public_key(), life)

    def _certificate(self, subject, public_key, life):
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - datetime.timedelta(days=1))
            .not_valid_after(NOW + life)
            .sign(self.key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture
def made(authority):
    """A kubeconfig as the module creates it."""

    def made(life=YEARS):
        if life not in authority.made:  # keys are slow to generate
            key, request = kubeconfig.new_key()
            authority.made[life] = kubeconfig.build(NAME, SERVER, authority.pem, authority.sign(request, life), key)
        return authority.made[life]

    return made


@pytest.fixture
def reasons(authority):
    def reasons(text, server=SERVER, ca=authority.pem, renew_days=30, now=NOW):
        return kubeconfig.renewal_reasons(kubeconfig.own_parts(text, NAME), server, ca, now, renew_days)

    return reasons


def changed(text, change):
    """TEXT with its data changed and without its first line, as another program writes it."""
    config = yaml.safe_load(text)
    change(config)
    return yaml.safe_dump(config)


def test_the_signing_request_is_for_an_administrator():
    key, request = kubeconfig.new_key()
    request = x509.load_pem_x509_csr(request.encode())
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "O=system:masters,CN=admin"
    assert serialization.load_pem_private_key(key.encode(), None).public_key() == request.public_key()


def test_a_new_kubeconfig_is_valid_and_its_facts_hold_no_secret(authority, made, reasons):
    text = made()
    assert reasons(text) == []
    facts = kubeconfig.facts(kubeconfig.own_parts(text, NAME))
    ca = x509.load_pem_x509_certificate(authority.pem.encode())
    assert facts == {
        "server": SERVER,
        "ca_fingerprint": ca.fingerprint(hashes.SHA256()).hex(":").upper(),
        "expires": "2031-11-20T12:00:00+00:00",
    }
    config = yaml.safe_load(text)
    assert config["current-context"] == config["contexts"][0]["name"] == NAME


def test_another_address_of_the_api_is_a_reason(made, reasons):
    text = made()
    assert reasons(text, server="https://192.0.2.2:6443") == [
        "the cluster's API is at https://192.0.2.2:6443 now, not https://192.0.2.1:6443"
    ]


def test_another_ca_of_the_same_name_is_a_reason(made, reasons):
    assert reasons(made(), ca=Authority().pem) == ["the cluster's CA has changed"]


def test_the_format_of_the_ca_is_no_reason(authority, made, reasons):
    assert reasons(made(), ca="# issuer\n" + authority.pem.replace("\n", "\r\n")) == []


@pytest.mark.parametrize("has_it", [True, False])
def test_one_of_several_ca_certificates_must_have_signed(authority, reasons, has_it):
    ca = Authority().pem + (authority if has_it else Authority()).pem
    key, request = kubeconfig.new_key()
    why = reasons(kubeconfig.build(NAME, SERVER, ca, authority.sign(request), key), ca=ca)
    assert why == ([] if has_it else ["its certificate is not signed by the cluster's CA"])


def test_a_certificate_of_another_ca_is_a_reason(authority, reasons):
    key, request = kubeconfig.new_key()
    text = kubeconfig.build(NAME, SERVER, authority.pem, Authority().sign(request), key)
    assert reasons(text) == ["its certificate is not signed by the cluster's CA"]


def test_a_certificate_of_another_key_is_a_reason(authority, reasons):
    (key, _), (_, request) = kubeconfig.new_key(), kubeconfig.new_key()
    text = kubeconfig.build(NAME, SERVER, authority.pem, authority.sign(request), key)
    assert reasons(text) == ["its certificate does not belong to its key"]


@pytest.mark.parametrize(("life", "renew_days"), [(91, 90), (89, 90), (300, 300), (60, 30), (29, 30)])
def test_a_new_kubeconfig_is_not_renewed(made, reasons, life, renew_days):
    assert reasons(made(life=datetime.timedelta(days=life)), renew_days=renew_days) == []


@pytest.mark.parametrize(
    ("ages", "renew_days", "renewed"),
    [((365, 334), 30, False), ((365, 336), 30, True), ((365, 336), 20, False), ((29, 18), 30, False),
     ((29, 20), 30, True), ((365, 400), 0, True), ((365, 364), 0, False)],
    ids=["31 days left", "29 days left", "renewed later", "short, young", "short, last third", "ended", "never early"],
)  # fmt: skip
def test_a_certificate_is_renewed_before_it_expires(made, reasons, ages, renew_days, renewed):
    life, age = (datetime.timedelta(days=days) for days in ages)
    why = reasons(made(life=life), renew_days=renew_days, now=NOW + age)
    assert why == ([f"its certificate expires on {NOW + life:%Y-%m-%d}"] if renewed else [])


def test_all_reasons_are_returned(made, reasons):
    why = reasons(made(), server="https://new:1", ca=Authority().pem, now=NOW + YEARS)
    assert len(why) == 3


@pytest.mark.parametrize(
    ("place", "part"),
    [
        (("clusters", "cluster", "certificate-authority-data"), "ca"),
        (("users", "user", "client-certificate-data"), "certificate"),
        (("users", "user", "client-key-data"), "key"),
        (("clusters", "cluster", "server"), "server"),
    ],
)
@pytest.mark.parametrize("data", [None, "", "%%", base64.b64encode(b"-----BEGIN CERTIFICATE-----\nxx").decode(), 1])
def test_a_damaged_part_is_named(made, reasons, place, part, data):
    kind, key, field = place
    text = changed(made(), lambda config: config[kind][0][key].update({field: data}))
    if part != "server" or not data:
        assert reasons(text) == [f"its {part} cannot be read"]


@pytest.mark.parametrize("cut", [0, 200, 900])
def test_a_truncated_file_is_damaged(made, reasons, cut):
    assert reasons(made()[:cut]) == ["it is damaged"]


@pytest.mark.parametrize(
    "change",
    [
        lambda config: config.pop("current-context"),
        lambda config: config["contexts"][0]["context"].update(user="other"),
        lambda config: config["contexts"][0]["context"].update(cluster="other"),
    ],
)
def test_a_context_that_names_other_entries_is_damaged(made, reasons, change):
    assert reasons(changed(made(), change)) == ["it is damaged"]


def test_additions_of_kubectl_are_no_reason(made, reasons):
    def add(config):
        config["preferences"] = {}
        config["contexts"][0]["context"]["namespace"] = "hub"

    assert reasons(changed(made(), add)) == []


OTHER = {"name": "other", "cluster": {"server": "https://other"}, "user": {}, "context": {}}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda config: config["clusters"].append(OTHER),
            "it has clusters jupyterhub, other, users jupyterhub-admin and contexts jupyterhub",
        ),
        (lambda config: config["users"].append(OTHER), "users jupyterhub-admin, other"),
        (lambda config: config["contexts"].append(OTHER), "contexts jupyterhub, other"),
        (lambda config: config["clusters"][0].update(name="old"), "it has clusters old"),
        (lambda config: config.update(clusters=[], users=None), "it has clusters (none), users (none)"),
        (lambda config: config["users"][0]["user"].update(token="t0ken"), "its user jupyterhub-admin signs in by"),
        (lambda config: config.pop("clusters"), "it is not a kubeconfig"),
        (lambda config: config["clusters"][0].update(cluster="text"), "it is not a kubeconfig"),
        (lambda config: config["users"][0].pop("name"), "it is not a kubeconfig"),
    ],
)
def test_a_foreign_file_is_refused(made, change, why):
    text = changed(made(), change)
    with pytest.raises(ValueError, match=r"^it") as raised:
        kubeconfig.own_parts(text, NAME)
    assert why in str(raised.value)
    assert "t0ken" not in str(raised.value)


@pytest.mark.parametrize("text", ["secret: [", "s3cret", "[]", "clusters: {a: 1}", "\0", "{1: 2}", "x: &a [*a]"])
def test_an_invalid_kubeconfig_is_refused_without_being_quoted(text):
    for function in (lambda: kubeconfig.own_parts(text, NAME), lambda: kubeconfig.check(text, NOW)):
        with pytest.raises(ValueError, match=r"^it is not (YAML|a kubeconfig)") as raised:
            function()
        assert "secret" not in str(raised.value)
        assert "s3cret" not in str(raised.value)


def test_a_valid_existing_kubeconfig_is_accepted(made):
    text = made()
    assert kubeconfig.check(text, NOW) == kubeconfig.facts(kubeconfig.own_parts(text, NAME))


def test_the_current_context_of_an_existing_kubeconfig_counts(made):
    def change(config):
        for kind in ("clusters", "users", "contexts"):
            config[kind].append(dict(OTHER))
        config["users"][1]["user"] = {"token": "t0ken"}
        config["contexts"][1]["context"] = {"cluster": "other", "user": "other"}
        config["current-context"] = "other"

    facts = kubeconfig.check(changed(made(), change), NOW)
    assert facts == {"server": "https://other", "ca_fingerprint": "", "expires": ""}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            lambda config: config.pop("current-context"),
            "it has no current context: choose one with kubectl config use-context; it has contexts jupyterhub",
        ),
        (
            lambda config: config.update({"current-context": "gone"}),
            "its current context gone is not in it: "
            "choose one with kubectl config use-context; it has contexts jupyterhub",
        ),
        (
            lambda config: config["contexts"][0]["context"].update(cluster="gone"),
            "its context jupyterhub names the cluster gone; it has clusters jupyterhub",
        ),
        (
            lambda config: config["contexts"][0]["context"].update(user=["x"]),
            "its context jupyterhub names the user ['x']; it has users jupyterhub-admin",
        ),
        (
            lambda config: config["clusters"][0]["cluster"].pop("server"),
            "its cluster jupyterhub has no server, an address that begins with https://",
        ),
        (
            lambda config: config["users"][0].update(user={}),
            "its user jupyterhub-admin has no credentials",
        ),
    ],
)
def test_an_existing_kubeconfig_that_cannot_be_used_is_explained(made, change, why):
    with pytest.raises(ValueError, match=r"^its? ") as raised:
        kubeconfig.check(changed(made(), change), NOW)
    assert str(raised.value) == why


def test_an_existing_kubeconfig_with_an_expired_certificate_is_refused(made):
    with pytest.raises(ValueError, match="the certificate of its user jupyterhub-admin expired on 2031-11-20"):
        kubeconfig.check(made(), NOW + YEARS)
