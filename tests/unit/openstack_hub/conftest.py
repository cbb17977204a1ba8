import copy

import pytest
from site_samples import ON_KUBERNETES, SITE


@pytest.fixture
def variables():
    """The required variables of a small site on one machine."""
    return copy.deepcopy(SITE)


@pytest.fixture
def cluster():
    """The same on an existing cluster."""
    groups = [{"name": "standard", "flavor": "m", "max": 10}]
    return copy.deepcopy(ON_KUBERNETES) | {"cluster_kubeconfig": "/kubeconfig", "cluster_node_groups": groups}
