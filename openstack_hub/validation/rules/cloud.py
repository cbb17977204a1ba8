"""Network and server that are created in the cloud (platform kubernetes)."""

from openstack_hub.validation.problems import Problem, show

NEEDED = {  # by the server for Apache
    "cloud_network": "it needs the network of the cluster's nodes: set cloud_network as well, "
    "for example {name: jupyterhub, cidr: 10.20.0.0/24}",
    "cloud_key": "nobody could sign in to it: set cloud_key as well, the name of a key pair (openstack keypair list)",
    "cloud_external_network": "nobody could reach it: set cloud_external_network as well",
    "cloud_ssh_allowed_cidrs": "Ansible could not reach it by SSH: set cloud_ssh_allowed_cidrs as well, "
    "the networks from which you connect, such as [192.0.2.0/24]",
}


def cloud_problems(v):
    if v["cloud_web_server"]:
        for name, text in NEEDED.items():
            if not v[name] and v.is_valid(name):
                yield Problem(("cloud_web_server",), text)
    zone, domain = v["cloud_dns_zone"], v["hub_domain"]
    if zone and domain and domain != zone and not domain.endswith(f".{zone}"):
        text = f"hub_domain, {show(domain)}, is not in the zone {show(zone)}: change one of them, or remove this line"
        yield Problem(("cloud_dns_zone",), text)
