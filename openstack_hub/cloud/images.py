"""Whether the images are there, and what Magnum and Apache's machine need them to be."""

from typing import NamedTuple

from openstack_hub.cloud.machines import WEB, absent, called, flavor_of, wanted
from openstack_hub.validation.problems import Mistake, show

SYSTEMS = ("debian", "ubuntu")  # of Apache's machine


class Use(NamedTuple):
    """An image by NAME, which stands at PATH; VERSION of Kubernetes, or None, stands at VERSION_PATH."""

    path: tuple
    name: str
    version: str | None = None
    version_path: tuple = ()


def uses(v):
    """[Use] of the parsed variables V, each image once."""
    version = (v["cluster_kubernetes_version"], ("cluster_kubernetes_version",))
    found = [Use(("cluster_image",), v["cluster_image"], *version)]
    for i, group in enumerate(v["cluster_node_groups"]):
        path = ("cluster_node_groups", i, "image")
        found += [Use(path, group["image"], version[0], path)] if group["image"] else []
    for i, step in enumerate(v["cluster_upgrade_steps"]):
        path = ("cluster_upgrade_steps", i)
        found.append(Use((*path, "image"), step["image"], step["version"], (*path, "version")))
    return [*found, Use((*WEB, "image"), v["cloud_web_server"]["image"])] if v["cloud_web_server"] else found


def rules(v, facts):
    for use in uses(v) if "images" in facts else ():
        found = called(use.name, facts["images"])
        active = [image for image in found if image["status"] == "active"]
        if not found:
            names = sorted({image["name"] or image["id"] for image in facts["images"]})
            yield Mistake(use.path, absent(use.name, "image", names, f"cloud {show(v['cloud_name'])}"))
        elif not active:
            text = f"{show(use.name)} is {found[0]['status']}, not active: upload it again, or name another image"
            yield Mistake(use.path, text)
        elif use.version is None:
            yield from for_apache(use, active[0])
        else:
            yield from for_magnum(use, active)
        for kind in wanted(v) if active else ():
            if kind.image_path == use.path:
                yield from disk(kind, active[0], v, facts)


def for_apache(use, image):
    if image["os_distro"] and image["os_distro"] not in SYSTEMS:
        text = f"{show(use.name)} is {image['os_distro']} (os_distro): Apache's machine runs Debian or Ubuntu"
        yield Mistake(use.path, text)


def for_magnum(use, active):
    name, image = show(use.name), active[0]
    if len(active) > 1:
        ids = ", ".join(one["id"] for one in active)
        yield Mistake(use.path, f"{len(active)} images are called {name}: write the id of one ({ids})")
        return
    if not image["os_distro"]:
        text = f"{name} has no property os_distro, by which Magnum finds its driver"
        yield Mistake(use.path, f"{text}: openstack image set --property os_distro=ubuntu {use.name}")
    told = image["kube_version"]
    if told and told.lstrip("v") != use.version.lstrip("v"):
        text = f"{show(use.version)} is not what image {name} has, {told} (kube_version): mend one of the two"
        yield Mistake(use.version_path, text)


def disk(kind, image, v, facts):
    """A machine's disk is its flavor's, or a volume of the cluster's label."""
    size = v["cluster_labels"].get("boot_volume_size", "") if kind.path != WEB else ""
    there = flavor_of(kind, facts)
    has = int(size) if size.isdigit() else there and there["disk"]
    if has and has < image["min_disk"]:
        text = f"{show(kind.flavor)} has a disk of {has} GB, and image {show(kind.image)} needs {image['min_disk']}"
        yield Mistake((*kind.path, "flavor"), text)
