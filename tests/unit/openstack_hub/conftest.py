import pytest


@pytest.fixture
def variables():
    """Sound variables of a small site; a test breaks one of them."""
    return {
        "hub_platform": "host",
        "hub_domain": "hub.example.org",
        "hub_port": 443,
        "hub_certificate": {"file": "hub.crt", "key": "hub.key"},
        "hub_iam_name": "IAM",
        "hub_iam_issuer": "https://iam.example.org/",
        "hub_iam_client_id": "hub",
        "hub_iam_client_secret": "secret",
        "hub_iam_scopes": ["openid", "profile"],
        "hub_iam_username_claim": "preferred_username",
        "hub_iam_groups_claim": "groups",
        "hub_iam_membership_url": "",
        "hub_allowed_groups": ["cloud/jupyter"],
        "hub_admin_groups": [],
        "hub_contact": {"email": "help@example.org"},
        "hub_notice": "",
        "hub_profiles": [{"name": "default", "title": "Default", "cpu": 2, "memory": "1.5G"}],
        "hub_home": {"size": "1G"},
        "hub_idle": "1d",
        "hub_max_users": 100,
        "hub_cookie_secret": "a" * 64,
        "hub_crypt_key": "b" * 64,
        "hub_proxy_token": "token",
        "hub_culler_token": "token",
    }
