"""An inventory in the INI format: where its variables are."""

from openstack_hub.validation.ini_source import IniSource

TEXT = """\
# hosts
plain ansible_user=debian
[web:children]
hub

[hub]   # ours
hub.lab.test hub_idle="2 h" hub_port=1   # a comment
other.lab.test:22
'open quotes

[all:vars]
hub_domain = hub.lab.test
; hub_notice = x
hub_notice=a=b
without
"""


def test_variables_of_hosts_and_groups():
    source = IniSource("hosts", TEXT)
    assert [(path, node.value, source.find(path)[0]) for path, node in source.scalars()] == [
        (("plain", "ansible_user"), "debian", 2),
        (("hub.lab.test", "hub_idle"), "2 h", 7),
        (("hub.lab.test", "hub_port"), "1", 7),
        (("all", "hub_domain"), "hub.lab.test", 12),
        (("all", "hub_notice"), "a=b", 14),
    ]
    assert source.broken is None


def test_lines_of_groups_and_hosts():
    source = IniSource("hosts", TEXT)
    assert [source.line_of(name) for name in ("hub", "web", "hub.lab.test", "other.lab.test", "lab")] == [
        4,
        3,
        7,
        8,
        None,
    ]
