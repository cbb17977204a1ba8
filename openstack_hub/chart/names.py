"""Names and paths on which the hub's pod, users' pods, the role and hubkit agree."""

SECRET = "openstack-hub"  # made by the role: secrets.json with what may not stand in values
SECRETS = "/etc/openstack-hub/secrets"
ZIP = "/opt/openstack-hub/lib/hubkit.zip"
CONFIG_PATH = "/opt/openstack-hub/etc/jupyter"  # of users' servers
RUNTIME = "/tmp/jupyter-runtime"  # not on the home, so that a full one does not prevent a start
LABELS = {"app.kubernetes.io/part-of": "openstack-hub"}


def release(model):
    """Name of the Helm release: the namespace's, since the chart names cluster-wide things after it."""
    return model["namespace"]
