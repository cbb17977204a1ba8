"""Generated files are up to date, and the specification is valid."""

import re
from pathlib import Path

import pytest
import yaml

from openstack_hub import platforms
from openstack_hub.generate import defaults_file, describe
from openstack_hub.generate.files import PROJECT, generated
from openstack_hub.schema import specification, structure, types

GENERATED = generated()
COVERAGE = (PROJECT / "docs/coverage.md").read_text()
README = (PROJECT / "openstack_hub/variables/README.md").read_text()
# Key of the specification -> the types that may have it, from the README.
KEYS = {
    key: names
    for keys, names in re.findall(r"^\| (`[^|]*`) \| ([a-z, ]+) \|", README, re.MULTILINE)
    for key in re.findall(r"`(\w+)`", keys)
}


NAMES = list(specification.variables())


def entries(name):
    """(path, specification) of the variable NAME and of everything below it."""
    stack = [((name,), specification.variables()[name])]
    while stack:
        path, at = stack.pop()
        yield path, at
        below = [*specification.children(at), *([("*", at["values"])] if "values" in at else [])]
        stack += [((*path, part), sub) for part, sub in below]


def is_named(path):
    """Whether it is a variable or a key, not an item."""
    return path[-1] not in ("[]", "*")


def values(name):
    """(path, specification, value) of each default and example."""
    for path, at in entries(name):
        yield from ((path, at, at[key]) for key in ("default", "example") if key in at)


def filled(value):
    """VALUE with its templates replaced, as Ansible does."""
    if isinstance(value, dict | list):
        return (
            type(value)((key, filled(each)) for key, each in value.items())
            if isinstance(value, dict)
            else [*map(filled, value)]
        )
    return re.sub(r"\{\{.*?\}\}", "/filled", value) if isinstance(value, str) else value


@pytest.mark.parametrize("path", GENERATED)
def test_generated_files_are_up_to_date(path):
    assert Path(PROJECT, path).read_text() == GENERATED[path], f"{path} is out of date: run `make docs`"


@pytest.mark.parametrize("file", specification.FILES)
def test_the_defaults_files_contain_the_defaults_of_the_specification(file):
    defaults = {
        name: defaults_file.default(name, at) for name, at in specification.variables().items() if at["file"] == file
    }
    assert yaml.safe_load(GENERATED[f"group_vars/all/{file}.yml"]) == defaults
    assert all(len(line) <= defaults_file.WIDTH + 2 for line in GENERATED[f"group_vars/all/{file}.yml"].splitlines())


def test_links_of_the_reference_have_targets():
    text = GENERATED["docs/variables.md"]
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)", text, re.M)}
    links = set(re.findall(r"\]\(([^)]*)\)", text))
    assert {link[1:] for link in links if link[0] == "#"} <= anchors
    assert all(Path(PROJECT, "docs", link).exists() for link in links if link[0] != "#")
    assert set(specification.variables()) <= {link[1:] for link in links}


def test_every_section_is_complete():
    for section in specification.sections():
        assert {"title", "file", "variables"} <= set(section) <= {"title", "file", "text", "variables"}
        assert section["file"] in specification.FILES


@pytest.mark.parametrize("name", NAMES)
def test_keys_of_the_specification_are_those_of_its_readme(name):
    for path, at in entries(name):
        for key in at.keys() - {"name", "file"}:  # specification.py adds these
            assert KEYS.get(key) == "all" or at["type"] in KEYS.get(key, "").split(", "), (path, key)
        for about in (at, *at.get("choices", {}).values()):
            assert set(about.get("platforms", [])) <= set(platforms.PLATFORMS), path
        for choice in at.get("choices", {}).values():
            assert set(choice) <= {"text", "platforms"}, path


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_and_key_is_explained(name):
    for path, at in filter(lambda entry: is_named(entry[0]), entries(name)):
        is_key = len(path) > 1
        assert at["text"].strip(), path
        assert not is_key or {"required", "default", "optional"} & at.keys(), path
        if describe.required(at, is_key) and at["type"] != "secret":
            assert {"example", "missing"} & at.keys(), f"{path}: the message needs an example"


@pytest.mark.parametrize("name", NAMES)
def test_defaults_and_examples_pass(name):
    for path, at, value in values(name):
        found = [structure.read(at, path[:1], filled(value), platform)[1] for platform in platforms.PLATFORMS]
        assert [] in found, (path, value)


def test_every_type_has_a_description_and_a_schema():
    used = {at["type"] for name in NAMES for _, at in entries(name)}
    assert used <= {*describe.TYPES, "choice", "list", "mapping"}
    for name in used - {"choice", "list", "map", "mapping"}:
        assert name in types.SCHEMAS or getattr(types, name).schema
