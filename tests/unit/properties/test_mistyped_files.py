"""Any typing error in a file gives a line number and a message."""

import re

import mistyped_files
import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from hypothesis import given
from hypothesis_settings import examples
from mutations import SECRET

from openstack_hub.ansible_values import plain_data
from openstack_hub.schema import specification
from openstack_hub.site import files
from openstack_hub.site.findings import file_problems
from openstack_hub.validation import check, report
from openstack_hub.validation.problems import Problem
from openstack_hub.validation.yaml_source import Source

ROLES = files.role_variables()


# What no administrator writes, and what Ansible reads although a character is missing.
ASTRAY = re.compile(r"!|<<|\ufffd|^=$|(:|,|-|\?|\[|\{)\s*=|\*a|\*b", re.MULTILINE)


@examples(300)
@given(mistyped_files.files())
def test_mistyped_files_are_reported_with_an_existing_line(file):
    label, text = file
    source, values, length = Source(label, text), loaded(text), len(text.splitlines()) + 1
    if source.broken:
        line, sentence = source.broken
        assert 1 <= line <= length and sentence.strip() and sentence.isprintable()
    if not (source.encrypted or ASTRAY.search(text)):
        assert bool(source.broken) == (values is None)
    values = values if isinstance(values, dict) else {}
    given = {name: plain_data(value) for name, value in values.items() if name in specification.variables()}
    problems = check.site_problems(given, list(source.nodes), lambda path: False, False, ROLES)
    found = [*file_problems([source], False), *((None, problem) for problem in problems)]
    for _, line in report.lines(found, [source]):
        assert line.isprintable() and SECRET not in line
        assert 1 <= int((re.match(rf"{label}:(\d+): ", line) or [0, 1])[1]) <= length, line


@pytest.mark.parametrize("value", ["&a [*a]", "&a {b: [*a]}"])
def test_a_value_that_contains_itself_is_reported_with_its_line(value):
    source = Source("group_vars/all/jupyterhub.yml", f"hub_port: 1\nhub_profiles: {value}\n")
    assert source.broken[0] == 2
    assert [problem for _, problem in file_problems([source], False)] == [Problem((), source.broken[1], line=2)]


def loaded(text):
    """The values that Ansible reads; None if it cannot."""
    try:
        return DataLoader().load(text, show_content=False)
    except AnsibleError:
        return None
