"""The rules of /conftest.py: skips fail in CI, their reasons are printed, and children of tests can be interrupted."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = "pytester"
ROOT = Path(__file__).parents[3]
PODMAN, CHART = "no podman here", "no chart at /cache/jupyterhub.tgz: get it"
# Ways to skip, each a module of its own
SKIPS = {
    "test_mark": "@pytest.mark.skipif(True, reason={!r})\ndef test(): pass",
    "test_within": "def test(): pytest.skip({!r})",
    "test_fixture": "@pytest.fixture\ndef hub(): pytest.skip({!r})\ndef test(hub): pass",
    "test_module": "pytest.skip({!r}, allow_module_level=True)",
    "test_import": "pytest.importorskip('no_such_module', reason={!r})",
}
SIGNALLED = "import subprocess\ndef test(): assert subprocess.run(['sh', '-c', 'kill -INT $$; echo']).returncode == -2"


@pytest.fixture
def run(pytester, monkeypatch):
    """Run modules of tests, {name: code}, under the rules; their result."""

    def run(modules, *, ci):
        monkeypatch.setenv("CI", "true") if ci else monkeypatch.delenv("CI", raising=False)
        pytester.makeconftest((ROOT / "conftest.py").read_text())
        pytester.makepyprojecttoml((ROOT / "pyproject.toml").read_text())
        pytester.makepyfile(**modules)
        return pytester.runpytest("--continue-on-collection-errors")

    return run


def skipping(reason):
    return {name: f"import pytest\n{code.format(reason)}\n" for name, code in SKIPS.items()}


def test_reasons_are_printed(run):
    result = run(skipping(PODMAN), ci=False)
    result.assert_outcomes(skipped=5)
    assert result.stdout.str().count("SKIPPED") == 5
    assert result.stdout.str().count(PODMAN) == 5


def test_skips_fail_in_ci(run):
    result = run(skipping(PODMAN), ci=True)
    result.assert_outcomes(failed=1, errors=4)
    assert result.ret != pytest.ExitCode.OK
    counts = "skipped in CI, which counts as a failure (see conftest.py)"
    result.stdout.fnmatch_lines_random([f"* {name}.py* - *{counts}: {PODMAN}" for name in SKIPS])


def test_the_missing_chart_is_allowed_in_ci(run):
    result = run(skipping(CHART), ci=True)
    result.assert_outcomes(skipped=5)
    assert result.stdout.str().count(CHART) == 5


def test_expected_failures_are_no_skips(run):
    run({"test_expected": "import pytest\n@pytest.mark.xfail\ndef test(): assert False"}, ci=True).assert_outcomes(
        xfailed=1
    )


@pytest.mark.parametrize(("rules", "status"), [(True, 0), (False, 1)], ids=["with the rules", "without"])
def test_children_can_be_interrupted_where_pytest_was_started_with_sigint_ignored(tmp_path, rules, status):
    (tmp_path / "conftest.py").write_text((ROOT / "conftest.py").read_text() if rules else "")
    (tmp_path / "test_signal.py").write_text(SIGNALLED)
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        command = [sys.executable, "-m", "pytest", "-q", "--rootdir", tmp_path, tmp_path]
        done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True)
    finally:
        signal.signal(signal.SIGINT, former)
    assert done.returncode == status
