"""group_vars/all/wiring.yml: the variables that the specification declares reach the model, whatever their prefix."""

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible.vars.manager import VariableManager
from sites import PROJECT, cases, find_plugins, write

from openstack_hub.model import hub_model
from openstack_hub.schema import specification

SITE = cases(PROJECT / "tests/unit/openstack_hub/validation/broken/host.txt")["sound"][0]


def templar(folder):
    find_plugins()
    loader = DataLoader()
    loader.set_basedir(str(PROJECT / "playbooks"))
    inventory = InventoryManager(loader, sources=[str(folder)])
    variables = VariableManager(loader, inventory).get_vars(host=inventory.get_host("localhost"))
    return Templar(loader, variables)


def test_a_variable_with_a_new_prefix_reaches_the_model(tmp_path, monkeypatch):
    declared = {"name": "launcher_sessions", "file": "jupyterhub", "type": "count", "default": 1}
    monkeypatch.setitem(specification.variables(), "launcher_sessions", declared)
    vault = SITE["group_vars/all/vault.yml"].removeprefix("$ENCRYPT\n")
    more = {"group_vars/all/launcher.yml": "---\nlauncher_sessions: 5\nour_own: 1\n", "group_vars/all/vault.yml": vault}
    parse, parsed = hub_model.parse, {}
    monkeypatch.setattr(hub_model, "parse", lambda variables: parsed.update(found := parse(variables)) or found)
    model = templar(write(tmp_path, SITE | more)).template(trust_as_template("{{ openstack_hub_model }}"))
    assert model["domain"] == "hub.lab.test"
    assert parsed["launcher_sessions"] == 5
    assert set(parsed) == set(specification.variables())
