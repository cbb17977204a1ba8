"""Writes what is made from the spec: the manual, the schemas, the reference. `make docs` runs it."""

import json

import yaml

from openstack_hub.generate.defaults_file import manual
from openstack_hub.generate.json_schema import schema
from openstack_hub.generate.reference import reference
from openstack_hub.schema import specification
from openstack_hub.site.files import PROJECT, role_variables


def generated():
    """Path below the project -> text."""
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
        **{f"group_vars/all/{file}.yml": manual(file) for file in specification.FILES},
        **{f"schemas/{file}.schema.json": _json(schema(file, free)) for file in specification.FILES},
        "docs/variables.md": reference(roles, list(free)),
    }


def _json(found):
    return json.dumps(found, indent=2, ensure_ascii=False, default=str) + "\n"


def main():
    for path, text in generated().items():
        (PROJECT / path).parent.mkdir(exist_ok=True)
        (PROJECT / path).write_text(text)


if __name__ == "__main__":
    main()
