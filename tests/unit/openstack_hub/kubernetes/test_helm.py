"""The wait for Helm is bounded, and its errors become messages."""

import os
import time

import pytest

from openstack_hub.kubernetes import helm

PARAMS = {
    "name": "lab", "namespace": "lab", "kubeconfig": "/k", "chart_path": "/c.tgz", "chart_version": "4.4.0",
    "repository": "https://example.org", "values": {"hub": "VALUE"}, "timeout": 1,
}  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run upgrade() with a script in place of Helm: its error, and seconds."""
    monkeypatch.setattr(helm, "POLL", 0.1)
    monkeypatch.setattr(helm, "GRACE", 0.3)
    monkeypatch.setattr(helm, "TERMINATION", 0.5)

    def run(script, lasting=lambda: []):
        program = tmp_path / "helm"
        program.write_text(f"#!/bin/bash\n{script}\n")
        program.chmod(0o755)
        began, descriptor = time.monotonic(), os.open(tmp_path, os.O_RDONLY)
        try:
            error = helm.upgrade(PARAMS | {"helm": str(program)}, {}, descriptor, lasting)
        finally:
            os.close(descriptor)
        return error, time.monotonic() - began

    return run


def test_helm_gets_the_values_on_its_standard_input(run, tmp_path):
    error, _ = run(f"cat > {tmp_path}/values; echo text that nobody reads")
    assert error == ""
    assert (tmp_path / "values").read_text() == '{"hub": "VALUE"}'


def test_a_failure_of_helm_is_returned_with_its_reason(run):
    assert run("echo 'Error: UPGRADE FAILED: no space' >&2; exit 1")[0] == "UPGRADE FAILED: no space"


def test_hanging_helm_is_terminated_after_its_timeout_and_a_grace_period(run):
    error, seconds = run("trap 'echo Error: release lab failed >&2; exit 1' TERM; sleep 60 & wait")
    assert error == "release lab failed"
    assert 1.3 <= seconds < 10


def test_helm_that_ignores_its_termination_is_killed(run):
    error, seconds = run("trap '' TERM; while true; do sleep 0.1; done")
    assert error == "it gives no reason"
    assert 1.8 <= seconds < 10


def test_a_lasting_problem_of_a_hook_terminates_helm_at_once(run):
    error, seconds = run("trap 'exit 1' TERM; sleep 60 & wait", lambda: ["its image x cannot be pulled"])
    assert error == "a hook cannot succeed: its image x cannot be pulled"
    assert seconds < 1
