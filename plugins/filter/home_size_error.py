"""Homes cannot shrink: compares the desired size with the deployed one."""

import json

from openstack_hub.schema.units import format_size, parse_size


def home_size_error(desired, deployed, host):
    """An error message if DESIRED bytes are less than those in DEPLOYED, the text of the machine's hub.json, else ''.

    A file that is missing or broken is no error: the run writes it.
    """
    try:
        size = json.loads(deployed)["home"]["size"]
    except (ValueError, LookupError, TypeError):
        return ""
    if desired >= size:
        return ""
    minimum = format_size(size) if parse_size(format_size(size)) >= size else size
    return (
        f"hub_home.size: {format_size(desired)} is below the {format_size(size)} that homes on {host} have: "
        f"homes cannot shrink; write {minimum} or more"
    )


class FilterModule:
    def filters(self):
        return {"home_size_error": home_size_error}
