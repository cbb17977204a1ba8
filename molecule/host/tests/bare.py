"""A check on a machine where nothing is installed: run once, when molecule prepares it, so not called test_*.py."""

import pytest
from playbook import STATE, WELL, Site

# What a check may leave behind, and what lives its own life.
NOT_OURS = {
    "/root": "Ansible's temporary files",
    "/run": "in memory",
    "/tmp": "temporary files of whoever runs",
    "/var/tmp": "temporary files of whoever runs",
    "/var/log": "sshd and journald write down that somebody came",
    "/var/lib/systemd": "systemd's timers note when they ran",
}
LISTS = "/var/lib/apt/lists"


@pytest.fixture(scope="module", autouse=True)
def bare(host):
    if host.file("/opt/openstack-hub").exists:
        pytest.skip("something is installed already")


def files(run):
    """Everything on the machine's disk: type, mode, owner, size, times of content and of attributes."""
    left_out = " -o ".join(f"-path {path}" for path in NOT_OURS)
    return run(f"find / -xdev \\( {left_out} \\) -prune -o -printf '%p %y %m %U:%G %s %T@ %C@ %l\\n'").splitlines()


@pytest.fixture(scope="module")
def check(run):
    """A check, on a machine that never fetched lists of packages; and the files that were touched."""
    run(f"mv {LISTS} {LISTS}.away && mkdir {LISTS}")
    try:
        before = files(run)
        site = Site("--check")
        site.touched = sorted(set(before) ^ set(files(run)))
    finally:
        run(f"rm -r {LISTS} && mv {LISTS}.away {LISTS}")
    return site


def test_ends_well(check):
    assert check.end == WELL


def test_changes_nothing(check):
    assert check.touched == []


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("hub_systemd : Install packages | Install what the environments and homes need", "package python3-venv"),
        ("hub_systemd : Make the environments | Make directories", "/opt/openstack-hub/bin"),
        ("hub_systemd : Make the environments | Build the one of the hub", ""),
        ("hub_systemd : Configure the hub | Write the model", '"domain": "hub.localhost"'),
        ("hub_systemd : Configure the hub | Write the secrets", ""),
        ("hub_systemd : Run the services | Install the units", "ExecStart=/opt/openstack-hub/hub/bin/jupyterhub"),
        ("hub_systemd : Run the services | Start them, or restart those that are older than what they run",
         "enable jupyterhub-proxy.service"),
        ("web : Install packages | Install Apache", "package apache2"),
        ("web : Configure Apache | Enable modules", ""),
        ("web : Configure Apache | Write the site", "ServerName hub.localhost"),
        ("web : Configure Apache | Disable the page that Apache comes with", ""),
        ("web : Run Apache | Start it, or reload what is younger than its start", "start apache2.service"),
    ],
)  # fmt: skip
def test_says_what_would_be_done(check, task, words):
    told = [str(difference) for (name, _), difference in check.changes.items() if name == task]
    assert told
    assert words in "".join(told).replace("\\n", "\n")


def test_shows_no_secret(check):
    secrets = [path.read_text().strip() for path in [STATE / "client_secret", *(STATE / "secrets").iterdir()]]
    assert len(secrets) > 4
    assert not [secret for secret in [*secrets, "PRIVATE KEY"] if secret in check.output]


def test_leaves_packages_as_a_machine_that_went_down_within_apt(host, run):
    """Converge comes next: it has to finish what dpkg calls interrupted."""
    run("cd /tmp && apt-get download -qq quota && dpkg --unpack quota_*.deb && rm quota_*.deb")
    run("touch /var/lib/dpkg/updates/0000")
    refused = host.run("apt-get install --yes apache2")
    assert refused.rc != 0
    assert "dpkg was interrupted" in refused.stderr
