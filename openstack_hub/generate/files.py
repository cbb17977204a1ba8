"""Writes the files generated from the specification: defaults files, schemas, reference. `make docs` runs it."""

import json

import yaml

from openstack_hub.generate.defaults_file import defaults_file
from openstack_hub.generate.json_schema import json_schema
from openstack_hub.generate.reference import reference
from openstack_hub.schema import specification
from openstack_hub.site.files import PROJECT, role_variables


def generated():
    """Path relative to the project -> text, of each generated file."""
    roles = {
        path.parent.parent.name: yaml.safe_load(path.read_text())["argument_specs"]["main"]
        for path in sorted(PROJECT.glob("roles/*/meta/argument_specs.yml"))
    }
    wiring = role_variables()
    free = {
        name: option
        for role in roles.values()
        for name, option in role["options"].items()
        if wiring[name] is None and name not in specification.variables()
    }
    return {
        **{f"group_vars/all/{file}.yml": defaults_file(file) for file in specification.FILES},
        **{f"schemas/{file}.schema.json": _json(json_schema(file, free)) for file in specification.FILES},
        "docs/variables.md": reference(roles, list(free)),
    }


def _json(value):
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"


def write_generated():
    for path, text in generated().items():
        (PROJECT / path).parent.mkdir(exist_ok=True)
        (PROJECT / path).write_text(text)


if __name__ == "__main__":
    write_generated()
