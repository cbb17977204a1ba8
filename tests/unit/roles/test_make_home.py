"""Which means enforces a home's size; what mount and quota then do is seen in molecule."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

import pytest


@pytest.fixture
def make_home():
    loader = SourceFileLoader("make_home", "roles/hub_systemd/files/make-home")
    module = module_from_spec(spec_from_loader("make_home", loader))
    loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("options", "quota"),
    [
        ("rw,relatime", False),
        ("rw,relatime,usrquota", True),
        ("rw,attr2,usrjquota=aquota.user,jqfmt=vfsv1", True),
        ("rw,noquota", False),
        ("rw,grpquota", False),
    ],
)
def test_quota_where_the_file_system_enforces_it(make_home, monkeypatch, options, quota):
    monkeypatch.setattr(make_home, "run", lambda *command: f"/home   {options}")
    assert make_home.quota_mount("/home") == ("/home" if quota else None)


@pytest.mark.parametrize("name", ["", "Root", "a/b", "../x", "a" * 31, "1a", "a b", "-a"])
def test_a_name_that_no_user_has_is_refused(make_home, name):
    with pytest.raises(SystemExit, match="is not a user name"):
        make_home.main(name)


def test_an_account_of_the_machine_is_refused(make_home, monkeypatch):
    monkeypatch.setattr(make_home, "run", lambda *command: "root adm")
    with pytest.raises(SystemExit, match="belongs to an account of this machine"):
        make_home.account("root")
