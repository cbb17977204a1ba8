"""Whether the images exist and meet the requirements of Magnum and of Apache's instance."""

from typing import NamedTuple

from openstack_hub.cloud.instances import WEB, desired, flavor_of, matching, missing_message
from openstack_hub.validation.problems import Problem, show

SYSTEMS = ("debian", "ubuntu")  # supported on Apache's instance


class ImageUse(NamedTuple):
    """The image NAME, declared at PATH; VERSION of Kubernetes (or None), declared at VERSION_PATH."""

    path: tuple
    name: str
    version: str | None = None
    version_path: tuple = ()


def image_uses(v):
    """[ImageUse] of the parsed variables V, each image once."""
    version = (v["cluster_kubernetes_version"], ("cluster_kubernetes_version",))
    uses = [ImageUse(("cluster_image",), v["cluster_image"], *version)]
    for i, group in enumerate(v["cluster_node_groups"]):
        path = ("cluster_node_groups", i, "image")
        uses += [ImageUse(path, group["image"], version[0], path)] if group["image"] else []
    for i, step in enumerate(v["cluster_upgrade_steps"]):
        path = ("cluster_upgrade_steps", i)
        uses.append(ImageUse((*path, "image"), step["image"], step["version"], (*path, "version")))
    return [*uses, ImageUse((*WEB, "image"), v["cloud_web_server"]["image"])] if v["cloud_web_server"] else uses


def image_problems(v, facts):
    for use in image_uses(v) if "images" in facts else ():
        images = matching(use.name, facts["images"])
        active = [image for image in images if image["status"] == "active"]
        if not images:
            names = sorted({image["name"] or image["id"] for image in facts["images"]})
            yield Problem(use.path, missing_message(use.name, "image", names, f"cloud {show(v['cloud_name'])}"))
        elif not active:
            text = f"{show(use.name)} is {images[0]['status']}, not active: upload it again, or name another image"
            yield Problem(use.path, text)
        elif use.version is None:
            yield from apache_image_problems(use, active[0])
        else:
            yield from magnum_image_problems(use, active)
        for instances in desired(v) if active else ():
            if instances.image_path == use.path:
                yield from disk_problems(instances, active[0], v, facts)


def apache_image_problems(use, image):
    if image["os_distro"] and image["os_distro"] not in SYSTEMS:
        text = f"{show(use.name)} is {image['os_distro']} (os_distro): Apache's instance runs Debian or Ubuntu"
        yield Problem(use.path, text)


def magnum_image_problems(use, active):
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


def disk_problems(instances, image, v, facts):
    """An instance's disk is its flavor's, or a volume of the size in the cluster's label."""
    size = v["cluster_labels"].get("boot_volume_size", "") if instances.path != WEB else ""
    flavor = flavor_of(instances, facts)
    disk = int(size) if size.isdigit() else flavor and flavor["disk"]
    if disk and disk < image["min_disk"]:
        image_needs = f"image {show(instances.image)} needs {image['min_disk']}"
        text = f"{show(instances.flavor)} has a disk of {disk} GB, and {image_needs}"
        yield Problem((*instances.path, "flavor"), text)
