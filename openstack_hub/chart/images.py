"""Container images: where they come from, and how the chart names them."""

# Key of hub_images, where the chart has it, and the image that is there without one; its tag is the chart's own.
NAMES = (
    ("hub", ("hub", "image"), "quay.io/jupyterhub/k8s-hub"),
    ("proxy", ("proxy", "chp", "image"), "quay.io/jupyterhub/configurable-http-proxy"),
    ("user", ("singleuser", "image"), "quay.io/jupyterhub/k8s-singleuser-sample"),
    ("network_tools", ("singleuser", "networkTools", "image"), "quay.io/jupyterhub/k8s-network-tools"),
    ("scheduler", ("scheduling", "userScheduler", "image"), "registry.k8s.io/kube-scheduler"),
    ("pause", ("scheduling", "userPlaceholder", "image"), "registry.k8s.io/pause"),
    ("pause", ("prePuller", "pause", "image"), "registry.k8s.io/pause"),
    ("image_awaiter", ("prePuller", "hook", "image"), "quay.io/jupyterhub/k8s-image-awaiter"),
)
PAUSE = "registry.k8s.io/pause:3.10"  # for warm places of ours; any version does nothing


def registry(image):
    """(registry, rest) of IMAGE as container runtimes read it: `scipy:1` is docker.io's library/scipy:1."""
    first, slash, rest = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return "docker.io", image if slash else f"library/{image}"


def mirrored(image, mirrors):
    """IMAGE as it is called where it comes from instead; mirrors: {registry: mirror}. None stays None."""
    if image is None:
        return None
    name, rest = registry(image)
    return f"{mirrors[name]}/{rest}" if name in mirrors else image


def split(image):
    """{"name", "tag"}, which the chart joins by a colon, so that a digest's own colon serves as well."""
    name, _, tag = image.rpartition(":")
    return {"name": name, "tag": tag}


def images(model):
    """Values for the chart's images: those of hub_images, and the names of the others where a mirror has them.

    Their tags stay the chart's, which knows what fits together.
    """
    values = {}
    own = model["images"] | {"user": default_user_image(model)}
    for key, path, name in NAMES:
        mirror = mirrored(name, model["registry_mirrors"])
        if own[key]:
            said = split(own[key])
        elif mirror != name:
            said = {"name": mirror}
        else:
            continue
        at = values
        for part in path[:-1]:
            at = at.setdefault(part, {})
        at[path[-1]] = said
    return values


def default_user_image(model):
    """What profiles without an image run; where none is without, the default profile's: the chart fetches it anyway."""
    everywhere = all(profile["image"] for profile in model["profiles"])
    return model["images"]["user"] or (model["profiles"][0]["image"] if everywhere else None)
