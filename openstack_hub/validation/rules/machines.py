"""Whether hosts.yml names the machines that the platform needs."""

from openstack_hub.schema.types import EXAMPLE_DOMAIN
from openstack_hub.validation.problems import Mistake, show

PATH = ("hosts.yml",)


def mistakes(platform, groups, web_is_made=False):
    """[Mistake]; groups: name of a group -> its machines, as Ansible has them; web_is_made: by cloud_web_server."""
    named = {name: list(groups.get(name, [])) for name in ("controller", "hub", "web")}
    needed = {"host": ("controller", "hub", "web"), "slurm": ("controller", "hub", "web")}.get(
        platform, ("controller",)
    )
    found = [Mistake(PATH, f"group {name} names no machine: write one") for name in needed if not named[name]]
    found += [
        Mistake(PATH, f"group {name} names {len(named[name])} machines ({', '.join(named[name])}): write one")
        for name in needed
        if len(named[name]) > 1
    ]
    if platform == "host" and not found and named["hub"] != named["web"]:
        hub, web = show(named["hub"][0]), show(named["web"][0])
        found.append(Mistake(PATH, f"groups hub and web name {hub} and {web}: platform host is one machine for both"))
    if platform == "kubernetes" and len(named["web"]) != 1 and not (web_is_made and not named["web"]):
        says = f"names {len(named['web'])} machines ({', '.join(named['web'])})" if named["web"] else "names no machine"
        text = f"group web {says}: Apache needs one, or cloud_web_server, for users to reach the hub"
        found.append(Mistake(PATH, text, warning=True))
    return found


def examples_left(groups):
    """[Mistake] for machines that were meant to be replaced."""
    names = dict.fromkeys(name for group in ("hub", "web") for name in groups.get(group, []))
    left = [name for name in names if EXAMPLE_DOMAIN.search(name)]
    return [Mistake(PATH, f"{show(name)} is an example: write your own machine") for name in left]
