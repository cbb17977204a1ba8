#!/usr/bin/python
"""Pack a Python package into a zip that is the same, byte for byte, whenever its files are."""

DOCUMENTATION = """
module: openstack_hub_zip
short_description: Pack a Python package into a reproducible zip
description:
  - Packs the C(.py) files of a package so that the zip can stand on C(sys.path).
  - Files are sorted and carry no dates, so an unchanged package gives an unchanged file.
options:
  src: {description: Folder of the package., type: path, required: true}
  dest: {description: "The zip. Absent, it comes back as RV(content) and nothing is written.", type: path}
author: [openstack-hub]
"""

EXAMPLES = """
- name: Pack hubkit
  openstack_hub_zip:
    src: hubkit
    dest: .cache/hubkit.zip
"""

RETURN = """
files: {description: What was packed., type: list, elements: str, returned: always}
content: {description: "The zip in base64.", type: str, returned: without O(dest)}
"""

import base64
import io
import zipfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


def pack(source):
    """(bytes of the zip, names in it) of the package in the folder `source`."""
    out, names = io.BytesIO(), []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(source.rglob("*.py")):
            name = str(Path(source.name, path.relative_to(source)))
            archive.writestr(zipfile.ZipInfo(name), path.read_bytes(), zipfile.ZIP_DEFLATED)
            names.append(name)
    return out.getvalue(), names


def main():
    module = AnsibleModule(
        {"src": {"type": "path", "required": True}, "dest": {"type": "path"}},
        supports_check_mode=True,
    )
    content, names = pack(Path(module.params["src"]).resolve())
    if not module.params["dest"]:
        module.exit_json(changed=False, files=names, content=base64.b64encode(content).decode())
    dest = Path(module.params["dest"])
    changed = not dest.exists() or dest.read_bytes() != content
    if changed and not module.check_mode:
        dest.parent.mkdir(parents=True, exist_ok=True)
        dest.write_bytes(content)
    module.exit_json(changed=changed, files=names)


if __name__ == "__main__":
    main()
