"""However a file is mistyped, there is a line of it and a sentence."""

import re

import pytest
import texts
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from bounded import tries
from hypothesis import given
from mutations import SECRET

from openstack_hub.ansible_values import plain
from openstack_hub.schema import specification
from openstack_hub.site import files
from openstack_hub.validation import check, report
from openstack_hub.validation.yaml_source import Source

ROLES = files.role_variables()


# What no admin writes, and what Ansible reads though a character is lost.
ASTRAY = re.compile(r"!|<<|\ufffd|^=$|(:|,|-|\?|\[|\{)\s*=|\*a|\*b", re.MULTILINE)


@tries(300)
@given(texts.files())
def test_mistyped(file):
    label, text = file
    source, values, length = Source(label, text), loaded(text), len(text.splitlines()) + 1
    if source.broken:
        line, sentence = source.broken
        assert 1 <= line <= length and sentence.strip() and sentence.isprintable()
    if not (source.encrypted or ASTRAY.search(text)):
        assert bool(source.broken) == (values is None)
    values = values if isinstance(values, dict) else {}
    given = {name: plain(value) for name, value in values.items() if name in specification.variables()}
    mistakes = check.site(given, list(source.nodes), lambda path: False, False, ROLES)
    found = [*files.mistakes_of([source], False), *((None, mistake) for mistake in mistakes)]
    for _, line in report.lines(found, [source]):
        assert line.isprintable() and SECRET not in line
        assert 1 <= int((re.match(rf"{label}:(\d+): ", line) or [0, 1])[1]) <= length, line


@pytest.mark.parametrize("value", ["&a [*a]", "&a {b: [*a]}"])
def test_what_holds_itself_has_a_line(value):
    source = Source("group_vars/all/jupyterhub.yml", f"hub_port: 1\nhub_profiles: {value}\n")
    assert source.broken[0] == 2
    assert list(files.mistakes_of([source], False)) == []


def loaded(text):
    """What Ansible reads; None where it cannot."""
    try:
        return DataLoader().load(text, show_content=False)
    except AnsibleError:
        return None
