"""Who follows the advice of a message has no problem there any more."""

import re
from pathlib import Path

import advice
import mutations
import pytest
import yaml
from hypothesis import given
from hypothesis_settings import examples

from openstack_hub import advisories
from openstack_hub.ansible_values import plain_data
from openstack_hub.schema import specification
from openstack_hub.validation.check import check

BROKEN = Path(__file__).resolve().parents[1] / "openstack_hub/validation/broken"
VAULT = {f"vault_{name}": "5ec7e7aa" * 8 for name in specification.secrets()}
# A right value can still be in conflict with another one, which has its own message.
CONFLICTS = re.compile(
    r"is already|is more than|is less than|is not in |in this list twice|looks like|only type node_port|derived from"
    r"|must be less|is too old|as equal|that .* gets when|is not lower|skips|has room for|overlaps with|available"
    r"|too short for the activity|would never take effect|not available|only one profile|as well|which advisory"
    r"|cannot sign in|has no account|nobody can sign in|has no effect|not a known advisory|is not in the zone"
    r"|is before start|could be scheduled|openid is missing|user servers run with|admits everybody"
    r"|denies access to nobody"
)


def tables():
    """(id, variables) of each site in broken/*.txt whose files are YAML without further templates."""
    for path in sorted(BROKEN.glob("*.txt")):
        sound = []
        for text in re.split(r"^== ", path.read_text(), flags=re.MULTILINE)[1:]:
            name, *lines = text.splitlines()
            sound = sound or lines
            if values := loaded(edited("\n".join(line[1:] for line in sound if line.startswith("+")), lines)):
                yield pytest.param(values, id=f"{path.stem}: {name}")


def edited(text, lines):
    old, new = [], []
    for line in [*lines, ""]:
        if old and (not line or (line[0] == "-" and new)):
            text = text.replace("\n".join(old), "\n".join(new), 1)
        if not line or (line[0] == "-" and new):
            old, new = [], []
        if line[:1] in ("+", "-"):
            (new if line[0] == "+" else old).append(line[1:])
    return text


def loaded(text):
    text = re.sub(r"^(\$ENCRYPT|---|PEM)$", "", text, flags=re.MULTILINE).replace("{{ inventory_dir }}", "/site")
    text = re.sub(r'"\{\{ vault_\w+ \}\}"', "5ec7e7", text)
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return None
    if not isinstance(values, dict) or "{{" in text:
        return None
    secrets = {name: values.get(f"vault_{name}") for name in specification.secrets() if values.get(f"vault_{name}")}
    return secrets | {name: value for name, value in values.items() if name in specification.variables()}


@pytest.fixture(autouse=True, scope="module")
def today():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("openstack_hub.validation.rules.advisories.today", advisories.expiry)
        yield


@pytest.mark.parametrize("variables", tables())
def test_the_advice_about_a_broken_site_is_right(variables):
    assert_right(variables)


@examples(100)
@given(mutations.variables())
def test_the_advice_about_mutated_values_is_right(variables):
    assert_right(plain_data(variables))


def assert_right(variables):
    for problem in check(variables)[1]:
        for corrected in advice.followed(problem, variables):
            found = [other for other in check(corrected)[1] if other.path == problem.path and not other.warning]
            again = [str(other) for other in found if not CONFLICTS.search(other.text)]
            assert not again, f"after following {problem}"


def test_some_advice_is_followed():
    followed = [advice.followed(problem, case.values[0]) for case in tables() for problem in check(case.values[0])[1]]
    assert len([each for each in followed if each]) > 150
