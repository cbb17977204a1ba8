"""Validation and status against a real control plane: problems with file and line."""

import re
import sys
from pathlib import Path

import pytest

from openstack_hub.site import vault

sys.path.append(str(Path(__file__).resolve().parents[1] / "unit/openstack_hub"))
import certificate_samples

HUB = """\
---
hub_platform: kubernetes
hub_accepted_advisories: {GHSA-c4gm-pwx9-9w8j: 2027-05-29, GHSA-69wv-m5fw-2fhp: 2027-05-29}
hub_domain: hub.lab.test
hub_certificate: {file: "{{ inventory_dir }}/certificates/hub.crt", key: "{{ inventory_dir }}/certificates/hub.key"}
hub_contact: {email: help@lab.test}
hub_iam_issuer: https://iam.lab.test/
hub_iam_client_id: hub-lab
hub_allowed_groups: [lab/jupyter]
hub_admin_groups: [lab/admins]
hub_profiles:
  - {name: default, cpu: 2, memory: 4G}
  - {name: gpu, cpu: 4, memory: 12G, gpus: 1, node_group: gpu}
"""
HOSTS = """\
---
controller:
  hosts:
    localhost: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}
web: {hosts: {hub.lab.test: {}}}
"""
# Ten resources that the cloud does not have, each in a line of its own.
MISSING = """\
---
cloud_name: testbed
cloud_external_network: Externl
cloud_key: operators
cloud_dns_zone: lab.test
cloud_web_server:
  flavor: m1.smal
  image: debian-13
cluster_kubernetes_version: v1.33.4
cluster_image: ubuntu-kube-v1.3.4
cluster_control_plane: {flavor: m1.small}
cluster_node_groups:
  - name: standard
    flavor: l3.mirco
    min: 1
    max: 10
  - name: gpu
    flavor: g-a4000
    image: kube
    max: 2
    gpus: 2
cloud_network: {name: lab, cidr: 10.20.0.0/24}
cloud_ssh_allowed_cidrs: [192.0.2.0/24]
"""
PASSWORD = "not-secret"


@pytest.fixture
def lab(site):
    """A valid site with its secrets in a vault."""
    values = site.folder / "group_vars/all"
    (values / "jupyterhub.yml").write_text(f"{HUB}hub_helm: {site.home / 'helm'}\n")
    (values / "vault.yml").write_text("--- {}\n")  # the secrets are encrypted in another file
    (site.folder / "hosts.yml").write_text(HOSTS)
    (site.folder / "certificates").mkdir()
    for name, text in zip(("hub.crt", "hub.key"), certificate_samples.hub(), strict=True):
        (site.folder / "certificates" / name).write_text(text)
        (site.folder / "certificates" / name).chmod(0o600)
    (site.folder / vault.PASSWORD).write_text(PASSWORD)
    (values / "sealed.yml").write_bytes(vault.cipher(site.folder).encrypt(vault.vault_text("5ec7e7").encode()))
    (site.folder / vault.PASSWORD).chmod(0o600)
    groups = [
        {"name": "standard", "flavor": "l3.micro", "min": 1, "max": 10},
        {"name": "gpu", "flavor": "g-a4000", "max": 2},
    ]
    site.set(cluster_node_groups=[groups[0], groups[1] | {"gpus": 1}])
    return site


def play(site, playbook, *arguments, **options):
    run = site.play(playbook, "--vault-password-file", str(site.folder / vault.PASSWORD), *arguments, **options)
    assert "5ec7e7" not in run.output
    return run


