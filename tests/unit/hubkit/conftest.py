import copy

import pytest
from kube import kubernetes_model
from mock_iam import iam  # noqa: F401
from samples import MODEL, PROFILE, SECRETS
from service import running_service


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """A real hub, for the modules that leave it as they found it."""
    with running_service(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """A test that fails shows the end of its hub's log."""
    report = yield
    if report.failed and (running := item.funcargs.get("service")):
        report.sections.append(("The hub's log", running.log("hub")[-5000:]))
    return report


@pytest.fixture
def profile():
    return dict(PROFILE, name="default", title="Default")


@pytest.fixture
def model():
    return copy.deepcopy(MODEL)


@pytest.fixture
def secrets():
    return dict(SECRETS)


@pytest.fixture
def cheap_hashes(monkeypatch):
    """Hashes of passwords that take no time, with the same code."""
    from hubkit.hub.local import passwords

    monkeypatch.setattr(passwords, "LOG_N", 4)
    monkeypatch.setattr(passwords, "NOBODY", passwords.NOBODY.replace("scrypt$15$", "scrypt$4$"))


@pytest.fixture
def k8s(model):
    return kubernetes_model(model)
