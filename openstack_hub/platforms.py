"""The platforms: all that playbooks, variables, model, rules, site folder, status and docs need to know about each.

Nothing else compares the name of a platform, which a test checks. docs/adding.md says how to add one.
"""

from typing import NamedTuple


class Platform(NamedTuple):
    """One value of hub_platform.

    summary          what it is, for the reference
    homes            where the users' homes are, for the reference
    installed        whether this version installs it; otherwise it only checks the variables
    role             installs the hub
    hosts            inventory group on which the role runs
    become           whether the role runs as root there
    groups           inventory groups that must name one machine each
    one_machine      whether the groups hub and web must name the same machine
    has_cluster      whether the hub runs on a Kubernetes cluster: kubeconfig, node groups, chart, Magnum
    model            module with its part of the model: `hub_part(v)` and `profile_part(entry, v)`
    spawner          module of hubkit that sets the spawner: `configure(c, model)`
    rules            modules of openstack_hub/validation/rules that hold on this platform only
    profile_options  keys of hub_profiles that it implements and not all platforms do
    site_examples    variables for which a new site folder shows an example
    web_backends     URLs to which Apache forwards; empty: role web asks the cluster for them
    hub_command      the operator's command (hubkit.command), on the hub's machine or in its pod
    web_static       directory with JupyterHub's static files on Apache's machine, '' for none
    """

    summary: str
    homes: str
    installed: bool
    role: str | None
    hosts: str
    become: bool
    groups: tuple
    one_machine: bool
    has_cluster: bool
    model: str
    spawner: str | None
    rules: tuple
    profile_options: tuple
    site_examples: tuple
    web_backends: tuple
    hub_command: tuple
    web_static: str


HOST = Platform(
    summary="everything on one host",
    homes="a disk image for each user on the machine, below `/var/lib/openstack-hub/homes`",
    installed=True,
    role="hub_systemd",
    hosts="hub",
    become=True,
    groups=("controller", "hub", "web"),
    one_machine=True,
    has_cluster=False,
    model="openstack_hub.model.host",
    spawner="hubkit.hub.host",
    rules=(),
    profile_options=("environment", "mounts"),
    site_examples=(),
    web_backends=("http://127.0.0.1:8000/",),
    hub_command=(
        "env", "PYTHONPATH=/opt/openstack-hub/lib/hubkit.zip", "PYTHONDONTWRITEBYTECODE=1",
        "/opt/openstack-hub/hub/bin/python", "-m", "hubkit.command", "hubkit.hub.host",
    ),
    web_static="/opt/openstack-hub/hub/share/jupyterhub/static",
)  # fmt: skip
KUBERNETES = Platform(
    summary="a cluster that OpenStack Magnum creates, or an existing one",
    homes="a persistent volume claim for each user, `claim-NAME`",
    installed=True,
    role="hub_kubernetes",
    hosts="controller",
    become=False,
    groups=("controller",),
    one_machine=False,
    has_cluster=True,
    model="openstack_hub.model.kubernetes",
    spawner="hubkit.hub.kubernetes",
    rules=("cloud", "networks", "cluster", "chart", "registries"),
    profile_options=(
        "gpus", "gpu_resource", "runtime_class", "node_group", "node_selector", "image", "environment", "mounts",
        "placeholders", "shared_memory", "sudo", "repositories",
    ),
    site_examples=(
        "cloud_name", "cloud_external_network", "cluster_kubernetes_version", "cluster_image", "cluster_node_groups",
    ),
    web_backends=(),
    hub_command=("python3", "-m", "hubkit.command", "hubkit.hub.kubernetes"),
    web_static="",
)  # fmt: skip
SLURM = Platform(
    summary="user servers are jobs of a Slurm cluster",
    homes="the homes of the Slurm cluster",
    installed=False,
    role=None,
    hosts="hub",
    become=True,
    groups=("controller", "hub", "web"),
    one_machine=False,
    has_cluster=False,
    model="openstack_hub.model.slurm",
    spawner=None,
    rules=("slurm",),
    profile_options=("gpus", "time", "partitions"),
    site_examples=("slurm_partitions",),
    web_backends=("http://127.0.0.1:8000/",),
    hub_command=(),
    web_static="/opt/openstack-hub/hub/share/jupyterhub/static",
)
PLATFORMS = {"host": HOST, "kubernetes": KUBERNETES, "slurm": SLURM}
DEFAULT = "host"
INSTALLED = tuple(name for name, platform in PLATFORMS.items() if platform.installed)


def platform(name):
    """The Platform NAME. Raises ValueError for another name."""
    if name not in PLATFORMS:
        raise ValueError(error(name))
    return PLATFORMS[name]


def error(name):
    """Why this version does not install the platform NAME, '' if it does."""
    if name not in PLATFORMS:
        return f"hub_platform: {name!r} is not a platform: write one of {', '.join(PLATFORMS)}"
    if name not in INSTALLED:
        return f"hub_platform: this version does not install the hub on {name} yet, only on {' and '.join(INSTALLED)}"
    return ""


def implementing(option):
    """Names of the platforms that implement OPTION of a profile; empty when all do."""
    return [name for name, entry in PLATFORMS.items() if option in entry.profile_options]
