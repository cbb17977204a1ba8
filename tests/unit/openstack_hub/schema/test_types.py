"""Each type: the parsed values, and each message in full."""

import datetime
import re

import pytest

from openstack_hub.schema import specification, types

LEAST = {"min": "1m", "or_zero": "never"}
DRIVER = specification.variables()["cluster_network_driver"]
NAME = " is not a valid name: use lower-case letters, digits and dashes, a letter first, at most 31 characters"
HOST = " is not a host name: write the full name in lower case, without https://, port or path, such as "
SERVER = " is not a host name or an address: write it without scheme and path, such as "
PATH = " is not an absolute path: begin with a slash, without .., // and colons, such as "
OBJECT = " is not a valid name in Kubernetes: use lower-case letters, digits, dashes and dots"
WORD = " is not one word: leave out spaces, quotes and invisible characters, such as "
EMAIL = " is not an e-mail address: write "
IMAGE = " is not an image with an exact tag: write "
DIGITS = "0123456789abcdef" * 4
URN = " is not a namespace of URNs: write what precedes :group: in the URNs, such as urn:geant:example.org"
PIP = "write for example astropy==7.1.0"
EXACT = " is not a package with an exact version: write "
DEBIAN = " is not the name of a Debian package: write one name without version, such as "
URL = " is not a URL: begin with https:// or http://, such as "
LOCAL = " is on the machine itself: write an address that others can reach"
ISSUER = " is not the URL of an OpenID provider: begin with https://, such as "
FILE = """ is not the absolute path of a file: write for example "{{ inventory_dir }}/certificates/hub.crt\""""
CIDR = "is not a network in CIDR notation: write for example"
PAGE = " is not a path on a user server: begin with one slash, without the hub's name, /hub and /user, such as "
WELCOME = "/lab/tree/welcome.ipynb"
RESOURCE = " is not a resource of Kubernetes: write its name as kubectl describe node shows it, such as nvidia.com/gpu"
VALID = [
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
    ("secret", "0aB" * 4, {"hex": 12}, "0aB" * 4),
    ("name", "a" * 31, {}, "a" * 31),
    ("cloud_name", "My_Cloud.2", {}, "My_Cloud.2"),
    ("email", "help@lab.test", {}, "help@lab.test"),
    ("url", "http://lab.test:8080/a?b#c", {}, "http://lab.test:8080/a?b#c"),
    ("urn", "urn:geant:example.org", {}, "urn:geant:example.org"),
    ("urn", "urn:geant:lab:a_b", {}, "urn:geant:lab:a_b"),
    ("issuer", "https://iam.lab.test", {}, "https://iam.lab.test"),
    ("page", "/", {}, "/"),
    ("page", "/lab/tree/{username}/a%20b.ipynb?reset", {}, "/lab/tree/{username}/a%20b.ipynb?reset"),
    ("resource", "nvidia.com/mig-1g.10gb", {}, "nvidia.com/mig-1g.10gb"),
    ("resource", "gpu.intel.com/i915", {}, "gpu.intel.com/i915"),
    ("path", "/", {}, "/"),
    ("path", "/data/a b/", {}, "/data/a b/"),
    ("server", "192.0.2.7", {}, "192.0.2.7"),
    ("server", "nfs1", {}, "nfs1"),
    ("kubernetes_name", "csi.cinder-1", {}, "csi.cinder-1"),
    ("kubernetes_name", "1" * 253, {}, "1" * 253),
    ("word", "https://lab.test/claims#groups", {}, "https://lab.test/claims#groups"),
    ("image", f"a/b__c:v1@sha256:{DIGITS}", {}, f"a/b__c:v1@sha256:{DIGITS}"),
    ("url", "https://jürgen.test/ä?b=@c", {}, "https://jürgen.test/ä?b=@c"),
    ("text", "two\nlines ", {"prose": True}, "two\nlines "),
    ("file", "~/hub.crt", {}, "~/hub.crt"),
    ("variable", "", {}, ""),
    ("variable", "a\tb\n$HOME {x} é", {}, "a\tb\n$HOME {x} é"),
    ("requirement", "numpy==2.3.1", {}, "numpy==2.3.1"),
    ("requirement", " Jupyter_AI [all, x] == 1!2.1rc1.post2+cu121 ", {}, "Jupyter_AI[all,x]==1!2.1rc1.post2+cu121"),
    ("debian_package", "g++", {}, "g++"),
    ("debian_package", "linux-image-6.1", {}, "linux-image-6.1"),
]
INVALID = [
    ("size", "1G", {"min": "1.5G"}, "1G is too small: write 1.5G or more"),
    ("size", "3G", {"max": "2G"}, "3G is too large: write 0 to 2G"),
    ("time", "59s", LEAST, "59 seconds is too small: write 1m or more, or 0 (never)"),
    ("time", "2d", {"min": "90s", "max": "1d"}, "2 days is too large: write 90s to 1d"),
    ("time", 0, {"min": "1m"}, "0 seconds is too small: write 1m or more"),
    ("number", "2", {}, "'2' is not a number: write 2, without quotes"),
    ("number", "two", {}, "'two' is not a number: write one such as 2 or 0.5"),
    ("number", True, {}, "true is not a number: write one such as 2 or 0.5"),
    ("number", -1, {}, "-1 is too small: write 0 or more"),
    ("number", "500m", {}, "'500m' is not a number: write 0.5"),
    ("number", "1,5", {}, "'1,5' is not a number: write 1.5"),
    ("number", "2 CPUs", {}, "'2 CPUs' is not a number: write 2"),
    ("number", "1e3", {}, "'1e3' is not a number: write 1000"),
    ("number", "x", {"example": 2}, "'x' is not a number: write one such as 2"),
    ("number", float("inf"), {}, ".inf is not a number: write one such as 2 or 0.5"),
    ("number", 10**15, {}, "1000000000000000 is not a number: write one such as 2 or 0.5"),
    ("number", float("nan"), {}, ".nan is not a number: write one such as 2 or 0.5"),
    ("number", 0.01, {"min": 0.05}, "0.01 is too small: write 0.05 or more"),
    ("count", 1.5, {}, "1.5 is not a whole number: write one such as 4"),
    ("count", -1, {"default": 100, "max": 9}, "-1 is too small: write 0 to 9"),
    ("count", "x", {"default": 100}, "'x' is not a whole number: write one such as 100"),
    ("count", 4.0, {}, "4.0 is not a whole number: write 4"),
    ("count", "0o10", {}, "'0o10' is not a whole number: write 8"),
    ("count", "08", {}, "'08' is not a whole number: write 8"),
    ("count", "1.5", {}, "'1.5' is not a whole number: write one such as 4"),
    ("count", float("inf"), {"min": 2}, ".inf is not a whole number: write one such as 2"),
    ("count", False, {"example": 10}, "false is not a whole number: write one such as 10"),
    ("count", " 443 ", {}, "' 443 ' is not a whole number: write 443, without quotes"),
    ("count", 2, {"odd": True}, "2 is even: write an odd number, so that a majority remains when one fails"),
    ("count", 0, {"min": 1, "max": 3000}, "0 is too small: write 1 to 3000"),
    ("flag", "yes", {}, "'yes' is not a boolean: write true"),
    ("flag", "Off", {}, "'Off' is not a boolean: write false"),
    ("flag", "maybe", {}, "'maybe' is not a boolean: write true or false"),
    ("flag", 1, {}, "1 is not a boolean: write true or false"),
    ("text", "", {}, "the value is empty: write one, or remove the line"),
    ("text", " ", {}, "the value is empty: write one, or remove the line"),
    ("text", "x ", {}, "'x ' contains spaces around it: write 'x'"),
    ("text", "x\n", {}, "'x\\n' contains a line break: write 'x'"),
    ("text", "m1\u200b", {}, "'m1\\u200b' contains the invisible character U+200B: write 'm1'"),
    ("text", 4, {}, "4 is not text: put it in quotes"),
    ("text", False, {}, "false is not text: put it in quotes"),
    ("text", datetime.date(2027, 3, 15), {}, "2027-03-15 is not text: put it in quotes"),
    ("text", ["x"], {}, "[x] is not text"),
    ("choice", "calicoo", DRIVER, "'calicoo' is not one of calico, cilium; did you mean calico?"),
    ("choice", "Cilium ", DRIVER, "'Cilium ' is not one of calico, cilium; did you mean cilium?"),
    ("choice", ["calico"], DRIVER, "[calico] is not one of calico, cilium"),
    (
        "choice",
        "flannel",
        DRIVER,
        "'flannel' is not supported: it enforces no network policies, so user servers could reach each other and the "
        "hub; write one of calico, cilium",
    ),
    ("choice", "", DRIVER, "'' is not one of calico, cilium"),
    ("host", "hub", {}, f"'hub'{HOST}hub.example.org"),
    ("host", "Hub.Lab.test", {}, f"'Hub.Lab.test'{HOST}hub.lab.test"),
    ("host", "https://hub.lab.test:8443/x", {}, f"'https://hub.lab.test:8443/x'{HOST}hub.lab.test"),
    ("host", "-a.b", {}, f"'-a.b'{HOST}hub.example.org"),
    ("host", "192.0.2.7", {}, f"'192.0.2.7'{HOST}hub.example.org"),
    ("host", "https://jane:5ec7e7@lab.test", {}, f"'https://…@lab.test'{HOST}lab.test"),
    ("host", "hub.lab.test.", {}, f"'hub.lab.test.'{HOST}hub.lab.test"),
    ("host", "my_hub.lab.test", {}, f"'my_hub.lab.test'{HOST}my-hub.lab.test"),
    ("host", "*.lab.test", {}, f"'*.lab.test'{HOST}hub.lab.test"),
    ("host", "hüb.lab.test", {}, f"'hüb.lab.test'{HOST}xn--hb-xka.lab.test"),
    ("host", "hub.lab.test/jupyter", {}, f"'hub.lab.test/jupyter'{HOST}hub.lab.test"),
    ("host", f"{'a.' * 130}test", {}, f"'{'a.' * 29}a…'{HOST}hub.example.org"),
    ("server", "nfs.lab.test:/data", {}, f"'nfs.lab.test:/data'{SERVER}nfs.lab.test"),
    ("server", "nfs://nfs.lab.test/data", {}, f"'nfs://nfs.lab.test/data'{SERVER}nfs.lab.test"),
    ("server", "jane@nfs.lab.test", {}, f"'jane@nfs.lab.test'{SERVER}nfs.lab.test"),
    ("server", "", {}, "the value is empty: write for example nfs.example.org"),
    ("host", 4, {}, f"4{HOST}hub.example.org"),
    ("group", "", {}, "'' is not a group name"),
    ("group", "//", {}, "'//' is not a group name"),
    ("group", 4, {}, "4 is not a group name: put it in quotes"),
    ("group", "*", {"everybody": "write x"}, "'*' is not a group: write x"),
    ("group", "*", {}, "'*' is not a group: write the names of all groups"),
    ("group", "a/*", {}, "'a/*' is a pattern, but names are compared whole: write the name of each group"),
    ("group", "\u201ca\u201d", {}, "'\u201ca\u201d' contains quotes, spaces or invisible characters: write 'a'"),
    ("group", "a\xa0b", {}, "'a\\xa0b' contains quotes, spaces or invisible characters: write 'a b'"),
    ("group", "/a", {}, "'/a' has an extra slash: write 'a'"),
    ("group", "a//b/", {}, "'a//b/' has an extra slash: write 'a/b'"),
    ("group", "urn:geant:x:group:a:b#y", {}, "'urn:geant:x:group:a:b#y' is a URN: write the group name, 'a/b'"),
    ("cidr", "10.100.0.0", {"default": "x"}, f"'10.100.0.0' {CIDR} 10.100.0.0/16"),
    ("cidr", "192.0.2.7", {}, f"'192.0.2.7' {CIDR} 192.0.2.7/32"),
    ("cidr", "fd00::7", {}, f"'fd00::7' {CIDR} fd00::7/128"),
    ("cidr", "192.0.2.0/24 ", {}, f"'192.0.2.0/24 ' {CIDR} 192.0.2.0/24"),
    ("cidr", "192.0.2.0 /24", {}, f"'192.0.2.0 /24' {CIDR} 192.0.2.0/24"),
    ("cidr", "10.100.0.1/16", {}, f"'10.100.0.1/16' {CIDR} 10.100.0.0/16"),
    ("cidr", "10.0.0.0/33", {"example": "192.0.2.0/24"}, f"'10.0.0.0/33' {CIDR} 192.0.2.0/24"),
    ("cidr", {"a/b": 1}, {}, f"{{a/b: 1}} {CIDR} 10.100.0.0/16"),
    ("date", "15.3.2027", {}, "'15.3.2027' is not a date: write YYYY-MM-DD, such as 2027-03-15"),
    ("date", 2027, {}, "2027 is not a date: write YYYY-MM-DD, such as 2027-03-15"),
    (
        "date",
        datetime.datetime(2027, 3, 15, 9),
        {},
        "2027-03-15 09:00:00 is not a date: write YYYY-MM-DD, such as 2027-03-15",
    ),
    ("version", 1.3, {"example": "v1.33.4"}, "1.3 is not an exact version: write for example v1.33.4"),
    ("version", "1.33.4", {"example": "v1.33.4"}, "'1.33.4' is not an exact version: write v1.33.4"),
    ("version", "V4.4.0 ", {"example": "4.4.0"}, "'V4.4.0 ' is not an exact version: write 4.4.0"),
    ("version", "4.4", {"example": "4.4.0"}, "'4.4' is not an exact version: write for example 4.4.0"),
    ("image", "a/b", {"example": "x:1"}, "'a/b' is not an image with an exact tag: write for example x:1"),
    ("image", "r:5000/b", {"example": "x:1"}, "'r:5000/b' is not an image with an exact tag: write for example x:1"),
    ("image", "docker://quay.io/A/b:V1", {"example": "x:1"}, f"'docker://quay.io/A/b:V1'{IMAGE}quay.io/a/b:V1"),
    ("image", "a:1:2", {"example": "x:1"}, f"'a:1:2'{IMAGE}for example x:1"),
    ("image", "a: 1", {"example": "x:1"}, f"'a: 1'{IMAGE}a:1"),
    ("image", f"a@sha256:{DIGITS.upper()}", {"example": "x:1"},
     f"'a@sha256:{DIGITS.upper()[:50]}…'{IMAGE}a@sha256:{DIGITS}"),
    ("image", "a@sha256:0", {"example": "x:1"}, "'a@sha256:0' is not an image: its digest has 1 characters, not 64 "
     "hexadecimal digits: copy it again, or write a tag, such as x:1"),
    ("image", "a:latest", {"example": "x:1"}, "'a:latest' can change at any time: write an exact tag, such as x:1"),
    ("secret", " ", {"name": "a"}, "not set: add vault_a to the vault (make vault-edit)"),
    ("secret", 1, {"name": "a"}, "the secret is not text: put it in quotes in the vault (make vault-edit)"),
    (
        "secret",
        "0x" * 4,
        {"hex": 8},
        "the secret is not 8 hexadecimal digits: create it with `openssl rand -hex 4`",
    ),
    ("name", "a" * 32, {}, f"'{'a' * 32}'{NAME}, such as {'a' * 31}"),
    ("name", "8gpus", {}, f"'8gpus'{NAME}"),
    ("name", "a_b", {}, f"'a_b'{NAME}, such as a-b"),
    ("name", "a-", {}, f"'a-'{NAME}, such as a"),
    ("name", "Große Knöten", {}, f"'Große Knöten'{NAME}, such as groe-knoten"),
    ("name", "a\n", {}, f"'a\\n'{NAME}, such as a"),
    ("kubernetes_name", "CSI_Cinder", {}, f"'CSI_Cinder'{OBJECT}, such as csi-cinder"),
    ("kubernetes_name", "a..b", {}, f"'a..b'{OBJECT}"),
    ("word", "a b", {}, f"'a b'{WORD}".removesuffix(", such as ")),
    ("word", "hub\u200b ", {}, f"'hub\\u200b '{WORD}hub"),
    (
        "cloud_name",
        "2nd",
        {},
        "'2nd' is not a valid name in OpenStack: use letters, digits, underscores, dots and dashes, a letter first",
    ),
    ("email", "help", {}, "'help' is not an e-mail address: write for example help@example.org"),
    ("email", "mailto:a@b.test", {}, f"'mailto:a@b.test'{EMAIL}a@b.test"),
    ("email", "The Lab <a@b.test>", {}, f"'The Lab <a@b.test>'{EMAIL}a@b.test"),
    ("url", "lab.test", {}, f"'lab.test'{URL}https://lab.test"),
    ("url", "https://", {}, f"'https://'{URL}https://example.org/help"),
    ("url", "https//lab.test/a b", {}, f"'https//lab.test/a b'{URL}https://lab.test/a%20b"),
    ("url", "git@lab.test:a/b.git", {}, f"'git@lab.test:a/b.git'{URL}https://lab.test/a/b.git"),
    ("url", "http://localhost/help", {}, f"'http://localhost/help'{LOCAL}"),
    ("issuer", "https://127.0.0.1:8080", {}, f"'https://127.0.0.1:8080'{LOCAL}"),
    ("issuer", "http://iam.lab.test/", {}, f"'http://iam.lab.test/'{ISSUER}https://iam.lab.test/"),
    ("issuer", "iam", {}, f"'iam'{ISSUER}https://iam.example.org/"),
    ("issuer", "https://iam.lab.test/.well-known/openid-configuration", {},
     f"'https://iam.lab.test/.well-known/openid-configuration'{ISSUER}https://iam.lab.test/"),
    ("issuer", "https://iam.lab.test/realms/a/.well-known/openid-configuration", {},
     f"'https://iam.lab.test/realms/a/.well-known/openid-configurat…'{ISSUER}https://iam.lab.test/realms/a"),
    ("issuer", "https://iam.lab.test/x?y=z", {}, f"'https://iam.lab.test/x?y=z'{ISSUER}https://iam.lab.test/x"),
    ("urn", "example.org", {}, f"'example.org'{URN}"),
    ("urn", "urn:geant", {}, f"'urn:geant'{URN}"),
    ("urn", "urn:geant:example.org:group:cloud", {}, f"'urn:geant:example.org:group:cloud'{URN}"),
    ("urn", "urn:geant:example.org:group", {}, f"'urn:geant:example.org:group'{URN}"),
    ("urn", "urn:geant:example.org#iam", {}, f"'urn:geant:example.org#iam'{URN}"),
    ("page", "lab", {}, f"'lab'{PAGE}/lab"),
    ("page", "https://hub.lab.test/user/jane/lab", {}, f"'https://hub.lab.test/user/jane/lab'{PAGE}/lab"),
    ("page", "/hub/admin", {}, f"'/hub/admin'{PAGE}{WELCOME}"),
    ("page", "/user/{username}", {}, f"'/user/{{username}}'{PAGE}{WELCOME}"),
    ("page", "//[lab.test", {}, f"'//[lab.test'{PAGE}/"),
    ("page", "//lab.test", {}, f"'//lab.test'{PAGE}/"),
    ("page", "/lab/{name}", {}, f"'/lab/{{name}}'{PAGE}{WELCOME}"),
    ("page", "/my notes", {}, f"'/my notes'{PAGE}{WELCOME}"),
    ("resource", "gpu", {}, f"'gpu'{RESOURCE}"),
    ("resource", "nvidia.com/gpu: 1", {}, f"'nvidia.com/gpu: 1'{RESOURCE}"),
    ("path", "archive", {}, f"'archive'{PATH}/archive"),
    ("path", "/data/../etc", {}, f"'/data/../etc'{PATH}/archive"),
    ("path", "/data//a", {}, f"'/data//a'{PATH}/data/a"),
    ("path", "nfs:/data", {}, f"'nfs:/data'{PATH}/archive"),
    (
        "file",
        "./hub.crt",
        {},
        "'./hub.crt' is not the absolute path of a file: for a file in the site folder write "
        '"{{ inventory_dir }}/hub.crt"',
    ),
    ("file", "", {}, f"''{FILE}"),
    ("file", 4, {}, f"4{FILE}"),
    ("file", "/", {}, f"'/'{FILE}"),
    ("file", "~/certificates/", {}, f"'~/certificates/'{FILE}"),
    ("variable", 4, {}, "the value is not text: put it in quotes"),
    ("variable", ["5ec7e7"], {}, "the value is not text: put it in quotes"),
    (
        "variable",
        "5ec7e7\x1b",
        {},
        "the value contains a control character, which no environment variable may have: remove it",
    ),
    ("requirement", "scikit-learn", {},
     "'scikit-learn' has no exact version: append == and one of those that `pip index versions scikit-learn` lists"),
    ("requirement", "numpy>=2.3.1", {}, f"'numpy>=2.3.1'{EXACT}numpy==2.3.1"),
    ("requirement", "a[b, c]~= 2.3.*", {}, f"'a[b, c]~= 2.3.*'{EXACT}a[b,c]==2.3"),
    ("requirement", "numpy 2.3.1", {}, f"'numpy 2.3.1'{EXACT}numpy==2.3.1"),
    ("requirement", "numpy=2.3.1", {}, f"'numpy=2.3.1'{EXACT}numpy==2.3.1"),
    ("requirement", "numpy-v2.3.1", {}, f"'numpy-v2.3.1'{EXACT}numpy==2.3.1"),
    ("requirement", "numpy<3", {}, f"'numpy<3' is not a package of PyPI with an exact version: {PIP}"),
    ("requirement", "-r x.txt", {}, f"'-r x.txt' is not a package of PyPI with an exact version: {PIP}"),
    (
        "requirement",
        "git+https://lab.test/a@1.0",
        {},
        f"'git+https://…@1.0' is not a package of PyPI with an exact version: {PIP}",
    ),
    ("requirement", 2, {"example": "a==1"}, "2 is not a package of PyPI with an exact version: write for example a==1"),
    ("debian_package", "git=1:2.39", {}, f"'git=1:2.39'{DEBIAN}git"),
    ("debian_package", "Libc6:amd64", {}, f"'Libc6:amd64'{DEBIAN}libc6"),
    ("debian_package", "texlive latexmk", {}, f"'texlive latexmk'{DEBIAN}texlive"),
    ("debian_package", "foo-", {}, f"'foo-'{DEBIAN}git"),
    ("debian_package", "--purge", {}, f"'--purge'{DEBIAN}git"),
    ("debian_package", 3, {}, f"3{DEBIAN}git"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "at", "parsed"), VALID)
def test_a_valid_value_is_parsed(name, value, at, parsed):
    found = getattr(types, name)(value, at)
    assert found == parsed
    assert type(found) is type(parsed)


@pytest.mark.parametrize(("name", "value", "at", "sentence"), INVALID)
def test_an_invalid_value_has_its_message(name, value, at, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        getattr(types, name)(value, at)


def test_every_type_of_the_specification_has_cases():
    tested = {case[0] for case in VALID} & {case[0] for case in INVALID} | {"anything", "list", "map", "mapping"}

    def used(at):
        yield at["type"]
        for _, sub in [*specification.children(at), *([("", at["values"])] if "values" in at else [])]:
            yield from used(sub)

    assert {name for variable in specification.variables().values() for name in used(variable)} == tested


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
def test_domains_of_examples_are_recognised(text, is_example):
    assert bool(types.EXAMPLE_DOMAIN.search(text)) is is_example
