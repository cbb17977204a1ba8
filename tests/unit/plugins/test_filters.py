"""Which files a run changes, and homes that would shrink."""

import json

import pytest

from openstack_hub.schema.units import parse_size

COMMAND = {"changed": True, "invocation": {"module_args": {"creates": "/built/.complete"}}}


@pytest.mark.parametrize(
    ("results", "paths"),
    [
        ([], []),
        ([{"changed": True, "dest": "/a"}, {"changed": False, "dest": "/b"}], ["/a"]),
        ([{"changed": True, "path": "/a", "state": "absent"}], ["/a"]),
        ([{"changed": True, "results": [{"changed": False, "dest": "/a"}, {"changed": True, "dest": "/b"}]}], ["/b"]),
        ([COMMAND, {"changed": False, "skipped": True}], ["/built/.complete"]),
    ],
    ids=["nothing", "files", "removed", "loop", "command"],
)
def test_changed_paths(load, results, paths):
    assert load("filter/changed_paths").changed_paths(results) == paths


@pytest.mark.parametrize(
    ("wanted", "size", "error"),
    [
        ("500M", "1G", "500M is below the 1G that homes on h have: homes cannot shrink; write 1G or more"),
        ("1G", "1.5G", "1G is below the 1.5G that homes on h have: homes cannot shrink; write 1.5G or more"),
        ("1G", 1073741825, "1G is below the 1G that homes on h have: homes cannot shrink; write 1073741825 or more"),
        ("1G", "1G", ""),
        ("2G", "1G", ""),
    ],
)
def test_homes_cannot_shrink(load, wanted, size, error):
    deployed = json.dumps({"home": {"size": parse_size(size)}})
    assert load("filter/home_size_error").home_size_error(parse_size(wanted), deployed, "h") == (
        error and f"hub_home.size: {error}"
    )


@pytest.mark.parametrize("deployed", ["", "skipped, since /etc/x does not exist", "{", "[]", "{}", '{"home": null}'])
def test_a_machine_without_a_model_has_no_homes(load, deployed):
    assert load("filter/home_size_error").home_size_error(1, deployed, "h") == ""
