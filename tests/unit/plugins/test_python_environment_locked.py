"""Only what was locked is installed: the attacks on a download, with the real uv and pip.

Each attack first succeeds without the flags of LOCKED, then is refused.
"""

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from types import SimpleNamespace

import pytest

INFO = "victim-1.0.dist-info"
# Builds without packages from elsewhere, and leaves a trace of the code that ran.
BACKEND = """\
import pathlib, zipfile
def build_wheel(folder, *_):
    pathlib.Path({trace!r}).touch()
    with zipfile.ZipFile(f"{{folder}}/victim-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in {files!r}.items():
            wheel.writestr(name, text)
    return "victim-1.0-py3-none-any.whl"
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def wheel_files(code):
    return {
        "victim.py": code,
        f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: victim\nVersion: 1.0\n",
        f"{INFO}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{INFO}/RECORD": f"victim.py,,\n{INFO}/METADATA,,\n{INFO}/WHEEL,,\n{INFO}/RECORD,,\n",
    }


@pytest.fixture
def site(load, tmp_path):
    """`install` builds an environment from the packages in a folder, with requirements that `line` makes."""
    module = load("modules/python_environment")
    packages, environments, trace = tmp_path / "packages", tmp_path / "environments", tmp_path / "trace"
    packages.mkdir()
    uv = shutil.which("uv")
    version = subprocess.run([uv, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    (environments / f"uv-{version}/bin").mkdir(parents=True)
    (environments / f"uv-{version}/bin/uv").symlink_to(uv)

    def wheel(code):
        with zipfile.ZipFile(packages / "victim-1.0-py3-none-any.whl", "w") as file:
            for name, text in wheel_files(code).items():
                file.writestr(name, text)

    def sdist():
        backend = BACKEND.format(trace=str(trace), files=wheel_files("source"))
        metadata = wheel_files("")[f"{INFO}/METADATA"]
        with tarfile.open(packages / "victim-1.0.tar.gz", "w:gz") as file:
            for name, text in {"pyproject.toml": PROJECT, "backend.py": backend, "PKG-INFO": metadata}.items():
                member = tarfile.TarInfo(f"victim-1.0/{name}")
                member.size = len(text)
                file.addfile(member, io.BytesIO(text.encode()))

    def line(hashed=True, package="victim"):
        (file,) = packages.iterdir()
        digest = f" --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}" if hashed else ""
        return f"--no-index\n--find-links {packages}\n{package}==1.0{digest}\n"

    def install(requirements, uv=f"uv=={version}\n"):
        path = environments / "user-1"
        module.build(path, requirements=requirements, npm={}, python=sys.executable, uv=uv, cache=tmp_path / "cache")
        return next(path.glob("lib/python*/site-packages/victim.py")).read_text()

    return SimpleNamespace(
        module=module, packages=packages, trace=trace, wheel=wheel, sdist=sdist, line=line, install=install
    )


def test_a_locked_wheel_is_installed(site):
    site.wheel("original")
    assert site.install(site.line()) == "original"


@pytest.mark.parametrize("hashed", [True, False], ids=["the hash is pinned", "no hash is pinned"])
def test_a_wheel_that_was_changed_is_refused(site, hashed, monkeypatch):
    site.wheel("original")
    locked = site.line(hashed)
    site.wheel("changed")
    with pytest.raises(RuntimeError, match=r"(?i)hash"):
        site.install(locked)
    monkeypatch.setattr(site.module, "LOCKED", ())
    assert site.install(site.line(hashed=False)) == "changed"


def test_code_of_a_source_distribution_does_not_run(site, monkeypatch):
    site.sdist()
    with pytest.raises(RuntimeError, match=r"(?i)building .*source|no-build"):
        site.install(site.line())
    assert not site.trace.exists()
    monkeypatch.setattr(site.module, "LOCKED", ())
    assert site.install(site.line()) == "source"
    assert site.trace.exists()


def test_an_installer_that_was_changed_is_refused(site):
    """uv itself is installed by pip."""
    name = site.packages / "uv-1.0-py3-none-any.whl"
    with zipfile.ZipFile(name, "w") as file:
        for part, text in wheel_files("").items():
            file.writestr(part.replace("victim", "uv"), text.replace("victim", "uv"))
    locked = site.line(package="uv")
    with zipfile.ZipFile(name, "a") as file:
        file.writestr("added.py", "")
    with pytest.raises(RuntimeError, match="THESE PACKAGES DO NOT MATCH THE HASHES"):
        site.install("", uv=locked)
