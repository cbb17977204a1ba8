"""JupyterHub's configuration that hubkit sets: what the chart's hub.config and hub.extraConfig must leave alone.

tests/unit/hubkit/test_kubernetes_configuration.py compares the table with what hubkit sets.
"""

import ast
import warnings

ENTRY = "openstack-hub"  # hubkit's own in hub.extraConfig; the chart executes them in the order of their names
SPAWNERS = ("Spawner", "KubeSpawner", "PodSpawner")
SPAWNER = {  # trait -> the variable to set instead, "" for none
    "start_timeout": "cluster_node_minutes", "default_url": "hub_default_url", "image": "hub_images.user",
    "cpu_limit": "hub_profiles", "cpu_guarantee": "hub_profiles", "mem_limit": "hub_profiles",
    "mem_guarantee": "hub_profiles", "extra_resource_limits": "gpus of hub_profiles",
    "node_affinity_required": "cluster_node_groups", "tolerations": "taints of cluster_node_groups",
    "node_selector": "hub_node_selector", "profile_list": "hub_profiles", "pvc_name_template": "", "uid": "",
    "allow_privilege_escalation": "sudo of hub_profiles", "pod_security_context": "", "container_security_context": "",
    "http_timeout": "", "env_keep": "", "options_form": "hub_profiles", "options_from_form": "", "post_stop_hook": "",
    "pre_spawn_hook": "", "apply_user_options": "", "consecutive_failure_limit": "", "delete_grace_period": "",
    "delete_pvc": "", "extra_container_config": "", "image_pull_policy": "", "k8s_api_request_retry_timeout": "",
    "k8s_api_request_timeout": "", "accounts": "", "model": "",
    # What the chart sets from this project's values
    "common_labels": "", "enable_user_namespaces": "", "events_enabled": "", "namespace": "hub_namespace", "port": "",
    "priority_class_name": "", "scheduler_name": "hub_user_scheduler", "storage_capacity": "hub_home",
    "storage_class": "hub_home", "storage_pvc_ensure": "",
}  # fmt: skip
HUB = {
    "activity_resolution": "hub_max_users", "allow_named_servers": "", "authenticator_class": "hub_sign_in",
    "admin_access": "hub_admin_groups", "cleanup_proxy": "", "cleanup_servers": "",
    "concurrent_spawn_limit": "hub_max_users", "cookie_secret": "hub_cookie_secret", "extra_handlers": "",
    "last_activity_interval": "", "logging_config": "", "proxy_class": "", "public_url": "hub_domain",
    "shutdown_on_logout": "", "spawner_class": "", "template_vars": "hub_notice", "tornado_settings": "",
    "trusted_downstream_ips": "", "base_url": "hub_domain", "db_url": "", "bind_url": "",
    "hub_bind_url": "", "hub_connect_url": "", "hub_connect_ip": "", "hub_ip": "", "hub_port": "", "ip": "", "port": "",
}  # fmt: skip
# Trait of a spawner -> the chart's value that adds to it: setting the trait would remove what is there
ADDED = {
    "environment": "singleuser.extraEnv", "extra_labels": "singleuser.extraLabels",
    "extra_pod_config": "singleuser.extraPodConfig", "volumes": "singleuser.storage.extraVolumes",
    "volume_mounts": "singleuser.storage.extraVolumeMounts",
}  # fmt: skip
EXTENDED = ("load_roles", "services", "template_paths")  # of JupyterHub: hubkit adds to them
OTHER = {
    "ConfigurableHTTPProxy": {"auth_token": "hub_proxy_token", "should_start": ""},
    "CryptKeeper": {"keys": "hub_crypt_key"},
}
SIGN_IN = "the variables of sign-in (hub_iam_…, hub_allowed_groups, hub_admin_groups)"


def variable_of(name, trait):
    """What sets c.NAME.TRAIT: a variable, "" for a setting that has none, None where hubkit sets nothing."""
    if name.endswith("Authenticator"):
        return SIGN_IN
    if name in SPAWNERS:
        return SPAWNER.get(trait)
    return (HUB if name == "JupyterHub" else OTHER.get(name, {})).get(trait)


def refusal(name, trait):
    """Why c.NAME.TRAIT must not be set and what to do, or ''."""
    if name in SPAWNERS and trait in ADDED:
        return f"it would replace what is set there: use {ADDED[trait]} instead"
    variable = variable_of(name, trait)
    if variable is None:
        return ""
    return f"derived from {variable}: remove it" if variable else "what this project installs depends on it: remove it"


def assignments(code):
    """(line, class, trait) of each `c.Class.trait = …` in CODE. Raises SyntaxError."""
    for node in ast.walk(_parsed(code)):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        for target in (each for given in targets for each in getattr(given, "elts", [given])):
            match _parts(target):
                case ("c", str(name), str(trait)):
                    yield target.lineno, name, trait


def secret_assignments(code, is_secret):
    """(line, name) of each assignment of text to a name or attribute that IS_SECRET matches."""
    for node in ast.walk(_parsed(code)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for target in node.targets:
                name = (_parts(target) or (None,))[-1]
                if isinstance(name, str) and node.value.value and is_secret(name):
                    yield node.lineno, name


def _parsed(code):
    with warnings.catch_warnings(action="ignore"):  # such as an unknown escape, which would show the line
        return ast.parse(code)


def _parts(node):
    """("c", "JupyterHub", "db_url") of c.JupyterHub.db_url and of c["JupyterHub"]["db_url"]; None of anything else."""
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute):
        below = _parts(node.value)
        return below and (*below, node.attr)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        below = _parts(node.value)
        return below and (*below, node.slice.value)
    return None
