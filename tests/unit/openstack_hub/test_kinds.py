"""Each kind: what it makes of a value, and its sentence in full."""

import datetime
import re

import pytest

from openstack_hub.schema import specification, types

LEAST = {"min": "1m", "or_zero": "never"}
DRIVER = specification.variables()["cluster_network_driver"]
NAME = " is not usable as a name: small letters, digits and dashes, a letter first, 31 at most"
HOST = " is not a host name: write all of it, in small letters, without https://, port and path, like "
URL = " is not an address: begin with https:// or http://, like https://example.org/help"
FILE = ' is not an absolute path: in the site folder write one like "{{ inventory_dir }}/certificates/hub.crt"'
GOOD = [
    ("size", "1.5G", {"min": "1.5G", "max": "1.5G"}, 1610612736),
    ("size", 0, {"min": "64M", "or_zero": "none"}, 0),
    ("time", "1m", LEAST, 60),
    ("time", 0, LEAST, 0),
    ("number", 2, {}, 2.0),
    ("number", 0.05, {"min": 0.05}, 0.05),
    ("count", 0, {}, 0),
    ("count", 3, {"odd": True, "min": 1, "max": 3}, 3),
    ("flag", True, {}, True),
    ("flag", "true", {}, True),
    ("text", "x", {}, "x"),
    ("text", " ", {"default": ""}, " "),
    ("choice", "cilium", DRIVER, "cilium"),
    ("host", "hub.lab.test", {}, "hub.lab.test"),
    ("host", "a-1.b", {}, "a-1.b"),
    ("group", "cloud/jupyter", {}, "cloud/jupyter"),
    ("group", "Data Science", {}, "Data Science"),
    ("group", "urn:x", {}, "urn:x"),
    ("cidr", "10.100.0.0/16", {}, "10.100.0.0/16"),
    ("cidr", "fd00::/48", {}, "fd00::/48"),
    ("date", datetime.date(2027, 3, 15), {}, "2027-03-15"),
    ("date", "2027-03-15", {}, "2027-03-15"),
    ("version", "v1.33.4", {"example": "v1.0.0"}, "v1.33.4"),
    ("version", "4.4.0", {"example": "1.0.0"}, "4.4.0"),
    ("image", "registry.lab.test:5000/a/b:1.2", {}, "registry.lab.test:5000/a/b:1.2"),
    ("image", "scipy@sha256:" + "a" * 64, {}, "scipy@sha256:" + "a" * 64),
    ("secret", "x", {}, "x"),
    ("secret", "0a" * 4, {"hex": 8}, "0a" * 4),
    ("name", "a" * 31, {}, "a" * 31),
    ("cloud_name", "My_Cloud.2", {}, "My_Cloud.2"),
    ("email", "help@lab.test", {}, "help@lab.test"),
    ("url", "http://lab.test:8080/a?b#c", {}, "http://lab.test:8080/a?b#c"),
    ("issuer", "https://iam.lab.test", {}, "https://iam.lab.test"),
    ("path", "/", {}, "/"),
    ("file", "~/hub.crt", {}, "~/hub.crt"),
]
BAD = [
    ("size", "1G", {"min": "1.5G"}, "1G is too little: allowed are 1.5G and more"),
    ("size", "3G", {"max": "2G"}, "3G is too much: allowed are 0 to 2G"),
    ("time", "59s", LEAST, "59 seconds is too little: allowed are 1 minute and more, or 0 (never)"),
    ("time", "2d", {"min": "1h", "max": "1d"}, "2 days is too much: allowed are 1 hour to 1 day"),
    ("time", 0, {"min": "1m"}, "0 seconds is too little: allowed are 1 minute and more"),
    ("number", "2", {}, "'2' is not a number: write 2, without quotes"),
    ("number", "two", {}, "'two' is not a number: write one like 2 or 0.5"),
    ("number", True, {}, "true is not a number: write one like 2 or 0.5"),
    ("number", -1, {}, "-1 is not a number: write one like 2 or 0.5"),
    ("number", float("nan"), {}, ".nan is not a number: write one like 2 or 0.5"),
    ("number", 0.01, {"min": 0.05}, "0.01 is too little: allowed are 0.05 and more"),
    ("count", 1.5, {}, "1.5 is not a whole number: write one like 4"),
    ("count", -1, {"default": 100}, "-1 is not a whole number: write one like 100"),
    ("count", False, {"example": 10}, "false is not a whole number: write one like 10"),
    ("count", " 443 ", {}, "' 443 ' is not a whole number: write 443, without quotes"),
    ("count", 2, {"odd": True}, "2 is even: write an odd number, which keeps a majority when one is lost"),
    ("count", 0, {"min": 1, "max": 3000}, "0 is too little: allowed are 1 to 3000"),
    ("flag", "yes", {}, "'yes' is neither true nor false"),
    ("flag", "True", {}, "'True' is neither true nor false"),
    ("flag", 1, {}, "1 is neither true nor false"),
    ("text", "", {}, "this is empty: write something, or leave the line out"),
    ("text", " ", {}, "this is empty: write something, or leave the line out"),
    ("text", 4, {}, "4 is not a text: put it in quotes"),
    ("text", False, {}, "false is not a text: put it in quotes"),
    ("text", datetime.date(2027, 3, 15), {}, "2027-03-15 is not a text: put it in quotes"),
    ("text", ["x"], {}, "[x] is not a text"),
    ("choice", "calicoo", DRIVER, "'calicoo' is not one of calico, cilium"),
    ("choice", ["calico"], DRIVER, "[calico] is not one of calico, cilium"),
    (
        "choice",
        "flannel",
        DRIVER,
        "'flannel' cannot be used: it enforces no network policies, so that users' servers could reach each other and "
        "the hub; allowed are calico, cilium",
    ),
    ("host", "hub", {}, f"'hub'{HOST}hub.example.org"),
    ("host", "Hub.Lab.test", {}, f"'Hub.Lab.test'{HOST}hub.lab.test"),
    ("host", "https://hub.lab.test:8443/x", {}, f"'https://hub.lab.test:8443/x'{HOST}hub.lab.test"),
    ("host", "-a.b", {}, f"'-a.b'{HOST}hub.example.org"),
    ("host", 4, {}, f"4{HOST}hub.example.org"),
    ("group", "", {}, "'' is not the name of a group"),
    ("group", "//", {}, "'//' is not the name of a group"),
    ("group", 4, {}, "4 is not the name of a group: put it in quotes"),
    ("group", "/a", {}, "'/a' has a slash too many: write 'a'"),
    ("group", "a//b/", {}, "'a//b/' has a slash too many: write 'a/b'"),
    ("group", "urn:geant:x:group:a:b#y", {}, "'urn:geant:x:group:a:b#y' is a URN: write the group's name, 'a/b'"),
    ("cidr", "10.100.0.0", {}, "'10.100.0.0' is not a network: write it like 10.100.0.0/16"),
    ("cidr", "10.100.0.1/16", {}, "'10.100.0.1/16' is not a network: write it like 10.100.0.0/16"),
    ("cidr", "10.0.0.0/33", {"example": "192.0.2.0/24"}, "'10.0.0.0/33' is not a network: write it like 192.0.2.0/24"),
    ("cidr", {"a/b": 1}, {}, "{a/b: 1} is not a network: write it like 10.100.0.0/16"),
    ("date", "15.3.2027", {}, "'15.3.2027' is not a date: write it like 2027-03-15"),
    ("date", 2027, {}, "2027 is not a date: write it like 2027-03-15"),
    (
        "date",
        datetime.datetime(2027, 3, 15, 9),
        {},
        "2027-03-15 09:00:00 is not a date: write it like 2027-03-15",
    ),
    ("version", 1.3, {"example": "v1.33.4"}, "1.3 is not an exact version: write it like v1.33.4"),
    ("version", "1.33.4", {"example": "v1.33.4"}, "'1.33.4' is not an exact version: write it like v1.33.4"),
    ("version", "4.4", {"example": "4.4.0"}, "'4.4' is not an exact version: write it like 4.4.0"),
    ("image", "a/b", {"example": "x:1"}, "'a/b' is not an image with an exact tag: write it like x:1"),
    ("image", "r:5000/b", {"example": "x:1"}, "'r:5000/b' is not an image with an exact tag: write it like x:1"),
    ("image", "a:latest", {"example": "x:1"}, "'a:latest' is another image tomorrow: write an exact tag, like x:1"),
    ("secret", " ", {"name": "a"}, "nothing is set: put it into the vault as vault_a (make vault-edit)"),
    ("secret", 1, {"name": "a"}, "what is set is not a text: put it in quotes in the vault (make vault-edit)"),
    (
        "secret",
        "0A" * 4,
        {"hex": 8},
        "what is set is not 8 hexadecimal digits: make it by `openssl rand -hex 4`",
    ),
    ("name", "a" * 32, {}, f"'{'a' * 32}'{NAME}"),
    ("name", "8gpus", {}, f"'8gpus'{NAME}"),
    ("name", "a_b", {}, f"'a_b'{NAME}"),
    ("name", "a\n", {}, f"'a\\n'{NAME}"),
    (
        "cloud_name",
        "2nd",
        {},
        "'2nd' is not usable as a name in OpenStack: letters, digits, underscores, dots and dashes, a letter first",
    ),
    ("email", "help", {}, "'help' is not an e-mail address: write one like help@example.org"),
    ("email", "mailto:a@b.test", {}, "'mailto:a@b.test' is not an e-mail address: write one like help@example.org"),
    ("url", "lab.test", {}, f"'lab.test'{URL}"),
    ("url", "https://", {}, f"'https://'{URL}"),
    (
        "issuer",
        "http://iam.lab.test/",
        {},
        "'http://iam.lab.test/' is not the address of an OpenID provider: begin with https://, like "
        "https://iam.example.org/",
    ),
    ("path", "archive", {}, "'archive' is not an absolute path: begin with a slash"),
    (
        "file",
        "./hub.crt",
        {},
        "'./hub.crt' is not an absolute path: for a file in the site folder write \"{{ inventory_dir }}/hub.crt\"",
    ),
    ("file", "", {}, f"''{FILE}"),
    ("file", 4, {}, f"4{FILE}"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "at", "parsed"), GOOD)
def test_good(kind, value, at, parsed):
    found = getattr(types, kind)(value, at)
    assert found == parsed
    assert type(found) is type(parsed)


@pytest.mark.parametrize(("kind", "value", "at", "sentence"), BAD)
def test_bad(kind, value, at, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        getattr(types, kind)(value, at)


def test_every_kind_of_the_spec_is_tried():
    tried = {case[0] for case in GOOD} & {case[0] for case in BAD} | {"anything", "list", "map", "mapping"}

    def used(at):
        yield at["kind"]
        for _, sub in [*specification.children(at), *([("", at["values"])] if "values" in at else [])]:
            yield from used(sub)

    assert {kind for variable in specification.variables().values() for kind in used(variable)} == tried


@pytest.mark.parametrize(
    ("text", "is_example"),
    [
        ("hub.example.org", True),
        ("https://example.com/x", True),
        ("help@example.net", True),
        ("Ask help@example.org.", True),
        ("example.organic", False),
        ("my-example.org", False),
        ("example.org.uk", False),
        ("examples.org", False),
    ],
)
def test_domains_of_examples(text, is_example):
    assert bool(types.EXAMPLE_DOMAIN.search(text)) is is_example
