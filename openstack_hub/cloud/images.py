"""Whether the images exist and meet the requirements of Magnum and of Apache's instance."""

from typing import NamedTuple

from openstack_hub.cloud.instances import WEB, desired, flavor_of, matching, missing_message
from openstack_hub.validation.problems import Problem, show

SYSTEMS = ("debian", "ubuntu")  # supported on Apache's instance


class Use(NamedTuple):
    """The image NAME, declared at PATH; VERSION of Kubernetes (or None), declared at VERSION_PATH."""

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


def image_problems(v, facts):
    for use in uses(v) if "images" in facts else ():
        found = matching(use.name, facts["images"])
        active = [image for image in found if image["status"] == "active"]
        if not found:
            names = sorted({image["name"] or image["id"] for image in facts["images"]})
            yield Problem(use.path, missing_message(use.name, "image", names, f"cloud {show(v['cloud_name'])}"))
        elif not active:
            text = f"{show(use.name)} is {found[0]['status']}, not active: upload it again, or name another image"
            yield Problem(use.path, text)
        elif use.version is None:
            yield from for_apache(use, active[0])
        else:
            yield from for_magnum(use, active)
        for instances in desired(v) if active else ():
            if instances.image_path == use.path:
                yield from disk(instances, active[0], v, facts)


def for_apache(use, image):
    if image["os_distro"] and image["os_distro"] not in SYSTEMS:
        text = f"{show(use.name)} is {image['os_distro']} (os_distro): Apache's instance runs Debian or Ubuntu"
        yield Problem(use.path, text)


def for_magnum(use, active):
    name, image = show(use.name), active[0]
    if len(active) > 1:
        ids = ", ".join(one["id"] for one in active)
        yield Problem(use.path, f"{len(active)} images are called {name}: write the id of one ({ids})")
        return
    if not image["os_distro"]:
        text = f"{name} has no property os_distro, by which Magnum finds its driver"
        yield Problem(use.path, f"{text}: openstack image set --property os_distro=ubuntu {use.name}")
    image_version = image["kube_version"]
    if image_version and image_version.lstrip("v") != use.version.lstrip("v"):
        text = f"{show(use.version)} is not what image {name} has, {image_version} (kube_version)"
        yield Problem(use.version_path, f"{text}: correct one of the two")


def disk(instances, image, v, facts):
    """An instance's disk is its flavor's, or a volume of the size in the cluster's label."""
    size = v["cluster_labels"].get("boot_volume_size", "") if instances.path != WEB else ""
    there = flavor_of(instances, facts)
    has = int(size) if size.isdigit() else there and there["disk"]
    if has and has < image["min_disk"]:
        image_needs = f"image {show(instances.image)} needs {image['min_disk']}"
        text = f"{show(instances.flavor)} has a disk of {has} GB, and {image_needs}"
        yield Problem((*instances.path, "flavor"), text)
