import pytest


@pytest.fixture
def variables():
    """The required variables of a small site on one machine."""
    return {
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


@pytest.fixture
def cluster(variables):
    """The same on an existing cluster."""
    groups = [{"name": "standard", "flavor": "m", "max": 10}]
    return variables | {
        "hub_platform": "kubernetes",
        "cluster_kubeconfig": "/kubeconfig",
        "cluster_node_groups": groups,
        "hub_accepted_advisories": ["GHSA-c4gm-pwx9-9w8j", "GHSA-69wv-m5fw-2fhp"],
    }
