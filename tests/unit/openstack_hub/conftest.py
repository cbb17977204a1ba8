import copy

import pytest
from site_samples import ON_KUBERNETES, SITE

from openstack_hub import advisories


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """Tests do not fail by the calendar: today is the last day on which the list of advisories is current."""
    for rules in ("advisories", "sign_in"):
        monkeypatch.setattr(f"openstack_hub.validation.rules.{rules}.today", advisories.expiry)


@pytest.fixture
def variables():
    """The required variables of a small site on one machine."""
    return copy.deepcopy(SITE)


@pytest.fixture
def cluster():
    """The same on an existing cluster."""
    groups = [{"name": "standard", "flavor": "m", "max": 10}]
    return copy.deepcopy(ON_KUBERNETES) | {"cluster_kubeconfig": "/kubeconfig", "cluster_node_groups": groups}
