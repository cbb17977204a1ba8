"""Site folders made by the real commands."""

import os
import shutil

import pytest
from person import ANSWERS, arguments, run

from openstack_hub.site import folder as site_folder


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """(folder, output) of one `make site` without the client's secret; not to be changed."""
    folder = tmp_path_factory.mktemp("sites") / "my-hub"
    done = run("make", "site", f"DIR={folder}", *arguments(**ANSWERS))
    assert done.returncode == 0, done.stdout
    return folder, done.stdout


@pytest.fixture
def site(made, tmp_path):
    """A copy that a test may change."""
    return shutil.copytree(made[0], tmp_path / "my-hub", symlinks=True)


@pytest.fixture
def make_site(capfd, monkeypatch):
    """Create a site folder within this process, which is fast: (exit status, output)."""
    umask = os.umask(0o022)
    for name in list(os.environ):
        monkeypatch.delenv(name) if name.startswith("GIT_") else None

    def make_it(folder, given=ANSWERS):
        status = site_folder.create_site(str(folder), given, False)
        return status, "".join(capfd.readouterr())

    yield make_it
    os.umask(umask)
