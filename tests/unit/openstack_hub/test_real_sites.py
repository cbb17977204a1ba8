"""Real deployments in the variables of this project: real_sites/*.yml, with names and addresses changed.

`here` maps each setting of the original to the variable that expresses it or from which it follows, `left` the others
to the reason.
"""

from pathlib import Path

import pytest
import yaml
from certificate_samples import authority, issue, key_pem, pem
from sites import report, write

SITES = {
    path.stem: yaml.safe_load(path.read_text()) for path in sorted(Path(__file__).with_name("real_sites").glob("*.yml"))
}
HOSTS = """\
controller: {hosts: {localhost: {ansible_connection: local}}}
hub: {hosts: {hub.lab.test: {}}}
web: {hosts: {hub.lab.test: {}}}
"""
SECRETS = """\
$ENCRYPT
vault_hub_iam_client_secret: from-the-provider
vault_hub_cookie_secret: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
vault_hub_crypt_key: 123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0
vault_hub_proxy_token: proxy
vault_hub_culler_token: culler
"""
PAGE = Path(__file__).parents[3] / "docs/coming-from.md"


def value(variables, path):
    """The value at PATH (hub_profiles.1.title) of VARIABLES; KeyError or IndexError if the site does not set it."""
    for part in path.split("."):
        variables = variables[int(part) if isinstance(variables, list) else part]
    return variables


@pytest.mark.parametrize("name", SITES)
def test_a_real_site_is_valid_without_overrides(name, tmp_path, capsys):
    variables = SITES[name]["variables"]
    domain = variables["jupyterhub"]["hub_domain"]
    certificate, key = issue(domain, by=authority(), names=(domain,))
    files = {f"group_vars/all/{file}.yml": yaml.safe_dump(values) for file, values in variables.items()}
    files |= {"hub.crt": pem(certificate).decode(), "hub.key": key_pem(key).decode(), "kubeconfig": "{}\n"}
    files["ca.crt"] = pem(authority()[0]).decode()
    write(tmp_path, {"hosts.yml": HOSTS, "group_vars/all/vault.yml": SECRETS, **files})
    assert [line for line in report(tmp_path, capsys)[1] if line.startswith("!")] == []
    assert "hub_values_overrides" not in variables["jupyterhub"]


@pytest.mark.parametrize("name", SITES)
def test_each_setting_has_its_variable(name):
    files = SITES[name]["variables"]
    variables = files["jupyterhub"] | files.get("openstack", {})
    defaults = ("hub_port", "hub_max_users")
    for setting, path in SITES[name]["here"].items():
        assert path in defaults or value(variables, path) is not None, (setting, path)


def test_95_percent_of_the_settings_are_expressed():
    here, left = (sum(len(site[kind]) for site in SITES.values()) for kind in ("here", "left"))
    assert here / (here + left) >= 0.95, (here, left)


def test_the_page_lists_what_is_left():
    text = PAGE.read_text()
    for site in SITES.values():
        for setting, reason in site["left"].items():
            name, _, rest = setting.partition(" ")
            assert f"| `{name}`{rest and f' {rest}'} | {reason} |" in text, setting
