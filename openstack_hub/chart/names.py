"""Names and paths that the hub's pod, user pods, the role and hubkit share."""

SECRET = "openstack-hub"  # created by the role: secrets.json, which must not be in values
SECRETS = "/etc/openstack-hub/secrets"
ZIP = "/opt/openstack-hub/lib/hubkit.zip"
CONFIG_PATH = "/opt/openstack-hub/etc/jupyter"  # of user servers
RUNTIME = "/tmp/jupyter-runtime"  # not on the home, so that a full one does not prevent a start
LABELS = {"app.kubernetes.io/part-of": "openstack-hub"}


def release(model):
    """Name of the Helm release: the namespace's, because the chart names cluster-scoped objects after it."""
    return model["namespace"]