def problems(run):
    """The lines that name a file."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", run.output).partition("\nProblems in ")[2].splitlines()
    return [line for line in lines if line.startswith("group_vars/")]


def test_a_valid_site_passes_and_shows_no_secret(lab, testbed):
    run = play(lab, "validate", verbosity=3)
    assert run.rc == 0, run.output
    asked = run.results["Read the state of the cloud"]
    calls = testbed.calls(since=run.began, clients=True)
    assert asked["asked"]["requests"] <= len(calls) <= 14, calls


def test_ten_missing_resources_are_reported_in_ten_lines(lab):
    (lab.folder / "group_vars/all/openstack.yml").write_text(MISSING)
    run = play(lab, "validate")
    assert run.rc == 2
    assert problems(run) == [
        f"group_vars/all/openstack.yml:{line}: {text}"
        for line, text in [
            (3, "cloud_external_network: 'Externl' is no external network of cloud 'testbed'; did you mean External?"),
            (4, "cloud_key: 'operators' is no key pair of this account on cloud 'testbed'; it has demo-key"),
            (5, "cloud_dns_zone: cloud 'testbed' has no Designate: remove this line, and create the record yourself"),
            (7, "cloud_web_server.flavor: 'm1.smal' is no flavor of cloud 'testbed'; did you mean m1.small?"),
            (8, "cloud_web_server.image: 'debian-13' is no image of cloud 'testbed'; did you mean debian-12?"),
            (
                10,
                "cluster_image: 'ubuntu-kube-v1.3.4' is no image of cloud 'testbed'; did you mean ubuntu-kube-v1.35.4?",
            ),
            (11, "cluster_control_plane.flavor: 'm1.small' has 1 CPU and 2G: Kubernetes needs 2 CPUs and 2G at least"),
            (14, "cluster_node_groups[0].flavor: 'l3.mirco' is no flavor of cloud 'testbed'; did you mean l3.micro?"),
            (
                19,
                "cluster_node_groups[1].image: 'kube' is no image of cloud 'testbed'; it has debian-12, "
                "ubuntu-kube-v1.31.1, ubuntu-kube-v1.32.8, ubuntu-kube-v1.33.4, ubuntu-kube-v1.35.4",
            ),
            (21, "cluster_node_groups[1].gpus: 2 is not what flavor 'g-a4000' has: write 1"),
        ]
    ]
    assert "10 problems in the variables of" in run.message
    assert "compared with cloud testbed; nothing was changed" in run.message


def test_a_quota_that_is_too_small_is_reported_with_what_would_fit(lab):
    lab.group("standard", max=200)
    run = play(lab, "validate")
    (cores, memory, machines) = problems(run)
    path = "group_vars/all/openstack.yml:6: cluster_node_groups: everything at its max takes"
    assert re.fullmatch(rf"{path} 834 cores, and the quota is 400.*, or write max: (8\d|9\d) for 'standard'", cores)
    assert re.match(rf"{path} 3332G of RAM, and the quota is 1600G", memory)
    assert re.match(rf"{path} 203 instances, and the quota is 50", machines)


def test_a_restricted_application_credential_is_refused(lab):
    lab.set(cloud_name="testbed-restricted")
    (line,) = problems(play(lab, "validate"))
    assert "is restricted, so that Magnum cannot act for it: `openstack application credential create --unres" in line
    lab.set(cloud_name="testbed-unrestricted")
    assert play(lab, "validate", "--tags", "variables,cloud").rc == 0


def test_a_missing_entry_of_clouds_yaml_is_reported_with_the_nearest(lab):
    lab.set(cloud_name="testbet")
    (line,) = problems(play(lab, "validate"))
    assert (
        line == f"group_vars/all/openstack.yml:2: cloud_name: 'testbet' is not in {lab.clouds}; did you mean testbed?"
    )


@pytest.mark.slow
def test_failed_answers_of_services_are_retried(lab, testbed):
    with (
        testbed.fault(service="magnum", answer=503, count=2),
        testbed.fault(service="neutron", answer="close", count=2),
        testbed.fault(service="keystone", answer=500, count=1),
    ):
        run = play(lab, "validate", "--tags", "cloud")
    assert run.rc == 0, run.output


def screen(site):
    run = play(site, "status")
    assert (run.rc, run.changed) == (0, []), run.output
    return run.results["Show its state"]["msg"]


def test_status_before_and_during_the_creation_of_a_cluster(lab, testbed):
    name = lab.openstack["cluster_name"]
    shown = screen(lab)
    assert shown.startswith(f"Cluster {name} (cloud testbed, project demo): none exists yet\n")
    assert re.search(r"^  left for this site +\d+ +\d+ +\d+G +-$", shown, re.MULTILINE)
    magnum = testbed.magnum()
    kind = {"coe": "kubernetes", "image_id": "ubuntu-kube-v1.32.8", "external_network_id": "External"}
    template = magnum.cluster_templates.create(name=name, labels={"kube_tag": "v1.32.8", "testbed_delay": "60"}, **kind)
    size = {"master_count": 1, "node_count": 1, "master_flavor_id": "m1.medium", "flavor_id": "l3.micro"}
    magnum.clusters.create(name=name, cluster_template_id=template.uuid, keypair="demo-key", **size)
    shown = screen(lab)
    assert re.search(r"^  CREATE_IN_PROGRESS.* created \d+ (second|minute)s? ago, ", shown, re.MULTILINE), shown
    assert re.search(r"^standard +1 +1 +10 +1 to 10 +CREATE_IN_PROGRESS$", shown, re.MULTILINE) or "max is 10" in shown
    assert "  node group gpu does not exist\n" in shown
    assert "What to do\n  Magnum is working; wait until it is done: " in shown


@pytest.mark.slow
def test_status_says_that_magnum_does_not_answer(lab, testbed):
    with testbed.fault(service="magnum", answer=503):
        shown = screen(lab)
    assert "): Magnum does not answer\n" in shown
    assert "the quota" in shown
    assert re.search(r"What to do\n  Magnum does not answer \(HTTP 503.*\): try again in a few minutes\.$", shown), (
        shown
    )
