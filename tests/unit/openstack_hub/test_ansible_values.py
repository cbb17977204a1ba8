"""Values and errors of Ansible's templates as plain data."""

import datetime

import pytest
from ansible._internal._datatag._tags import TrustedAsTemplate

from openstack_hub.ansible_values import braces_problem, plain_data, template_problem


class Tagged(str):
    """As Ansible has texts."""


def test_plain_removes_ansibles_types():
    day, moment = datetime.date(2027, 3, 15), datetime.datetime(2027, 3, 15, 9)
    value = {Tagged("a"): [Tagged("b"), True, 1, 1.5, None, (Tagged("c"),)], "d": day, "m": moment}
    found = plain_data(value)
    assert found == {"a": ["b", True, 1, 1.5, None, ["c"]], "d": day, "m": moment}
    assert {type(key) for key in found} == {str}
    assert [type(entry) for entry in found["a"]] == [str, bool, int, float, type(None), list]


SECRET = "5ec7e7"
BRACES = (
    "contains {{, {% or {#, which Ansible takes for a template: write !unsafe before it in the vault (make vault-edit)"
)


@pytest.mark.parametrize(
    ("error", "template", "sentence"),
    [
        ("'x' is undefined\nOrigin: /a:1", "{{ x }}",
         "refers to x, which is not defined: define it, or correct its name"),
        ("'vault_x' is undefined", "a {{ vault_x }}",
         "refers to vault_x, which is not defined: add it to the vault (make vault-edit)"),
        ("Syntax error in template: unexpected '}'", "{{ a }", "invalid template: unexpected '}'"),
        ("'sec' is undefined", "{{ vault_x | default('') }}", f"vault_x {BRACES}, as in vault_x: !unsafe '...'"),
        ("Syntax error in template: 5ec7e7", "{{ vault_x }}", f"vault_x {BRACES}, as in vault_x: !unsafe '...'"),
        ("'sec' is undefined", "{{ mine }}",
         "refers to a variable that itself refers to one that is not defined: correct that one"),
        ("Syntax error in template: sec", "{{ mine }}",
         "refers to a variable with an invalid template: correct that one"),
    ],
)  # fmt: skip
def test_template_errors_are_explained(error, template, sentence):
    assert template_problem(error, template) == sentence


def test_nothing_of_a_secret_that_is_a_template_is_shown():
    for error in ("'5ec7e7' is undefined", "Syntax error in template: 5ec7e7"):
        text = template_problem(error, "{{ 5ec7e7 }", is_secret=True)
        assert SECRET not in text
        assert "!unsafe" in text


@pytest.mark.parametrize(
    ("value", "is_problem"),
    [
        ("a{{b}}", True),
        ("{% a", True),
        ("a{#b#}", True),
        ("{{ a }}{{ b }}", True),
        ("{{ nobody }}", True),
        ("{{ other }}", False),
        ("{{ other.key | trim }}", False),
        ("{{ lookup('env', 'A') }}", False),
        ("a{b}", False),
        (5, False),
    ],
)
def test_secrets_with_braces_are_found(value, is_problem):
    values = {"vault_x": TrustedAsTemplate().tag(value), "other": "a"}
    assert bool(braces_problem("{{ vault_x }}", values)) is is_problem
    assert braces_problem("{{ vault_y }}", values) == ""
    assert braces_problem("{{ vault_x }}", {"vault_x": value}) == ""  # not taken for a template
