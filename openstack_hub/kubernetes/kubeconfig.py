"""A kubeconfig as plain data: write, read and check one. Accesses no file and no network."""

import base64
import datetime

import yaml
from cryptography import exceptions, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

MARK = "# Made by openstack-hub,"  # identifies our files, also those of earlier versions
HEADER = f"{MARK} which renews it when it expires or the cluster's CA changes.\n"
RENEW_DAYS = 30  # before a certificate expires
KINDS = {"clusters": "cluster", "contexts": "context", "users": "user"}
OURS = {"client-certificate-data", "client-key-data"}  # how we sign in


def new_key():
    """(private key, certificate signing request) of an administrator of the cluster, in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    names = ((x509.NameOID.COMMON_NAME, "admin"), (x509.NameOID.ORGANIZATION_NAME, "system:masters"))
    subject = x509.Name([x509.NameAttribute(kind, name) for kind, name in names])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    return private.decode(), request.public_bytes(pem).decode()


def build(name, server, ca, certificate, key):
    """The text of a kubeconfig for one cluster, whose contexts and so on are called NAME; CA and so on in PEM."""
    user = f"{name}-admin"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": _encoded(ca)}}],
        "users": [
            {"name": user, "user": {"client-certificate-data": _encoded(certificate), "client-key-data": _encoded(key)}}
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        "current-context": name,
    }
    return HEADER + yaml.safe_dump(config, sort_keys=False, width=1 << 20)


def parse(text):
    """The kubeconfig in TEXT, each kind of entry as {name: entry}. Raises ValueError; its sentence quotes nothing."""
    try:
        config = yaml.safe_load(text)
        entries = {kind: {item["name"]: item[key] for item in config[kind] or ()} for kind, key in KINDS.items()}
    except yaml.YAMLError:
        raise ValueError("it is not YAML") from None
    except (KeyError, TypeError, AttributeError):
        raise ValueError("it is not a kubeconfig: it has no lists clusters, contexts and users") from None
    if not all(isinstance(entry, dict) for named in entries.values() for entry in named.values()):
        raise ValueError("it is not a kubeconfig: clusters, contexts and users must be maps")
    return entries | {"current": str(config.get("current-context") or "")}


def own_parts(text, name):
    """The parts of a file that we wrote for cluster NAME: server, ca, certificate, key, each absent when damaged.

    Raises ValueError with a sentence when we did not write it.
    """
    if not text.strip():
        return {}
    try:
        config = parse(text)
    except ValueError:
        if text.startswith(MARK):
            return {}
        raise
    wanted = {"clusters": [name], "contexts": [name], "users": [f"{name}-admin"]}
    if {kind: list(config[kind]) for kind in wanted} != wanted:
        raise ValueError(
            f"it has {_names(config, 'clusters')}, {_names(config, 'users')} and {_names(config, 'contexts')}"
        )
    cluster, user = config["clusters"][name], config["users"][f"{name}-admin"]
    if not set(user) <= OURS:
        raise ValueError(f"its user {name}-admin signs in by other means")
    entered = config["current"], config["contexts"][name].get("cluster"), config["contexts"][name].get("user")
    return _parts(cluster, user) if entered == (name, name, f"{name}-admin") else {}


def renewal_reasons(parts, server, ca, now, renew_days=RENEW_DAYS):
    """Why a new key is needed: [reason, ...]; [] when all is well.

    parts: what own_parts() returns; server, ca: the cluster's, in PEM; now: a datetime.
    """
    if missing := [part for part in ("server", "ca", "certificate", "key") if part not in parts]:
        return ["it is damaged"] if len(missing) == 4 else [f"its {' and '.join(missing)} cannot be read"]
    reasons, certificate = [], parts["certificate"]
    if parts["server"] != server:
        reasons.append(f"the cluster's API is at {server} now, not {parts['server']}")
    if _fingerprints(parts["ca"]) != _fingerprints(load_ca(ca)):
        reasons.append("the cluster's CA has changed")
    elif not any(_signed(certificate, authority) for authority in parts["ca"]):
        reasons.append("its certificate is not signed by the cluster's CA")
    if parts["key"].public_key() != certificate.public_key():
        reasons.append("its certificate does not belong to its key")
    end, begin = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    if end - now < min(datetime.timedelta(days=renew_days), (end - begin) / 3):  # a cloud can issue short-lived ones
        reasons.append(f"its certificate expires on {end:%Y-%m-%d}")
    return reasons


def check(text, now):
    """facts() of the kubeconfig of an operator. Raises ValueError with a sentence when it cannot be used."""
    config = parse(text)
    current, contexts = config["current"], config["contexts"]
    if current not in contexts:
        what = f"its current context {current} is not in it" if current else "it has no current context"
        raise ValueError(f"{what}: choose one with kubectl config use-context; it has {_names(config, 'contexts')}")
    cluster, user = contexts[current].get("cluster"), contexts[current].get("user")
    for kind, name in (("clusters", cluster), ("users", user)):
        if name not in list(config[kind]):
            raise ValueError(f"its context {current} names the {KINDS[kind]} {name}; it has {_names(config, kind)}")
    if not str(config["clusters"][cluster].get("server", "")).startswith(("https://", "http://")):
        raise ValueError(f"its cluster {cluster} has no server, an address that begins with https://")
    if not config["users"][user]:
        raise ValueError(f"its user {user} has no credentials")
    parts = _parts(config["clusters"][cluster], config["users"][user])
    if "certificate" in parts and (end := parts["certificate"].not_valid_after_utc) <= now:
        raise ValueError(f"the certificate of its user {user} expired on {end:%Y-%m-%d}: get a new kubeconfig")
    return facts(parts)


def facts(parts):
    """What may be shown of a kubeconfig: server, ca_fingerprint (SHA-256, as of openssl), expires; "" is unknown."""
    return {
        "server": parts.get("server", ""),
        "ca_fingerprint": parts["ca"][0].fingerprint(hashes.SHA256()).hex(":").upper() if "ca" in parts else "",
        "expires": parts["certificate"].not_valid_after_utc.isoformat() if "certificate" in parts else "",
    }


def load_ca(pem):
    """Certificates of a CA in PEM. Raises ValueError when there is none."""
    return x509.load_pem_x509_certificates(pem.encode())


def _parts(cluster, user):
    """Server, CA, certificate and key of a kubeconfig's entries, each absent when it is missing or cannot be read."""
    readers = {
        "ca": (cluster.get("certificate-authority-data"), x509.load_pem_x509_certificates),
        "certificate": (user.get("client-certificate-data"), x509.load_pem_x509_certificate),
        "key": (user.get("client-key-data"), lambda pem: serialization.load_pem_private_key(pem, None)),
    }
    parts = {"server": cluster["server"]} if cluster.get("server") else {}
    for part, (data, read) in readers.items():
        try:
            parts[part] = read(base64.b64decode(data))
        except (ValueError, TypeError):  # TypeError: missing, or a key with a passphrase
            continue
    return parts


def _signed(certificate, authority):
    """Whether AUTHORITY signed CERTIFICATE; issuer names do not tell, because all clusters have the same."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, exceptions.InvalidSignature):
        return False
    return True


def _fingerprints(certificates):
    return {certificate.fingerprint(hashes.SHA256()) for certificate in certificates}


def _names(config, kind):
    return f"{kind} {', '.join(map(str, config[kind])) or '(none)'}"


def _encoded(pem):
    return base64.b64encode(pem.encode()).decode()
