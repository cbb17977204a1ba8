"""Network and machine that are made in the cloud (platform kubernetes)."""

from openstack_hub.validation.problems import Mistake, show

NEEDED = {  # by a machine for Apache
    "cloud_network": "it stands in the network of the cluster's nodes: write cloud_network, too, "
    "like {name: jupyterhub, cidr: 10.20.0.0/24}",
    "cloud_key": "nobody could sign in to it: write cloud_key, too, the name of a key pair (openstack keypair list)",
    "cloud_external_network": "nobody could reach it: write cloud_external_network, too",
    "cloud_ssh_allowed_cidrs": "nobody could install Apache on it: write cloud_ssh_allowed_cidrs, too, "
    "the networks that you come from, like [192.0.2.0/24]",
}


def rules(v):
    if v["hub_platform"] != "kubernetes":
        return
    if v["cloud_web_server"]:
        for name, text in NEEDED.items():
            if not v[name] and v.absent(name):
                yield Mistake(("cloud_web_server",), text)
    zone, domain = v["cloud_dns_zone"], v["hub_domain"]
    if zone and domain and domain != zone and not domain.endswith(f".{zone}"):
        yield Mistake(("cloud_dns_zone",), f"hub_domain, {show(domain)}, is not in the zone {show(zone)}")
