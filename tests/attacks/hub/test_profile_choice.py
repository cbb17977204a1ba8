"""Profiles of other groups, names that are none, and settings beside the name, however they are sent."""

import pytest
from processes import until

from visitor.kernel import Kernel
from visitor.user import NAVIGATION

NAMES = ["large", "nope", "", "Default", "default ", "default\0", "../default", "__class__", '["default"]']
SETTINGS = {
    "mem_limit": "99G", "cpu_limit": "99", "mem_guarantee": "99G", "cmd": "sh", "args": "--help", "ip": "0.0.0.0",
    "port": "1", "environment": '{"ATTACK": "1"}', "notebook_dir": "/", "default_url": "/hub/admin", "debug": "true",
    "user_options": '{"profile": "large"}',
}  # fmt: skip


def by_form(bob, values, path="spawn", query=""):
    """Submit the form of the profile list with VALUES."""
    bob.page(f"{bob.url}/hub/spawn")
    url = f"{bob.url}/hub/{path}{query}"
    return bob.session.post(url, data={"_xsrf": bob._xsrf(url)} | values, headers=NAVIGATION, timeout=30)


def by_script(bob, path, options):
    return bob._fetch("POST", f"{bob.url}/hub/api/users/bob/{path}", json=options)


WAYS = {
    "the form": lambda bob, name: by_form(bob, {"profile": name}),
    "the form, and then the right one": lambda bob, name: by_form(bob, {"profile": [name, "default"]}),
    "the address": lambda bob, name: by_form(bob, {}, query=f"?profile={name}"),
    "the form for a second server": lambda bob, name: by_form(bob, {"profile": name}, path="spawn/bob/second"),
    "a script": lambda bob, name: by_script(bob, "server", {"profile": name}),
    "a script with a list": lambda bob, name: by_script(bob, "server", {"profile": [name]}),
    "a script for a second server": lambda bob, name: by_script(bob, "servers/second", {"profile": name}),
}


def options(bob):
    """What the hub has stored about bob's server, which runs."""
    return until(lambda: (server := bob.running()) and server["ready"] and server)["user_options"]


@pytest.fixture
def bob(hub, signed_in):
    visitor = signed_in(hub, "bob")
    yield visitor
    visitor.running() and visitor.stop()


@pytest.mark.parametrize("way", WAYS)
def test_no_other_profile_is_started(bob, way):
    for name in NAMES:
        assert WAYS[way](bob, name).status_code in (400, 403, 404), name
        assert not bob._hub("GET", "user").json()["servers"], name


def test_where_groups_do_not_count_it_is(stock_hub, signed_in):
    """The control."""
    bob = signed_in(stock_hub, "bob")
    assert WAYS["the form"](bob, "large").status_code == 200
    assert options(bob) == {"profile": "large"}
    bob.stop()


@pytest.mark.parametrize("way", ["the form for a second server", "a script for a second server"])
def test_nobody_has_a_second_server(bob, way):
    """JupyterHub 5 itself does not look at the name in a form."""
    WAYS[way](bob, "default")
    until(lambda: not bob._hub("GET", "user").json()["servers"])
    assert bob.page(bob.server_url("second/lab")).status_code in (404, 424)


def test_settings_beside_the_name_are_not_used(bob):
    assert by_form(bob, {"profile": "default"} | SETTINGS).status_code == 200
    assert options(bob) == {"profile": "default"}
    with Kernel(bob) as kernel:
        output = kernel.run("import os; print(os.environ.get('ATTACK'), os.environ['HUBKIT_PROFILE'])")
    assert output.text == "None Default\n"
