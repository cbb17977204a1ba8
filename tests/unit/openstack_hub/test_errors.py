"""Each rule broken once; the sentence is asserted in full."""

import pytest

from openstack_hub.errors import hub_errors

UNITS = "write a number with one of the units s, m, h, d, like 15m"
CASES = {
    "unknown": ({"hub_domian": "x"}, "hub_domian: there is no such variable; did you mean hub_domain?"),
    "platform": ({"hub_platform": "mainframe"}, "hub_platform: 'mainframe' is not one of host"),
    "domain with scheme": (
        {"hub_domain": "https://hub.example.org/"},
        "hub_domain: 'https://hub.example.org/' is not a host name: write it in small letters, without https://, "
        "path and port, like hub.example.org",
    ),
    "port": ({"hub_port": "443"}, "hub_port: '443' is not a port: write a number from 1 to 65535, usually 443"),
    "issuer": (
        {"hub_iam_issuer": "iam.example.org"},
        "hub_iam_issuer: 'iam.example.org' is not the address of an OpenID provider, like https://iam.example.org/",
    ),
    "client": (
        {"hub_iam_client_id": None},
        "hub_iam_client_id: None is not the name under which the IAM knows this hub",
    ),
    "no secret": (
        {"hub_iam_client_secret": ""},
        "hub_iam_client_secret: nothing is set: put it into the vault as vault_hub_iam_client_secret",
    ),
    "short secret": (
        {"hub_crypt_key": "abc"},
        "hub_crypt_key: not 64 hexadecimal digits: make it by `openssl rand -hex 32`",
    ),
    "nobody": (
        {"hub_allowed_groups": []},
        "hub_allowed_groups: nobody could sign in: name at least one group of the IAM",
    ),
    "groups not a list": ({"hub_allowed_groups": "g"}, "hub_allowed_groups: 'g' is not a list of group names"),
    "slash": (
        {"hub_admin_groups": ["/cloud/admins"]},
        "hub_admin_groups[0]: '/cloud/admins' has a slash too many: write 'cloud/admins'",
    ),
    "null group": ({"hub_admin_groups": [None]}, "hub_admin_groups[0]: None is not the name of a group"),
    "contact": ({"hub_contact": {}}, "hub_contact: refused people must be told whom to ask: set email, url or both"),
    "no profile": ({"hub_profiles": []}, "hub_profiles: [] is not a list of at least one profile"),
    "idle": ({"hub_idle": "1w"}, f"hub_idle: '1w' is not a time: {UNITS}"),
    "short idle": ({"hub_idle": "30s"}, "hub_idle: 30 seconds is too short: allowed are 1 minute and more, or 0"),
    "home": ({"hub_home": {}}, "hub_home: {} says no size: write hub_home: {size: 1G}"),
    "no home": ({"hub_home": {"size": 0}}, "hub_home.size: 0 bytes is too small: a home needs 64 MB and more"),
    "users": ({"hub_max_users": 0}, "hub_max_users: 0 is not a number of people from 1 to 3000"),
    "certificate": (
        {"hub_certificate": None},
        "hub_certificate: set file and key, paths of PEM files on the machine that runs Ansible",
    ),
}
PROFILES = {
    "not a dict": (None, "hub_profiles[1]: None is not a profile: write name, cpu and memory below the dash"),
    "unknown key": ({"memroy": "1G"}, "hub_profiles[1].memroy: there is no such setting; did you mean memory?"),
    "name": (
        {"name": "Large"},
        "hub_profiles[1].name: 'Large' is not usable: small letters, digits and dashes, a letter first",
    ),
    "same name": ({"name": "default"}, "hub_profiles: 'default' is the name of more than one profile"),
    "same title": ({"title": "Default"}, "hub_profiles: 'Default' is the title of more than one profile"),
    "size": (
        {"memory": "7.5X"},
        "hub_profiles[1].memory: '7.5X' is not a size: write a number with one of the units K, M, G, T, like 1.5G",
    ),
    "cpu": ({"cpu": "two"}, "hub_profiles[1].cpu: 'two' is not a number of CPUs: write a number like 2 or 0.5"),
    "no cpu": ({"cpu": 0}, "hub_profiles[1]: a server needs some cpu and memory: neither can be 0"),
    "guarantee": (
        {"memory_guarantee": "4G"},
        "hub_profiles[1].memory_guarantee: '4G' is above the limit '2G'",
    ),
    "idle": ({"idle": "59s"}, "hub_profiles[1].idle: 59 seconds is too short: allowed are 1 minute and more, or 0"),
    "age": (
        {"idle": "4h", "max_age": "1h"},
        "hub_profiles[1].max_age: 1 hour is below the idle life of 4 hours, which could never apply",
    ),
    "group": ({"groups": ["a/"]}, "hub_profiles[1].groups[0]: 'a/' has a slash too many: write 'a'"),
}


def test_sound_variables(variables):
    assert hub_errors(variables) == []


@pytest.mark.parametrize(("change", "sentence"), CASES.values(), ids=CASES)
def test_variables(variables, change, sentence):
    assert hub_errors(variables | change) == [sentence]


@pytest.mark.parametrize(("change", "sentence"), PROFILES.values(), ids=PROFILES)
def test_profiles(variables, change, sentence):
    entry = {"name": "large", "title": "Large", "cpu": 8, "memory": "2G"}
    variables["hub_profiles"].append(change and entry | change)
    assert hub_errors(variables) == [sentence]


def test_missing_size_of_a_profile(variables):
    del variables["hub_profiles"][0]["memory"]
    assert hub_errors(variables) == ["hub_profiles[0].memory: missing: every profile says its cpu and memory"]


def test_all_at_once(variables):
    for change, _ in (CASES["domain with scheme"], CASES["port"], CASES["idle"], CASES["contact"], CASES["no home"]):
        variables |= change
    assert len(hub_errors(variables)) == 5


def test_nothing_set_names_every_required_variable():
    named = {sentence.split(":")[0] for sentence in hub_errors({})}
    optional = {"hub_port", "hub_idle", "hub_home", "hub_max_users", "hub_platform", "hub_profiles", "hub_admin_groups"}
    secrets = {"hub_iam_client_secret", "hub_cookie_secret", "hub_crypt_key", "hub_proxy_token", "hub_culler_token"}
    required = {
        "hub_domain",
        "hub_iam_issuer",
        "hub_iam_client_id",
        "hub_allowed_groups",
        "hub_contact",
        "hub_certificate",
    }
    assert named == optional | secrets | required
