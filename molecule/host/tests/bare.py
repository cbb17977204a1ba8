"""Check mode on a machine where nothing is installed. Run once, by prepare.yml, hence not named test_*.py."""

import pytest
from playbook import STATE, SUCCESS, Run

# Files that check mode may leave, and files that change without it.
NOT_OURS = {
    "/root": "Ansible's temporary files",
    "/run": "in memory",
    "/tmp": "temporary files of whoever runs",
    "/var/tmp": "temporary files of whoever runs",
    "/var/log": "sshd and journald log the connection",
    "/var/lib/systemd": "systemd notes when its timers ran",
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
    """A run in check mode on a machine that never fetched package lists, and the files that it touched."""
    run(f"mv {LISTS} {LISTS}.away && mkdir {LISTS}")
    try:
        before = files(run)
        site = Run("--check")
        site.touched = sorted(set(before) ^ set(files(run)))
    finally:
        run(f"rm -r {LISTS} && mv {LISTS}.away {LISTS}")
    return site


def test_succeeds(check):
    assert check.outcome == SUCCESS


def test_changes_nothing(check):
    assert check.touched == []


@pytest.mark.parametrize(
    ("task", "text"),
    [
        ("hub_systemd : Install packages | Install packages for environments and homes", "package python3-venv"),
        ("hub_systemd : Install packages | Install packages for users", "package tree"),
        ("hub_systemd : Prepare shared folders | Open those in which users write", "/srv/shared"),
        ("hub_systemd : Build the environments | Create directories", "/opt/openstack-hub/bin"),
        ("hub_systemd : Build the environments | Build the environment of the hub", "/environments/hub-"),
        ("hub_systemd : Configure the hub | Write the model", '"domain": "hub.localhost"'),
        ("hub_systemd : Configure the hub | Write the secrets", ""),
        ("hub_systemd : Restrict users | Write the network rules", "meta skuid @users"),
        ("hub_systemd : Close SSH to users | Write the rule", "DenyGroups jupyterhub-users"),
        ("hub_systemd : Close SSH to users | Reload sshd when it is older than the rule", "reload ssh.service"),
        ("hub_systemd : Run the services | Install the units", "ExecStart=/opt/openstack-hub/hub/bin/jupyterhub"),
        ("hub_systemd : Run the services | Start the units, or restart those that are older than their files",
         "enable jupyterhub-proxy.service"),
        ("web : Install packages | Install Apache", "package apache2"),
        ("web : Configure Apache | Enable modules", ""),
        ("web : Configure Apache | Write the virtual host", "ServerName hub.localhost"),
        ("web : Configure Apache | Disable the default page", ""),
        ("web : Run Apache | Start Apache, or reload it when it is older than its files", "start apache2.service"),
    ],
)  # fmt: skip
def test_reports_what_a_run_would_do(check, task, text):
    differences = [str(difference) for (name, _), difference in check.changes.items() if name == task]
    assert differences
    assert text in "".join(differences).replace("\\n", "\n")


def test_shows_no_secret(check):
    secrets = [path.read_text().strip() for path in [STATE / "client_secret", *(STATE / "secrets").iterdir()]]
    assert len(secrets) > 4
    assert not [secret for secret in [*secrets, "PRIVATE KEY"] if secret in check.output]


def test_leaves_packages_as_after_a_crash_within_apt(host, run):
    """Converge is next: it has to finish what dpkg calls interrupted."""
    run("cd /tmp && apt-get download -qq quota && dpkg --unpack quota_*.deb && rm quota_*.deb")
    run("touch /var/lib/dpkg/updates/0000")
    refused = host.run("apt-get install --yes apache2")
    assert refused.rc != 0
    assert "dpkg was interrupted" in refused.stderr
