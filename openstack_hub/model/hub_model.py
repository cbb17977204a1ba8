"""From the variables of openstack.yml and jupyterhub.yml to the one dict that every platform reads (docs/design.md)."""

from importlib import import_module

from openstack_hub.model import derived
from openstack_hub.model.administrators import administrators
from openstack_hub.pem import certificates
from openstack_hub.platforms import PLATFORMS
from openstack_hub.validation.check import parse

PROFILE = (
    "name", "title", "description", "cpu", "memory", "cpu_guarantee", "memory_guarantee", "gpus", "groups", "idle",
    "max_age", "node_group", "image", "placeholders", "shared_memory", "sudo", "time", "partitions",
)  # fmt: skip
MOUNT = ("name", "path", "server", "export", "claim", "size", "folder")


def hub_model(variables, iam_ca=""):
    """The model of a hub, without secrets.

    variables: by name, as Ansible has them. iam_ca: the content of the file hub_iam_ca. Returns the dict of
    docs/design.md: sizes in bytes, times in seconds. Raises ValueError with a sentence for each problem when the
    variables are wrong.
    """
    v = parse(variables)
    users, platform = v["hub_max_users"], v["hub_platform"]
    part = import_module(PLATFORMS[platform].model)
    profiles = [_profile(entry, v, part) for entry in _default_first(v["hub_profiles"])]
    shortest = min((profile["idle"] for profile in profiles if profile["idle"]), default=0)
    port = v["hub_port"]
    return {
        "platform": platform,
        "spawner": PLATFORMS[platform].spawner,
        "domain": v["hub_domain"],
        "port": port,
        "url": f"https://{v['hub_domain']}" + ("" if port == 443 else f":{port}"),
        "notice": v["hub_notice"],
        "contact": {key: v["hub_contact"][key] or "" for key in ("email", "url")},
        "iam": {
            key: v[f"hub_iam_{key}"]
            for key in (
                "name",
                "issuer",
                "client_id",
                "client_authentication",
                "scopes",
                "authorization_parameters",
                "username_claim",
                "username_domain",
                "groups_claim",
                "groups_separator",
                "entitlements",
                "membership_url",
            )
        }
        | {"ca": certificates(iam_ca)},
        "sign_in": {
            "methods": v["hub_sign_in"],
            "local": {key: v["hub_local_accounts"][key] for key in ("days", "requests")},
            **administrators(v),
        },
        "allow_all": v["hub_allow_all"],
        "allowed_users": v["hub_allowed_users"],
        "allowed_groups": v["hub_allowed_groups"],
        "admin_groups": v["hub_admin_groups"],
        "admin_scopes": v["hub_admin_scopes"],
        "blocked_users": v["hub_blocked_users"],
        "user_tokens": v["hub_user_tokens"],
        "audit": {"days": v["hub_audit_days"]},
        "terms": v["hub_terms"],
        "profiles": profiles,
        "node_groups": [],
        "partitions": [],
        "home": v["hub_home"],
        "max_users": users,
        "cull_interval": derived.cull_interval(shortest, users),
        "activity_resolution": derived.activity_resolution(shortest, users),
        "auth_refresh": derived.auth_refresh(v["hub_membership_minutes"]),
        "concurrent_starts": derived.concurrent_starts(users),
        **part.hub_part(v),
    }


def _mount(mount):
    """The entry MOUNT of hub_mounts; its kind is that of the keys server, claim, size and folder which is not None."""
    read_only = mount["size"] is None if mount["read_only"] is None else mount["read_only"]
    paths = {key: mount[key] and (mount[key].rstrip("/") or "/") for key in ("path", "folder")}
    return {**{key: mount[key] for key in MOUNT}, **paths, "read_only": read_only}


def _default_first(profiles):
    """The order of the profile list, with the default profile first."""
    return sorted(profiles, key=lambda profile: not profile["default"])


def _profile(entry, v, part):
    profile = {key: entry[key] for key in PROFILE}
    profile["title"] = entry["title"] or entry["name"]
    profile["default_url"] = entry["default_url"] or v["hub_default_url"]
    profile["idle"] = v["hub_idle"] if entry["idle"] is None else entry["idle"]
    profile["memory_guarantee"] = entry["memory_guarantee"] or 0
    profile["environment"] = {**v["hub_environment"], **entry["environment"]}
    profile["mounts"] = [_mount(m) for m in v["hub_mounts"] if m["all_profiles"] or m["name"] in entry["mounts"]]
    profile["activity_interval"] = derived.activity_interval(profile["idle"], v["hub_max_users"])
    return profile | part.profile_part(entry, v)
