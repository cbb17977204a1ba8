import pytest
from playbook import CONTAINER


def pytest_configure(config):
    """Test the hub's machine."""
    config.option.hosts = config.option.hosts or f"podman://{CONTAINER}"


@pytest.fixture(scope="module")
def run(host):
    """Run a command on the hub's machine. Returns its output."""

    def run(command, *arguments, rc=0):
        done = host.run(command, *arguments)
        assert done.rc == rc, f"{command}: rc {done.rc}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    return run
