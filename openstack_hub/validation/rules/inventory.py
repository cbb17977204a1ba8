"""Whether hosts.yml names the hosts that the platform needs."""

from openstack_hub.platforms import PLATFORMS
from openstack_hub.schema.types import EXAMPLE_DOMAIN
from openstack_hub.validation.problems import Problem, match, show

PATH = ("hosts.yml",)


def inventory_problems(platform, groups, creates_web_server=False):
    """[(group, Problem)]. groups: name -> hosts, as in Ansible. creates_web_server: cloud_web_server is set."""
    hosts = {name: list(groups.get(name, [])) for name in ("controller", "hub", "web")}
    entry = PLATFORMS.get(platform)
    needed = entry.groups if entry else ("controller",)
    problems = []
    for name in (name for name in needed if len(hosts[name]) != 1):
        others = {group.lower(): group for group in groups if group not in ("all", "ungrouped", *hosts)}
        near = None if hosts[name] else others.get(match(name, others))
        hint = f"; is {near} meant to be this group?" if near else ""
        text = f"group {name} contains {_contents(hosts[name])}: write exactly one{hint}"
        problems.append((near or name, Problem(PATH, text)))
    if entry and entry.one_machine and not problems and hosts["hub"] != hosts["web"]:
        hub, web = show(hosts["hub"][0]), show(hosts["web"][0])
        text = f"groups hub and web contain {hub} and {web}: platform {platform} needs the same host in both"
        problems.append(("web", Problem(PATH, text)))
    if entry and "web" not in needed and len(hosts["web"]) != 1 and not (creates_web_server and not hosts["web"]):
        text = f"group web contains {_contents(hosts['web'])}, but users reach the hub through Apache on one host"
        text = f"{text}: write exactly one, or set cloud_web_server"
        problems.append(("web", Problem(PATH, text, warning=True)))
    return problems


def _contents(hosts):
    return f"{len(hosts)} hosts ({', '.join(hosts)})" if hosts else "no host"


def example_host_problems(groups):
    """[(host, Problem)] for hosts that are example names."""
    names = dict.fromkeys(name for group in ("hub", "web") for name in groups.get(group, []))
    examples = [name for name in names if EXAMPLE_DOMAIN.search(name)]
    return [(name, Problem(PATH, f"{show(name)} is an example: replace it with your own host")) for name in examples]
