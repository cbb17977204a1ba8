"""The variables of a site as Ansible itself reads them, within this process; for what plain_values cannot read."""

from functools import cache

from ansible import constants as C
from ansible import context
from ansible._internal._datatag._tags import Origin
from ansible.cli import CLI
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecretsContext
from ansible.playbook.play import Play
from ansible.plugins import loader as plugins
from ansible.template import Templar
from ansible.utils.context_objects import CLIArgs
from ansible.utils.vars import load_extra_vars
from ansible.vars.manager import VariableManager

from openstack_hub.ansible_values import plain_data, template_problem
from openstack_hub.schema import specification
from openstack_hub.site.files import PROJECT
from openstack_hub.site.plain_values import Values
from openstack_hub.site.vault import PASSWORD
from openstack_hub.validation.problems import Unknown


@cache
def find_plugins():
    plugins.init_plugin_loader([])
    plugins.filter_loader.add_directory(str(PROJECT / "plugins/filter"))


def read(folder, options=()):
    """(Values, variables of the command line, places of those from files). options: the arguments of -e.

    Raises AnsibleError.
    """
    find_plugins()
    loader = DataLoader()
    loader.set_basedir(str(PROJECT / "playbooks"))
    own, other = folder / PASSWORD, C.DEFAULT_VAULT_PASSWORD_FILE
    passwords = [str(own)] if own.exists() else [other] if other else []
    ask, ids = C.DEFAULT_ASK_VAULT_PASS, C.DEFAULT_VAULT_IDENTITY_LIST
    is_first = VaultSecretsContext.current(optional=True) is None
    secrets = CLI.setup_vault_secrets(loader, ids, passwords, ask, auto_prompt=False, initialize_context=is_first)
    loader.set_vault_secrets(secrets)
    inventory = InventoryManager(loader, sources=[str(folder)])
    variables = _variables(loader, inventory, options)
    extra = variables.extra_vars
    hosts = inventory.get_groups_dict().get("controller") or ["localhost"]
    play = Play.load({"hosts": hosts[0], "gather_facts": False, "tasks": []}, variables, loader)
    values = variables.get_vars(play=play, host=inventory.get_host(hosts[0]))
    values["groups"] = inventory.get_groups_dict()

    def decrypt(path):
        return str(loader.get_text_file_contents(str(path)))

    found = site_values(values, Templar(loader, values), decrypt)
    return found._replace(in_inventory=inventory_variables(inventory)), plain_data(extra), of_files(extra)


def _variables(loader, inventory, options):
    """The VariableManager with the OPTIONS -e, which Ansible would keep for the whole process."""
    before = context.CLIARGS
    context.CLIARGS, load_extra_vars.extra_vars = CLIArgs({"extra_vars": tuple(options)}), None
    try:
        return VariableManager(loader, inventory)
    finally:
        context.CLIARGS, load_extra_vars.extra_vars = before, None


def site_values(values, templar, decrypt):
    """The Values of a site from VALUES, all variables of the controller as Ansible has them."""
    given = {name: evaluate(values[name], templar) for name in specification.variables() if name in values}

    def role_values(names):
        return {name: evaluate(values[name], templar) for name in names if name in values}

    return Values(given, values["groups"], decrypt, "openstack_hub_model" in values, role_values)


def inventory_variables(inventory):
    """Name of a group or host -> name of a variable -> its file, or None, as program_findings takes them."""
    entities = {**inventory.groups, **inventory.hosts}
    return {entity: {name: file_of(name) for name in entities[entity].vars} for entity in entities}


def evaluate(value, templar):
    """VALUE as plain data with its templates evaluated; Unknown where that fails."""
    if isinstance(value, dict):
        return {str(key): evaluate(entry, templar) for key, entry in value.items()}
    if isinstance(value, list):
        return [evaluate(entry, templar) for entry in value]
    try:
        return plain_data(templar.template(value))
    except AnsibleError as error:
        return Unknown(template_problem(str(error)))


def of_files(extra):
    """Name -> `file:line` of each of the variables EXTRA of the command line that is from a file (-e @FILE)."""
    return {name: place for name in extra if (place := place_of(name, extra[name]))}


def place_of(name, value):
    origin = next((found for found in map(Origin.get_tag, (name, value)) if found and found.path), None)
    return origin and f"{origin.path}:{origin.line_num or 1}"


def file_of(value):
    """The file from which Ansible read VALUE, or None."""
    origin = Origin.get_tag(value)
    return origin and origin.path
