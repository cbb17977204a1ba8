"""Homes cannot shrink: compares the wanted size with the one on the machine."""

import json

from openstack_hub.schema.units import format_size, parse_size


def home_size_error(wanted, deployed, host):
    """A sentence when `wanted` bytes are below what the machine's hub.json says (`deployed`, its text), else ''.

    A file that is missing or broken says nothing: the run goes on and writes it.
    """
    try:
        size = json.loads(deployed)["home"]["size"]
    except (ValueError, LookupError, TypeError):
        return ""
    if wanted >= size:
        return ""
    enough = format_size(size) if parse_size(format_size(size)) >= size else size
    return (
        f"hub_home.size: {format_size(wanted)} is below the {format_size(size)} that homes on {host} have: "
        f"homes cannot shrink; write {enough} or more"
    )


class FilterModule:
    def filters(self):
        return {"home_size_error": home_size_error}
