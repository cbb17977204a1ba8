"""What users and administrators may do at the hub, as JupyterHub's roles. Nobody has the built-in role `admin`.

That role cannot be narrowed: it opens the servers of all users, and shows the tokens that the IAM issued to them.
"""

NAMED_ADMINISTRATORS = "administrators by name"  # the group of those in hub_admin_users
# JupyterHub's scopes for an administrator: sees users and servers, starts and stops servers.
ADMINISTRATOR = [
    "admin-ui", "list:users", "read:users", "list:groups", "read:groups", "list:services", "read:services",
    "servers", "read:hub", "read:metrics",
]  # fmt: skip
# What a user may do with the own account and server: JupyterHub's `self` without `tokens`.
USER_WITHOUT_TOKENS = [
    "read:users!user",
    "users:activity!user",
    "servers!user",
    "read:tokens!user",
    "access:servers!user",
]


def configure(c, model):
    """Add the roles to those that are already configured."""
    roles = [
        {
            "name": "hub-administrators",
            "description": "Sees all users, starts and stops their servers",
            "scopes": [*ADMINISTRATOR, *model["admin_scopes"]],
            "groups": [*model["admin_groups"], NAMED_ADMINISTRATORS],
        },
        # The list is exact: whoever had the built-in role by an earlier version loses it when the hub starts.
        {"name": "admin", "users": []},
    ]
    if not model["user_tokens"]:
        roles.append({"name": "user", "scopes": USER_WITHOUT_TOKENS})
    c.JupyterHub.load_roles = [*c.JupyterHub.get("load_roles", []), *roles]
