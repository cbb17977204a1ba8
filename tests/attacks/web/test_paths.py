"""Paths that one part of the service could read differently than the next."""

import breakages
import deployment
import pytest
import wire

ALICE = '"baseUrl": "/user/alice/"'  # in the page of JupyterLab
# To JupyterLab of alice
PATHS = [
    "/user/bob%2f..%2falice/lab", "/user/bob/..%2falice/lab", "/user/bob/../alice/lab",
    "/user/bob/%2e%2e/alice/lab", "/user/bob/.%2e/alice/lab", "/user/bob/..;/alice/lab",
    "/user/bob;/../alice/lab", "/user//alice/lab", "//user/alice/lab",
    "//bob/user/alice/lab", "/user/alice;bob/lab", "/user/%61lice/lab",
    "/user/alice%00bob/lab", "/user/alice/%00/lab", "/user\\alice\\lab",
    "/user/bob/..\\alice/lab", "/user/bob/..%5calice/lab", "/user/bob/%252e%252e/alice/lab",
    "/hub/user/alice/lab", "/hub/..%2fuser/alice/lab", "/user/ALICE/lab",
    "/user/alice%20/lab", "/user/bob/%c0%ae%c0%ae/alice/lab", "/user/%ff/lab",
    "/hub/static/../../user/alice/lab", "/user/bob/..%2f..%2fuser/alice/lab",
    "/user/alice/lab", "/user/alice/static/..%2flab", "/user/alice/files/..%2f..%2flab",
]  # fmt: skip
# To a file of the machine, by what Apache serves itself
MACHINE = [
    "../../../../../../etc/passwd", "..%2f..%2f..%2f..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    ".%2e/.%2e/.%2e/.%2e/.%2e/etc/passwd", "..;/..;/..;/..;/etc/passwd", "/etc/passwd", "%2fetc/passwd",
    "..%5c..%5c..%5cetc/passwd", "%252e%252e/%252e%252e/etc/passwd", "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "..%00/..%00/etc/passwd", "favicon.ico%00/../../../../etc/passwd", "....//....//....//etc/passwd",
    "..%ef%bc%8f..%ef%bc%8fetc/passwd", "%%32%65%%32%65/etc/passwd", "../templates/page.html",
]  # fmt: skip
# What Apache, the proxy and the culler have for themselves
INSIDE = [
    "/server-status", "//server-status", "/%73erver-status", "/hub/static/../../server-status", "/server-info",
    "/balancer-manager", "/cgi-bin/", "/icons/", "/.htaccess", "/hub/static/.htpasswd", "/hub/static/", "/hub/metrics",
    "/metrics", "/api/routes", "/services/culler/../../api/routes", "/services/culler/..%2f..%2fapi/routes",
]  # fmt: skip
NAVIGATION = ("Sec-Fetch-Mode: navigate", "Sec-Fetch-Site: same-origin")


def cookies(person):
    """All cookies of PERSON, whatever their paths."""
    return "Cookie: " + "; ".join(f"{cookie.name}={cookie.value}" for cookie in person.session.cookies)


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_to_another_users_server(apache, people, server_of_alice, path):
    answer = wire.ask(apache, path, *NAVIGATION, cookies(people["bob"]))
    assert answer.status in (302, 403, 404, 500) and ALICE not in answer.body
    assert answer.headers.get("Location", deployment.URL).startswith(deployment.URL)


def test_the_direct_path_leads_to_ones_own_server(apache, people, server_of_alice):
    """The control: what is asked for, how, and that the cookies are good."""
    assert ALICE in wire.ask(apache, "/user/alice/lab", *NAVIGATION, cookies(server_of_alice)).body
    assert wire.ask(apache, "/hub/home", cookies(people["bob"])).status == 200


@pytest.mark.parametrize("path", MACHINE)
def test_no_path_leads_out_of_the_folder_of_static_files(apache, path):
    answer = wire.ask(apache, f"/hub/static/{path}")
    assert answer.status in (400, 403, 404) and "root:" not in answer.body


def test_a_link_in_the_folder_of_static_files_would(apache):
    """The control: Apache may read the file, and it is recognised."""
    folder = deployment.on_hub(f"sed -n 's,.*Alias /hub/static/ ,,p' {breakages.SITE}")
    with breakages.by_commands(f"ln -s /etc {folder}/attack", f"rm {folder}/attack"):
        assert "root:" in wire.ask(apache, "/hub/static/attack/passwd").body


@pytest.mark.parametrize("path", INSIDE)
def test_nothing_is_shown_that_is_not_for_users(apache, path):
    answer = wire.ask(apache, path)
    assert answer.status in (302, 403, 404)
    assert answer.status != 302 or answer.headers["Location"].startswith(f"{deployment.URL}/hub/")
