"""Variables that every site must set."""

SITE = {
    "hub_domain": "hub.lab.test",
    "hub_certificate": {"file": "/hub.crt", "key": "/hub.key"},
    "hub_contact": {"email": "help@lab.test"},
    "hub_iam_issuer": "https://iam.lab.test/",
    "hub_iam_client_id": "hub",
    "hub_iam_client_secret": "secret",
    "hub_allowed_groups": ["lab/jupyter"],
    "hub_admin_groups": ["lab/admins"],
    "hub_cookie_secret": "a" * 64,
    "hub_crypt_key": "b" * 64,
    "hub_proxy_token": "token",
    "hub_culler_token": "token",
}
ON_KUBERNETES = SITE | {
    "hub_platform": "kubernetes",
    "hub_accepted_advisories": dict.fromkeys(("GHSA-c4gm-pwx9-9w8j", "GHSA-69wv-m5fw-2fhp"), "2027-05-29"),
}
MAGNUM = {
    "cloud_name": "lab",
    "cloud_external_network": "External",
    "cluster_kubernetes_version": "v1.33.4",
    "cluster_image": "kube-v1.33.4",
}


def schema_paths(schema, path=()):
    """The path of each key that SCHEMA, of the chart's values, declares."""
    for key, below in schema.get("properties", {}).items():
        yield (*path, key)
        yield from schema_paths(below, (*path, key))


def at(path, value):
    """The map with VALUE at PATH alone."""
    return {path[0]: at(path[1:], value) if path[1:] else value}
