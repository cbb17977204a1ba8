import copy

import pytest
from kube import kubernetes_model
from mock_iam import iam  # noqa: F401

PROFILE = {
    "description": "", "cpu": 2.0, "memory": 1610612736, "cpu_guarantee": 0.0, "memory_guarantee": 0, "groups": [],
    "idle": 86400, "max_age": 0, "activity_interval": 300,
}  # fmt: skip
MODEL = {
    "platform": "host", "spawner": "hubkit.hub.host",
    "domain": "hub.example.org", "port": 443, "url": "https://hub.example.org",
    "notice": "Testing <b>phase</b>.", "contact": {"email": "help@example.org", "url": "https://example.org/help"},
    "iam": {
        "name": "Test IAM", "issuer": "https://iam.example.org/", "client_id": "openstack-hub",
        "scopes": ["openid", "profile", "email"], "username_claim": "preferred_username", "groups_claim": "groups",
        "membership_url": "https://iam.example.org/join",
    },
    "allowed_groups": ["cloud/jupyter"], "admin_groups": ["cloud/jupyter-admins"],
    "profiles": [
        PROFILE | {"name": "default", "title": "Default", "description": "For <most> work"},
        PROFILE | {"name": "large", "title": "Large memory", "cpu": 8, "memory": 15 * 2**29, "groups": ["cloud/large"]},
    ],
    "home": {"size": 2**30}, "max_users": 100, "cull_interval": 60, "activity_resolution": 29, "auth_refresh": 300,
    "start_timeout": 60, "concurrent_starts": 20, "user_namespaces": False,
}  # fmt: skip
SECRETS = {
    "client_secret": "client", "cookie_secret": "ab" * 32, "crypt_key": "cd" * 32, "proxy_token": "proxy-token",
    "culler_token": "culler-token",
}  # fmt: skip


@pytest.fixture
def profile():
    return dict(PROFILE, name="default", title="Default")


@pytest.fixture
def model():
    return copy.deepcopy(MODEL)


@pytest.fixture
def secrets():
    return dict(SECRETS)


@pytest.fixture
def k8s(model):
    return kubernetes_model(model)
