"""The instance's clouds.yaml."""

import json

from openstack_testbed.configuration import REGION

PROJECT, MEMBER = "demo", "demo"
CREDENTIALS = ("unrestricted", "restricted")


def clouds(auth_url, passwords, credentials=None):
    """Text of clouds.yaml: an administrator, a member of an ordinary project, and the member's application credentials.

    (JSON is YAML, too.)
    """

    def login(user, project):
        return {
            "auth": {
                "auth_url": auth_url,
                "username": user,
                "password": passwords[user],
                "project_name": project,
                "user_domain_id": "default",
                "project_domain_id": "default",
            },
            "region_name": REGION,
        }

    def application(name, identifier):
        return {
            "auth_type": "v3applicationcredential",
            "auth": {
                "auth_url": auth_url,
                "application_credential_id": identifier,
                "application_credential_secret": passwords[name],
            },
            "region_name": REGION,
        }

    entries = {"testbed-admin": login("admin", "admin"), "testbed": login(MEMBER, PROJECT)}
    entries |= {f"testbed-{name}": application(name, identifier) for name, identifier in (credentials or {}).items()}
    return json.dumps({"clouds": entries}, indent=1) + "\n"
