"""`make validate` of small and large sites, against a play of one debug task on the same inventory."""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from openstack_hub.site import vault as site_vault

PROJECT = Path(__file__).resolve().parent.parent
HOSTS = {
    "controller": {
        "hosts": {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}}
    },
    "web": {"hosts": {"web.lab.test": {}}},
}
# Neither a cloud nor Helm is measured: the cloud is not asked, and Helm is a script.
ENVIRONMENT = os.environ | {"ANSIBLE_SKIP_TAGS": "cloud", "ANSIBLE_FORCE_COLOR": "0"}
HELM = "#!/bin/sh\necho v3.20.2\n"
REFERENCE = [{"hosts": "controller", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "."}}]}]
ROUNDS = 5


def profile(i):
    return {
        "name": f"profile-{i}", "title": f"Profile {i}", "description": "Ask your teacher.", "cpu": 1 + i % 8,
        "memory": f"{1 + i % 8}.5G", "cpu_guarantee": 0.5, "memory_guarantee": "512M", "idle": f"{1 + i % 9}h",
        "groups": [f"lab/course-{i % 9}"], "node_group": f"group-{i % 30}", "placeholders": i % 3,
        "image": f"registry.lab.test/course:{i}.0",
    }  # fmt: skip


def node_group(i):
    return {"name": f"group-{i}", "flavor": "l3.large", "min": 1, "max": 20, "cpu": 16, "memory": "64G"}


def large():
    """Variables of a valid site by file: 50 profiles, 30 node groups, 3000 users."""
    return {
        "jupyterhub": {
            "hub_platform": "kubernetes", "hub_domain": "hub.lab.test", "hub_contact": {"email": "help@lab.test"},
            "hub_certificate": dict.fromkeys(("file", "key"), "{{ inventory_dir }}/hosts.yml"),
            "hub_iam_issuer": "https://iam.lab.test/", "hub_iam_client_id": "hub", "hub_allowed_groups": ["lab/hub"],
            "hub_admin_groups": ["lab/admins"], "hub_max_users": 3000, "hub_helm": "{{ inventory_dir }}/.helm",
            "hub_accepted_advisories": dict.fromkeys(("GHSA-c4gm-pwx9-9w8j", "GHSA-69wv-m5fw-2fhp"), "2027-05-29"),
            "hub_profiles": [{"name": "all", "cpu": 1, "memory": "1G"}, *map(profile, range(49))],
        },
        "openstack": {
            "cloud_name": "lab", "cloud_external_network": "External", "cluster_image": "kube",
            "cluster_kubernetes_version": "v1.33.4", "cluster_pod_network": "10.64.0.0/10",
            "cluster_node_groups": list(map(node_group, range(30))),
        },
    }  # fmt: skip


def invalid():
    """The same, with a typing error in each profile: in a key, a name or a unit."""
    files = large()
    for i, entry in enumerate(files["jupyterhub"]["hub_profiles"]):
        entry.update([{"memroy": "1G"}, {"node_group": f"gruop-{i}"}, {"idle": "4 hours"}][i % 3])
    return files


def site(folder, files):
    """A site folder with FILES and an encrypted vault, as `make site` lays it out."""
    home = folder / "group_vars/all"
    home.mkdir(parents=True)
    (home / "00-shared").symlink_to(PROJECT / "group_vars/all")
    for path, value in {"hosts.yml": HOSTS, **{f"group_vars/all/{name}.yml": v for name, v in files.items()}}.items():
        (folder / path).write_text(yaml.safe_dump(value, sort_keys=False))
    (folder / ".helm").write_text(HELM)
    (folder / ".helm").chmod(0o755)
    (folder / site_vault.PASSWORD).write_text("not-secret\n")
    text = site_vault.vault_text("not-secret").encode()
    (folder / site_vault.VAULT).write_bytes(site_vault.cipher(folder).encrypt(text))
    return folder


def measure(command, problems=None):
    """(seconds, seconds of processor time, MB of the largest process) of COMMAND.

    With PROBLEMS it must fail and report as many profiles; else it must succeed, and have run tasks or say so.
    """
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=PROJECT, env=ENVIRONMENT, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        output.seek(0)
        text = output.read()
    status = os.waitstatus_to_exitcode(status)
    reported = len(set(re.findall(r"^\S+: hub_profiles\[(\d+)\]", text, re.MULTILINE)))
    valid = status == 0 and re.search(r"ok=[1-9]\d* .*failed=0|^no problems", text, re.MULTILINE) and not reported
    if not (valid if problems is None else status != 0 and reported == problems):
        sys.exit(f"{' '.join(map(str, command))}: exit status {status}, {reported} profiles reported\n{text[-3000:]}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    with tempfile.TemporaryDirectory() as temporary:
        here = Path(temporary)
        (here / "reference.yml").write_text(yaml.safe_dump(REFERENCE))
        sites = {
            "the example, which Ansible has to read": (PROJECT / "inventories/example", None),
            "50 profiles, 30 node groups": (site(here / "large", large()), None),
            "the same, with a problem in each profile": (site(here / "invalid", invalid()), 50),
        }
        for title, (folder, problems) in sites.items():
            reference = ["ansible-playbook", "-i", folder, here / "reference.yml"]
            if (folder / site_vault.PASSWORD).exists():
                reference += ["--vault-password-file", folder / site_vault.PASSWORD]
            ours = ["make", "--silent", "validate", f"INVENTORY={folder}"]
            figures = [(*measure(ours, problems), *measure(reference)) for _ in range(ROUNDS)]
            a, a_cpu, a_size, b, b_cpu, b_size = (statistics.median(column) for column in zip(*figures, strict=True))
            ratio = statistics.median(pair[0] / pair[3] for pair in figures)
            cpu_ratio = statistics.median(pair[1] / pair[4] for pair in figures)
            print(
                f"validation of {title}: {a:.3g} s against {b:.3g} s, ratio {ratio:.2f}; processor time {a_cpu:.3g} s "
                f"against {b_cpu:.3g} s, ratio {cpu_ratio:.2f}; {a_size:.0f} MB against {b_size:.0f} MB "
                f"(medians of {ROUNDS} pairs)"
            )


if __name__ == "__main__":
    main()
