"""Variables of valid sites: each value is valid, and values that rules compare are adjusted.

Written independently of the rules, so that a rule that refuses too much is found.
"""

import ipaddress
import unicodedata

import valid_values
from hypothesis import strategies as st

from openstack_hub.platforms import PLATFORMS
from openstack_hub.schema import specification
from openstack_hub.schema.units import parse_size, parse_time
from openstack_hub.validation.rules import cloud

# Variables for Magnum; they have no meaning for an existing cluster.
MAGNUMS = [
    "cluster_kubernetes_version", "cluster_image", "cluster_upgrade_steps", "cluster_network_driver",
    "cluster_control_plane", "cluster_adopt", "cluster_recreate", "cluster_node_groups_replace",
    "cluster_api_allowed_cidrs", "cluster_labels",
]  # fmt: skip
OPEN = ("GHSA-c4gm-pwx9-9w8j", "GHSA-69wv-m5fw-2fhp")  # in the hub of the default chart
MIRRORS = {"docker.io": "mirror.lab.test/docker", "quay.io": "mirror.lab.test:5000", "a:5000": "b/c_d/e-f"}
NAMES = ("TOKENIZERS_PARALLELISM", "_b1", "path")
SYMBOLS = ("Sm", "So", "Sc", "Sk")  # C++ is not C, and two pictures are two titles


@st.composite
def variables(draw, platforms=tuple(PLATFORMS)):
    """Variables by name, as YAML has them, in which `check` must find no problem."""
    platform = draw(st.sampled_from(platforms))
    site = Site(draw(valid_values.variables(platform)) | {"hub_platform": platform}, draw, platform)
    site.address()
    site.sign_in()
    site.terms()
    site.storage()
    site.advisories()
    site.profiles()
    site.packages()
    if platform == "kubernetes":
        site.cluster()
        site.chart()
    if platform == "slurm":
        site.slurm()
    return site.v


