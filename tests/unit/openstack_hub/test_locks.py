"""Lock files: what they pin, what is wrong with them; and no lock file of this project pins a known vulnerability."""

import json

import pytest
import yaml
from sites import PROJECT

from openstack_hub import advisories
from openstack_hub.locks import lock_problems, pins
from openstack_hub.schema import specification

PIP = """\
# jinja2==1.0
--no-binary :none:
Jinja2[i18n]==3.1.6 ; python_version > '3' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
ruamel.yaml==0.19.1 --hash=sha256:cc  # a comment
plain==1.0
typing-extensions
thing @ https://example.org/thing-1.0.zip
"""
NPM = {
    "packages": {
        "": {"name": "openstack-hub-proxy"},
        "node_modules/ws": {"version": "8.17.1", "integrity": "sha512-aa"},
        "node_modules/a/node_modules/@b/c": {"version": "1.0.0"},
    }
}
LOCKS = sorted(
    path
    for pattern in ("*requirements*.txt", "package-lock.json")
    for folder in ("", "roles/**/", "tests/**/", "testbed/**/")
    for path in PROJECT.glob(f"{folder}{pattern}")
)
WITHOUT_HASHES = "testbed/"  # packages of OpenStack have no wheels; nothing of the testbed is installed for users


def test_pins_of_pip():
    assert pins(PIP) == [
        ("jinja2", "3.1.6", True),
        ("ruamel-yaml", "0.19.1", True),
        ("plain", "1.0", False),
        ("typing-extensions", "", False),
        ("thing @ https://example.org/thing-1.0.zip", "", False),
    ]


def test_pins_of_npm():
    assert pins(json.dumps(NPM)) == [("npm:ws", "8.17.1", True), ("npm:@b/c", "1.0.0", False)]


def test_a_file_without_hashes_is_refused_with_the_command_that_makes_them():
    assert list(lock_problems("a==1\nb==1\nc==1\nd==1\ne==1 --hash=sha256:aa", "/site/user.txt", [])) == [
        "/site/user.txt has no hash for a, b, c and 1 more, so that anybody who can change a download can run code as "
        "root: make it with uv pip compile --generate-hashes REQUIREMENTS.in -o /site/user.txt"
    ]
    assert list(lock_problems(json.dumps(NPM), "/site/package-lock.json", [])) == [
        "/site/package-lock.json has no hash for npm:@b/c, so that anybody who can change a download can run code as "
        "root: make it with npm install --package-lock-only"
    ]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("jupyterhub==5.5.0", ["GHSA-c4gm-pwx9-9w8j", "GHSA-69wv-m5fw-2fhp"]),
        ("JupyterHub==5.5.1", []),
        ("oauthlib==3.1.0", []),
        ("oauthlib==3.1.1", ["GHSA-3pgj-pg6c-r5p7"]),
        ("oauthlib==3.2.1", []),
        ("ansible-core==2.17.7", []),
        ("ansible-core==2.17.6", ["GHSA-99w6-3xph-cx78"]),
    ],
)
def test_versions_with_a_known_vulnerability_are_refused_unless_accepted(line, names):
    def found(accepted):
        return list(lock_problems(f"{line} --hash=sha256:aa", "/l", accepted))

    assert [name for name in names if any(f"advisory {name} affects" in line for line in found([]))] == names
    assert len(found([])) == len(names)
    assert found(names) == []
    assert len(found(names[:1])) == max(0, len(names) - 1)


def test_a_package_without_a_version_is_refused():
    (problem,) = lock_problems("jupyterhub @ https://example.org/jupyterhub.whl --hash=sha256:aa", "/l", [])
    assert problem.startswith("/l pins no version of jupyterhub @ https://example.org/jupyterhub.whl")


def test_a_version_that_cannot_be_compared_counts_as_affected():
    lock = {"packages": {"node_modules/follow-redirects": {"version": "2.0.0-canary.3", "integrity": "sha512-aa"}}}
    assert any("CVE-2026-111756" in line for line in lock_problems(json.dumps(lock), "/l", []))


def test_the_message_names_package_version_advisory_and_what_to_do():
    lock = {"packages": {"node_modules/follow-redirects": {"version": "1.16.0", "integrity": "sha512-aa"}}}
    assert list(lock_problems(json.dumps(lock), "/l", [])) == [
        "/l pins npm:follow-redirects 1.16.0, which advisory CVE-2026-111756 affects (redirects carry credentials to "
        "other sites; affected: >=1.16.0,<1.16.1; nothing here mitigates it): upgrade it, or read "
        "https://osv.dev/vulnerability/CVE-2026-111756 and add it to hub_accepted_advisories"
    ]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_lock_file_of_this_project_pins_a_known_vulnerability(path):
    accepted = specification.variables()["hub_accepted_advisories"]["default"]
    found = [(package, version) for package, version, _ in pins(path.read_text())]
    assert found
    assert not [
        (package, version, name)
        for package, version in found
        for name in advisories.affecting(package, version)
        if name not in accepted
    ]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_lock_files_pin_hashes(path):
    hashed = {pinned for _, _, pinned in pins(path.read_text())}
    assert hashed == {True} or str(path.relative_to(PROJECT)).startswith(WITHOUT_HASHES)


def test_all_lock_files_are_read():
    names = {str(path.relative_to(PROJECT)) for path in LOCKS}
    assert {
        "requirements.txt",
        "roles/hub_systemd/files/package-lock.json",
        "testbed/openstack/requirements.txt",
    } <= names
    made = {str(path.relative_to(PROJECT).with_suffix(".txt")) for path in PROJECT.glob("[rt]*/**/*requirements*.in")}
    assert made <= names


def test_what_the_roles_and_the_site_accept_are_the_same():
    defaults = yaml.safe_load((PROJECT / "roles/hub_systemd/defaults/main.yml").read_text())
    declared = specification.variables()["hub_accepted_advisories"]["default"]
    assert defaults["hub_systemd_accepted_advisories"] == list(declared)
