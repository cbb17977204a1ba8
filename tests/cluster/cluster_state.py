"""The state of a site in Magnum, as plain data that can be compared, and the requests to Magnum."""

import base64

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from fixtures import clusters, retry

GROUP = ("flavor_id", "image_id", "node_count", "min_node_count", "max_node_count", "node_labels", "node_taints")


def state(testbed, site):
    """A site's resources in Magnum without IDs and addresses, and whether its kubeconfig is valid."""
    magnum, name = testbed.magnum(), site.openstack["cluster_name"]
    existing = clusters(testbed, name)
    templates = {each.uuid: each.name for each in magnum.cluster_templates.list()}
    return {
        "clusters": [
            {
                "status": cluster.status.replace("UPDATE", "CREATE"),
                "version": cluster.coe_version,
                "template": templates[cluster.cluster_template_id].removeprefix(name),
                "masters": cluster.master_count,
                "groups": groups(magnum, cluster.uuid),
            }
            for cluster in existing
        ],
        "templates": sorted(each.removeprefix(name) for each in templates.values() if each.startswith(f"{name}-v")),
        "kubeconfig": len(existing) == 1 and matches_cluster(site.kubeconfig, magnum, existing[0]),
    }


def groups(magnum, uuid):
    found = [retry(magnum.nodegroups.get, uuid, each.uuid).to_dict() for each in retry(magnum.nodegroups.list, uuid)]
    return {
        group["name"]: {field: group[field] for field in GROUP}
        | {"status": group["status"].replace("UPDATE", "CREATE")}
        for group in found
    }


def matches_cluster(path, magnum, cluster):
    """Whether the kubeconfig in PATH belongs to the cluster: its address, its CA, a certificate of that, its key."""
    config = yaml.safe_load(path.read_text())
    server, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    pem = {key: base64.b64decode(text) for key, text in (server | user).items() if key.endswith("-data")}
    ca = x509.load_pem_x509_certificate(pem["certificate-authority-data"])
    certificate = x509.load_pem_x509_certificate(pem["client-certificate-data"])
    certificate.verify_directly_issued_by(ca)
    key = serialization.load_pem_private_key(pem["client-key-data"], None)
    return (
        server["server"] == cluster.api_address
        and ca == x509.load_pem_x509_certificate(magnum.certificates.get(cluster.uuid).pem.encode())
        and key.public_key() == certificate.public_key()
        and path.stat().st_mode & 0o777 == 0o600
    )


def magnum_requests(testbed, since, method="", path="", *, granted=False):
    """Requests to Magnum since then that change something, with METHOD and PATH in theirs: [(method, path), ...]."""
    return [
        (call["method"], call["path"])
        for call in testbed.calls(since)
        if call["service"] == "magnum"
        and call["method"] != "GET"
        and method in call["method"]
        and path in call["path"]
        and (not granted or (call["status"] or 0) < 400)
    ]
