"""Rules of modules that run on managed machines; molecule runs them."""

import os
from pathlib import Path


def test_zip_is_the_same_whenever_its_files_are(load, tmp_path):
    pack = load("modules/openstack_hub_zip").pack
    package = tmp_path / "kit"
    (package / "sub").mkdir(parents=True)
    for name in ("__init__.py", "sub/__init__.py", "sub/names.txt", "README.md"):
        (package / name).write_text("x = 1\n")
    first, names = pack(package)
    os.utime(package / "__init__.py", (0, 0))
    assert pack(package)[0] == first
    assert names == ["kit/__init__.py", "kit/sub/__init__.py", "kit/sub/names.txt"]
    (package / "__init__.py").write_text("x = 2\n")
    assert pack(package)[0] != first


def test_hubkit_has_no_dependency_on_the_controllers_code():
    for path in Path("hubkit").rglob("*.py"):
        assert "openstack_hub" not in path.read_text().replace("openstack-hub", ""), path
