"""The benchmarks can still be started: their modules are imported, and validate.py's sites are as it says."""

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture(autouse=True)
def path(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)


@pytest.mark.parametrize("name", sorted(path.stem for path in BENCHMARKS.glob("*.py")))
def test_a_script_can_be_imported(name):
    __import__(name)
    assert name in sys.modules


def test_sites_of_validate_are_complete(tmp_path):
    import validate

    folder = validate.site(tmp_path / "large", validate.large())
    assert (folder / "group_vars/all/vault.yml").read_bytes().startswith(b"$ANSIBLE_VAULT")
