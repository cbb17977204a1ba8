#!/usr/bin/python
"""Pack a Python package into a zip that is the same, byte for byte, whenever its files are."""

DOCUMENTATION = """
module: openstack_hub_zip
short_description: Pack a Python package into a reproducible zip
description:
  - Packs the C(.py) and C(.txt) files of a package so that the zip can be an entry of C(sys.path). Writes nothing.
  - Files are sorted and carry no dates, so an unchanged package gives an unchanged zip.
options:
  src: {description: Folder of the package., type: path, required: true}
author: [openstack-hub]
"""

EXAMPLES = """
- name: Pack hubkit
  openstack_hub_zip:
    src: hubkit
  register: __hubkit
  delegate_to: localhost
"""

RETURN = """
files: {description: Names in the zip., type: list, elements: str, returned: always}
content: {description: The zip in base64., type: str, returned: always}
"""

import base64
import io
import zipfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

SUFFIXES = (".html", ".py", ".txt")  # of code and its data


def pack(source):
    """(bytes of the zip, names in it) of the package in the folder `source`."""
    out, names = io.BytesIO(), []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in source.rglob("*") if path.suffix in SUFFIXES):
            name = str(Path(source.name, path.relative_to(source)))
            archive.writestr(zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED)
            names.append(name)
    return out.getvalue(), names


def main():
    module = AnsibleModule({"src": {"type": "path", "required": True}}, supports_check_mode=True)
    content, names = pack(Path(module.params["src"]).resolve())
    module.exit_json(changed=False, files=names, content=base64.b64encode(content).decode())


if __name__ == "__main__":
    main()
