"""Any value of a variable gives readable problems: never a traceback, and never a secret."""

import mutations
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_settings import examples

from openstack_hub.ansible_values import plain_data
from openstack_hub.model.hub_model import hub_model
from openstack_hub.schema import specification
from openstack_hub.site import files
from openstack_hub.validation import check

ROLES = files.role_variables()
NAMES = st.lists(st.sampled_from(["hub_domian", "hub_", "web_server_name", "vault_x", "", "é", "hub_idle", "x" * 300]))


@examples(300)
@given(mutations.variables())
def test_each_problem_of_mutated_values_names_a_variable(v):
    problems = check.check(plain_data(v))[1]
    for problem in problems:
        assert_printable(problem)
        assert problem.path[0] in specification.variables()
    if all(problem.warning for problem in problems):
        hub_model(plain_data(v))


@examples(100)
@given(mutations.variables(), NAMES, st.booleans())
def test_each_problem_of_a_mutated_site_names_a_variable(v, names, shipped):
    for problem in check.site_problems(plain_data(v), [*v, *names], lambda path: False, shipped, ROLES):
        assert_printable(problem)
        assert problem.path[0] in (*specification.variables(), *names)


def assert_printable(problem):
    assert problem.text.strip() and str(problem).isprintable()
    assert len(problem.text) < 1500
    assert mutations.SECRET not in str(problem)
