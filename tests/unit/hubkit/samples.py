"""A small model, and its secrets."""

PROFILE = {
    "description": "", "cpu": 2.0, "memory": 1610612736, "cpu_guarantee": 0.0, "memory_guarantee": 0, "groups": [],
    "idle": 86400, "max_age": 0, "activity_interval": 300, "default_url": "/lab",
    "environment": {}, "mounts": [],
}  # fmt: skip
MODEL = {
    "platform": "host", "spawner": "hubkit.hub.host",
    "domain": "hub.example.org", "port": 443, "url": "https://hub.example.org",
    "notice": "Testing <b>phase</b>.", "contact": {"email": "help@example.org", "url": "https://example.org/help"},
    "iam": {
        "name": "Test IAM", "issuer": "https://iam.example.org/", "client_id": "openstack-hub",
        "client_authentication": "post", "scopes": ["openid", "profile", "email", "offline_access"],
        "authorization_parameters": {}, "ca": "", "username_claim": "preferred_username", "username_domain": None,
        "groups_claim": "groups", "groups_separator": None, "entitlements": None,
        "membership_url": "https://iam.example.org/join",
    },
    "sign_in": {
        "methods": ["iam"], "local": {"days": 31, "requests": False}, "admin_users": [], "iam_admin_users": [],
    },
    "allow_all": False, "allowed_users": [],
    "allowed_groups": ["cloud/jupyter"], "admin_groups": ["cloud/jupyter-admins"], "admin_scopes": [],
    "blocked_users": [], "user_tokens": True,
    "profiles": [
        PROFILE | {"name": "default", "title": "Default", "description": "For <most> work"},
        PROFILE | {"name": "large", "title": "Large memory", "cpu": 8, "memory": 15 * 2**29, "groups": ["cloud/large"]},
    ],
    "home": {"size": 2**30, "group_sizes": []}, "max_users": 100,
    "cull_interval": 60, "activity_resolution": 29, "auth_refresh": 300,
    "start_timeout": 60, "user_namespaces": False, "concurrent_starts": 20, "audit": {"days": 0}, "terms": None,
}  # fmt: skip
SECRETS = {
    "client_secret": "client", "cookie_secret": "ab" * 32, "crypt_key": "cd" * 32, "proxy_token": "proxy-token",
    "culler_token": "culler-token",
}  # fmt: skip
