"""Values and errors of Ansible's templates as plain data."""

import datetime

import pytest

from openstack_hub.ansible_values import plain_data, template_problem


class Tagged(str):
    """As Ansible has texts."""


def test_plain_removes_ansibles_types():
    day, moment = datetime.date(2027, 3, 15), datetime.datetime(2027, 3, 15, 9)
    value = {Tagged("a"): [Tagged("b"), True, 1, 1.5, None, (Tagged("c"),)], "d": day, "m": moment}
    found = plain_data(value)
    assert found == {"a": ["b", True, 1, 1.5, None, ["c"]], "d": day, "m": moment}
    assert {type(key) for key in found} == {str}
    assert [type(entry) for entry in found["a"]] == [str, bool, int, float, type(None), list]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("'x' is undefined\nOrigin: /a:1", "refers to x, which is not defined: define it, or correct its name"),
        ("'vault_x' is undefined", "refers to vault_x, which is not defined: add it to the vault (make vault-edit)"),
        ("Syntax error in template: unexpected '}'", "invalid template: unexpected '}'"),
    ],
)
def test_template_errors_are_explained(error, sentence):
    assert template_problem(error) == sentence
