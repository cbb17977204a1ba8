"""Container images: where they come from, and how the chart names them."""

# Key of hub_images, its path in the chart's values, and the chart's default image; the tag is the chart's own.
CHART_IMAGES = (
    ("hub", ("hub", "image"), "quay.io/jupyterhub/k8s-hub"),
    ("proxy", ("proxy", "chp", "image"), "quay.io/jupyterhub/configurable-http-proxy"),
    ("user", ("singleuser", "image"), "quay.io/jupyterhub/k8s-singleuser-sample"),
    ("network_tools", ("singleuser", "networkTools", "image"), "quay.io/jupyterhub/k8s-network-tools"),
    ("scheduler", ("scheduling", "userScheduler", "image"), "registry.k8s.io/kube-scheduler"),
    ("pause", ("scheduling", "userPlaceholder", "image"), "registry.k8s.io/pause"),
    ("pause", ("prePuller", "pause", "image"), "registry.k8s.io/pause"),
    ("image_awaiter", ("prePuller", "hook", "image"), "quay.io/jupyterhub/k8s-image-awaiter"),
)
PAUSE = "registry.k8s.io/pause:3.10"  # for our placeholders; any version works


def registry(image):
    """(registry, rest) of IMAGE as container runtimes read it: `scipy:1` is docker.io's library/scipy:1."""
    first, slash, rest = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return first, rest
    return "docker.io", image if slash else f"library/{image}"


def mirrored(image, mirrors):
    """The name of IMAGE at its mirror; mirrors: {registry: mirror}. None stays None."""
    if image is None:
        return None
    name, rest = registry(image)
    return f"{mirrors[name]}/{rest}" if name in mirrors else image


def name_and_tag(image):
    """{"name", "tag"}, which the chart joins by a colon; the colon of a digest works as well."""
    name, _, tag = image.rpartition(":")
    return {"name": name, "tag": tag}


def image_values(model):
    """Values for the chart's images: those of hub_images, and for the others the name at their mirror, if any.

    Their tags remain the chart's own, which match each other.
    """
    values = {}
    own = model["images"] | {"user": default_user_image(model)}
    for key, path, name in CHART_IMAGES:
        mirror = mirrored(name, model["registry_mirrors"])
        if own[key]:
            image = name_and_tag(own[key])
        elif mirror != name:
            image = {"name": mirror}
        else:
            continue
        at = values
        for part in path[:-1]:
            at = at.setdefault(part, {})
        at[path[-1]] = image
    return values


def default_user_image(model):
    """The image of profiles without one; if all have one, the default profile's, because the chart pulls it anyway."""
    all_have_images = all(profile["image"] for profile in model["profiles"])
    return model["images"]["user"] or (model["profiles"][0]["image"] if all_have_images else None)
