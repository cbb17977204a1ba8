import pytest


@pytest.fixture(scope="module")
def run(host):
    """Run a command on the hub's machine; its output, with the journal's last words when it fails."""

    def run(command, *arguments, rc=0):
        done = host.run(command, *arguments)
        assert done.rc == rc, f"{command}: rc {done.rc}\n{done.stdout}\n{done.stderr}"
        return done.stdout.strip()

    return run