class Site:
    def __init__(self, v, draw, platform):
        self.v, self.draw, self.platform = v, draw, platform

    def get(self, name):
        """The value in effect. Defaults are never changed in place."""
        return self.v.get(name, specification.variables()[name].get("default"))

    def new(self, name, **changes):
        """Draw a new value of NAME, valid under its specification with CHANGES."""
        self.v[name] = self.draw(valid_values.value(specification.variables()[name] | changes, self.platform))

    def some(self, known, least=0):
        return self.draw(st.lists(st.sampled_from(known), min_size=least, unique=True)) if known else []

    def address(self):
        if not any(self.v["hub_contact"].values()):
            self.v["hub_contact"]["email"] = "help@example.org"

    def sign_in(self):
        v, ways = self.v, self.get("hub_sign_in")
        if {"local", "pam"} <= set(ways):  # no local account has one on the cluster
            v["hub_sign_in"] = ways = [way for way in ways if way != "local"]
        parameters = v.get("hub_iam_authorization_parameters", {})
        v["hub_iam_authorization_parameters"] = {f"hint_{i}": text for i, text in enumerate(parameters.values())}
        if "iam" in ways:
            for name in ("hub_iam_issuer", "hub_iam_client_id", "hub_iam_client_secret"):
                if v.get(name) is None:
                    self.new(name)
            v["hub_iam_scopes"] = ["openid", *(scope for scope in self.get("hub_iam_scopes") if scope != "openid")]
            self.users_of_the_iam()
        else:
            for name in ("hub_admin_groups", "hub_allow_all", "hub_allowed_users"):
                v.pop(name, None)
        if "local" not in ways:
            v.pop("hub_local_accounts", None)
        else:
            accounts = (self.get("hub_local_accounts") or {}).get("accounts") or []
            accounts = list({account["name"]: account for account in [{"name": "jane"}, *accounts]}.values())
            v["hub_local_accounts"] = self.get("hub_local_accounts") | {"accounts": accounts}
            v["hub_admin_users"] = ["jane"]
        if "iam" not in ways and not v.get("hub_admin_users"):
            self.new("hub_admin_users", nonempty="yes")

    def users_of_the_iam(self):
        v = self.v
        for name in ("hub_allowed_users", "hub_admin_users"):
            v[name] = list(dict.fromkeys(person.strip() for person in self.get(name) if person != "jane"))
        if v.get("hub_allow_all"):
            v["hub_allowed_groups"] = v["hub_allowed_users"] = []
            v.pop("verify_outsider", None)
        elif not v.get("hub_admin_groups"):
            self.new("hub_allowed_groups", nonempty="yes")
        if v.get("hub_iam_groups_separator") == "space":  # which names of groups have
            v["hub_iam_groups_separator"] = "comma"

    def terms(self):
        terms = self.v.get("hub_terms")
        if terms and not terms.get("url"):
            terms["text"] = "Be nice."

    def storage(self):
        for number, mount in enumerate(self.v.get("hub_mounts", [])):
            mount["path"] = f"/data/{number}{mount['path']}"
            given = {kind: mount.pop(kind, None) for kind in ("server", "export", "claim", "size", "folder")}
            if self.platform == "host":
                mount |= {"path": f"/data/{number}", "folder": f"/srv/a.b_c-{number}/x@+"}
            elif given["server"]:
                mount |= {"server": given["server"], "export": given["export"] or "/data"}
            elif given["claim"] and not given["claim"].startswith("claim-"):
                mount["claim"] = given["claim"]
            else:
                mount |= {"size": given["size"] or "20G"}
                mount.pop("read_only", None)
        home = self.v.get("hub_home") or {}
        least, groups = parse_size(home.get("size", 0)), {}
        for entry in home.get("group_sizes", []):
            groups[entry["group"]] = entry | {"size": least + parse_size(entry["size"])}
        if groups:
            home["group_sizes"] = list(groups.values())

    def environment(self):
        """Names that resemble secrets, with values that are none, too."""
        for holder, key in [
            (self.v, "hub_environment"),
            *((profile, "environment") for profile in self.v.get("hub_profiles", [])),
        ]:
            if key in holder:
                holder[key] = dict(zip(NAMES, holder[key].values(), strict=False))

    def packages(self):
        packages = self.v.get("hub_packages") or {}
        if packages.get("pip"):
            packages["pip"] = [f"own-package-{i}=={p.split('==')[1]}" for i, p in enumerate(packages["pip"])]

    def advisories(self):
        self.v["hub_accepted_advisories"] = dict.fromkeys(self.some(OPEN), "2027-05-29")

    def profiles(self):
        self.environment()
        users = self.get("hub_max_users")
        shortest = max(60, 30 * (users // 50 + 1))
        self.not_shorter(self.v, "hub_idle", shortest)
        looks, chosen = set(), False
        for number, profile in enumerate(self.v.get("hub_profiles", [])):
            self.limits(profile)
            self.not_shorter(profile, "idle", shortest)
            life = self.get("hub_idle") if profile.get("idle") is None else profile["idle"]
            if parse_time(profile.get("max_age", 0)):
                self.not_shorter(profile, "max_age", parse_time(life))
            if "mounts" in profile:
                profile["mounts"] = self.some([mount["name"] for mount in self.v.get("hub_mounts", [])])
            self.repositories(profile)
            profile["default"] = profile.get("default", False) and not chosen
            chosen = chosen or profile["default"]
            title = profile.get("title") or profile["name"]
            look = "".join(
                c for c in title.casefold() if c.isalnum() or c in "#&*" or unicodedata.category(c) in SYMBOLS
            )
            if look in looks:
                profile["title"] = f"Profile {number + 1} of {users}"
            looks.add(look)

    def repositories(self, profile):
        for folder, repository in enumerate(profile.get("repositories", [])):
            repository["url"] = f"https://git.lab.test/a/{folder}{self.draw(st.sampled_from(['', '.git', '/']))}"

    def not_shorter(self, holder, key, least):
        if 0 < parse_time(holder.get(key) or 0) < least:
            holder[key] = f"{least}s"

    def limits(self, profile):
        for what, read in (("cpu", float), ("memory", parse_size)):
            guarantee = f"{what}_guarantee"
            if read(profile.get(guarantee) or 0) > read(profile[what]):
                profile[guarantee] = profile[what]
        if parse_size(profile.get("shared_memory") or 0) >= parse_size(profile["memory"]):
            del profile["shared_memory"]

    def cluster(self):
        v = self.v
        if v.get("cluster_kubeconfig"):
            for name in MAGNUMS:
                v.pop(name, None)
        else:
            for name in ("cloud_name", "cloud_external_network", "cluster_kubernetes_version", "cluster_image"):
                if v.get(name) is None:
                    self.new(name)
        for name in cloud.NEEDED if v.get("cloud_web_server") else ():
            if not v.get(name):
                self.new(name, nonempty="yes")
        if v.get("cloud_dns_zone"):
            v["cloud_dns_zone"] = self.get("hub_domain")
        if not v.get("cluster_kubeconfig") and not v.get("cluster_node_groups"):
            self.new("cluster_node_groups", nonempty="yes")
        if not v.get("cluster_kubeconfig"):
            self.magnum()
        if v.get("cluster_node_groups"):
            self.node_groups(v["cluster_node_groups"])
        self.networks()

    def networks(self):
        v, pods = self.v, ipaddress.ip_network(self.get("cluster_pod_network"))
        if not 2**20 <= pods.num_addresses <= 2**120 or (pods.version == 6 and not v.get("cluster_kubeconfig")):
            v["cluster_pod_network"] = "10.0.0.0/8"
        if (v.get("cloud_network") or {}).get("cidr"):
            v["cloud_network"]["cidr"] = "192.0.2.0/24"

    def chart(self):
        """With its own hub image a site may accept any advisories; an unknown version of the chart has none."""
        v = self.v
        v["hub_registry_mirrors"] = self.draw(st.sampled_from([{}, MIRRORS]))
        if "hub_images" not in v or not v["hub_images"].get("hub"):
            v["hub_accepted_advisories"] = dict.fromkeys(OPEN, "2027-05-29")
            v.pop("hub_chart_version", None)
        v.get("hub_service", {}).pop("allowed_cidrs", None)
        if v.get("hub_images"):
            v["hub_images"].pop("scheduler", None)
        if v.get("hub_service", {}).get("type", "load_balancer") == "load_balancer":
            v.get("hub_service", {}).pop("node_port", None)
        else:
            v["hub_service"].pop("address", None)
        if v.get("hub_service", {}).get("address"):
            v["hub_service"]["address"] = "192.0.2.40"
        if "annotations" in v.get("hub_service", {}):
            v["hub_service"]["annotations"] = {"example.org/use": "hub"}
        if v.get("hub_node_selector"):
            v["hub_node_selector"] = {"example.org/pool": "jupyter", "example.org/empty": ""}
        if any(each.get("placeholders") for each in self.get("hub_profiles")):
            v.pop("hub_user_scheduler", None)
        for profile in v.get("hub_profiles", []):
            if profile.get("node_selector"):
                profile["node_selector"] = {"example.org/size": "large", "example.org/pool": "jupyter"}
            if not profile.get("gpus"):
                profile.pop("gpu_resource", None)

    def magnum(self):
        v = self.v
        v["cluster_kubernetes_version"] = f"v2.{v['cluster_kubernetes_version'].split('.')[1]}.1"
        v["cluster_name"] = self.get("cluster_name")[:200]
        minor = int(v["cluster_kubernetes_version"].split(".")[1])
        steps = v.get("cluster_upgrade_steps", [])
        del steps[minor:]
        for step in steps:
            minor -= 1
            step["version"] = f"{v['cluster_kubernetes_version'].split('.')[0]}.{minor}.7"
        for letter, group in zip("abc", v["cluster_node_groups"], strict=False):
            group["name"] = (
                f"{letter}00{group['name'][:20].replace('-', '')}"  # unique, and not the name of a successor
            )
        first = v["cluster_node_groups"][0]
        first |= {"min": max(first.get("min", 0), 1), "gpus": 0, "image": None}

    def node_groups(self, groups):
        if "hub_profiles" not in self.v:
            self.new("hub_profiles", nonempty="yes")
            self.profiles()
        for group in groups:
            group["max"] = min(group["max"], 1000)
        for profile in self.v["hub_profiles"]:
            group = self.draw(st.sampled_from(groups))
            profile["node_group"] = group["name"]
            if group is groups[0] and self.draw(st.booleans()):
                del profile["node_group"]
            profile["gpus"] = self.draw(st.integers(1, group["gpus"])) if group.get("gpus") else 0
            for what, read in (("cpu", float), ("memory", parse_size)):
                if read(group.get(what) or 0) < read(profile[what]):
                    group[what] = profile[what]
            profile["placeholders"] = profile.get("placeholders", 0) % 1000
            group["max"] += profile["placeholders"]  # even if each fills a node
        for group in groups:
            if not group.get("gpus"):
                group.pop("gpu_resource", None)
            for number, taint in enumerate(group.get("taints", [])):
                taint["key"] = f"example.org/use-{number}"
                if taint.get("value"):
                    taint["value"] = "a.b_c-D"
            if group is groups[0]:
                group.pop("taints", None)
            group["min"] = min(group.get("min", 0), group["max"])
            labels = {f"example.org/{key}": "a.b_c-D" for key in range(len(group.get("labels", {})))}
            group["labels"] = labels | ({"example.org/group": group["name"].strip("-")} if len(groups) > 1 else {})

    def slurm(self):
        if not self.v.get("slurm_partitions"):
            self.new("slurm_partitions", nonempty="yes")
        partitions = {partition["name"]: partition for partition in self.v["slurm_partitions"]}
        for profile in self.v.get("hub_profiles", specification.variables()["hub_profiles"]["default"]):
            named = list(partitions.values())
            if profile.get("partitions"):
                profile["partitions"] = self.some(list(partitions), least=1)
                named = [partitions[name] for name in profile["partitions"]]
                named[0]["overflow"] = False
            longest = max((partition["max_time"] for partition in named), key=parse_time)
            if parse_time(profile.get("time") or 0) > parse_time(longest):
                profile["time"] = longest
            if parse_size(named[0].get("max_memory") or 0) < parse_size(profile["memory"]):
                named[0]["max_memory"] = profile["memory"]
            if "gpus" in profile:
                profile["gpus"] = min(profile["gpus"], max(partition.get("gpus", 0) for partition in named))
