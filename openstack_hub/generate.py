"""Writes what is made from the spec: the manual, the reference, the schemas. `make docs` runs it."""

from pathlib import Path

from openstack_hub import manual, spec

PROJECT = Path(__file__).resolve().parent.parent


def generated():
    """Path below the project -> text."""
    return {f"group_vars/all/{file}.yml": manual.manual(file) for file in spec.FILES}


def main():
    for path, text in generated().items():
        (PROJECT / path).write_text(text)


if __name__ == "__main__":
    main()
