"""Whatever stands in the variables, there is a sentence for people, never a traceback, and no secret in it."""

import mutations
from bounded import tries
from hypothesis import given
from hypothesis import strategies as st

from openstack_hub.ansible_values import plain
from openstack_hub.model.hub_model import hub_model
from openstack_hub.schema import specification
from openstack_hub.site import files
from openstack_hub.validation import check

ROLES = files.role_variables()
NAMES = st.lists(st.sampled_from(["hub_domian", "hub_", "web_server_name", "vault_x", "", "é", "hub_idle", "x" * 300]))


@tries(300)
@given(mutations.variables())
def test_values(v):
    mistakes = check.check(plain(v))[1]
    for mistake in mistakes:
        tellable(mistake)
        assert mistake.path[0] in specification.variables()
    if all(mistake.warning for mistake in mistakes):
        hub_model(plain(v))


@tries(100)
@given(mutations.variables(), NAMES, st.booleans())
def test_sites(v, names, shipped):
    for mistake in check.site(plain(v), [*v, *names], lambda path: False, shipped, ROLES):
        tellable(mistake)
        assert mistake.path[0] in (*specification.variables(), *names)


def tellable(mistake):
    assert mistake.text.strip() and str(mistake).isprintable()
    assert len(mistake.text) < 1500
    assert mutations.SECRET not in str(mistake)
