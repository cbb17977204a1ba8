"""What an instance begins with, made by the APIs; in the services' environment: -m openstack_testbed.seed FOLDER."""

import json
import sys
from pathlib import Path

import openstack

from openstack_testbed.clouds import CREDENTIALS, MEMBER, PROJECT, clouds
from openstack_testbed.configuration import CATALOGUE, REGION, url
from openstack_testbed.places import write, write_json
from openstack_testbed.processes import UNFINISHED, await_answer

# vCPUs, GiB of memory, GB of disk
FLAVORS = {
    "l3.nano": (2, 4, 20),
    "l3.micro": (4, 16, 40),
    "l3.small": (8, 32, 80),
    "l3.medium": (16, 64, 120),
    "m1.small": (1, 2, 20),
    "m1.medium": (2, 4, 40),
    "g-a4000": (16, 64, 120),
}
GPUS = {"g-a4000": {"pci_passthrough:alias": "a4000:1", "accounting:gpu": "1"}}
IMAGES = {"debian-12": {"os_distro": "debian"}} | {
    f"ubuntu-kube-{version}": {"os_distro": "ubuntu", "kube_version": version}
    for version in ("v1.31.1", "v1.32.8", "v1.33.4", "v1.35.4")
}
# Nobody has its other half.
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPiS2Oo7c8q4sGZLVLIxabc1exgUzI5fkIZ5FPNcTmff testbed"


def identity(cloud, ports, passwords):
    """Catalogue, the services' accounts, an ordinary project with a member."""
    keystone = cloud.identity
    roles = {role.name: role for role in keystone.roles()}
    services = keystone.create_project(name="service", domain_id="default")

    def account(name, project, *names):
        user = keystone.create_user(name=name, password=passwords[name], domain_id="default")
        for role in names:
            keystone.assign_project_role_to_user(project=project, user=user, role=roles[role])

    def service(name):
        account(name, services, "admin", "service")
        entry = keystone.create_service(name=name, type=CATALOGUE[name][0])
        for interface in ("public", "internal", "admin"):
            address = url(ports, name)
            keystone.create_endpoint(service_id=entry.id, interface=interface, url=address, region_id=REGION)

    for name in CATALOGUE:
        if name != "keystone":
            service(name)
    project = keystone.create_project(name=PROJECT, domain_id="default")
    account(MEMBER, project, "member")


def images(cloud):
    for name, properties in IMAGES.items():
        # Any bytes do: they boot nothing. Properties that are not Glance's own are plain strings.
        cloud.image.create_image(
            name=name, data=b"testbed", disk_format="raw", container_format="bare", visibility="public", **properties
        )


def networks(cloud):
    network = cloud.network.create_network(
        name="External", is_router_external=True, provider_network_type="flat", provider_physical_network="external"
    )
    cloud.network.create_subnet(
        name="External", network_id=network.id, ip_version=4, cidr="203.0.113.0/24", is_dhcp_enabled=False
    )


def flavors(cloud):
    for name, (cpus, memory, disk) in FLAVORS.items():
        flavor = cloud.compute.create_flavor(name=name, vcpus=cpus, ram=memory * 1024, disk=disk)
        if name in GPUS:
            cloud.compute.create_flavor_extra_specs(flavor, GPUS[name])
    project = cloud.identity.find_project(PROJECT)
    cloud.compute.update_quota_set(project.id, instances=50, cores=400, ram=1600 * 1024)


def member(cloud, passwords):
    """The member's key pair, and an application credential of each kind; returns their ids."""
    cloud.compute.create_keypair(name="demo-key", public_key=PUBLIC_KEY)
    user = cloud.current_user_id
    return {
        name: cloud.identity.create_application_credential(
            user, name, secret=passwords[name], unrestricted=name == "unrestricted"
        ).id
        for name in CREDENTIALS
    }


def main(folder):
    """Seed each service as soon as it answers; leaves the ids of the credentials in var/credentials.json."""
    ports = json.loads((folder / "instance.json").read_text())["ports"]
    passwords = json.loads((folder / "passwords.json").read_text())
    write(folder / "clouds.yaml", clouds(url(ports, "keystone"), passwords))

    def connect(cloud):
        config = openstack.config.OpenStackConfig(config_files=[str(folder / "clouds.yaml")], load_envvars=False)
        return openstack.connection.Connection(config=config.get_one(cloud))

    await_answer(ports["keystone"])
    identity(connect("testbed-admin"), ports, passwords)
    (folder / "var" / UNFINISHED).unlink()
    for service, fill in {"glance": images, "neutron": networks, "nova": flavors}.items():
        await_answer(ports[service])
        fill(connect("testbed-admin"))
    write_json(folder / "var/credentials.json", member(connect("testbed"), passwords))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
