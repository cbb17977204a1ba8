"""Site folders that real Ansible loads, without a process for each.

A site is a dict of paths and texts. broken/*.txt contains sites as edits of a valid one, with their reports:

    == a time with a unit that does not exist
    -hub_idle: 1d
    +hub_idle: 1w
    ! group_vars/all/jupyterhub.yml:9: hub_idle: '1w' is not a time: ...

Lines with - are replaced by those with + below them, in the one file that holds them; an empty line ends them. `@ FILE`
begins what is added to a file, or is a new one. ! is a problem, ? a warning, in the order of the report. The first case
is the valid site itself; its warnings are expected of all. A file that begins with $ENCRYPT is encrypted, one
that begins with $LINK is a symlink to the path that follows. PEM is the certificate of hub.lab.test in a file .crt, and
its key in another.
"""

import contextlib
import functools
import re
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.playbook.play import Play
from ansible.plugins import loader as plugins
from ansible.template import Templar
from ansible.vars.manager import VariableManager
from certificate_samples import hub

from openstack_hub.site import prerequisites

ENCRYPT = "$ENCRYPT\n"
PROJECT = Path(__file__).resolve().parents[3]
VAULT = [("default", VaultSecret(b"not-secret"))]
HOSTS = """\
controller: {hosts: {localhost: {ansible_connection: local}}}
hub: {hosts: {hub.lab.test: {}}}
web: {hosts: {hub.lab.test: {}}}
"""


def cases(path):
    """Name -> (files, expected lines) of each case in the table PATH."""
    found, sound, common = {}, {"hosts.yml": HOSTS}, []
    for text in re.split(r"^== ", path.read_text(), flags=re.MULTILINE)[1:]:
        name, *lines = text.splitlines()
        report = [line for line in lines if line.startswith(("! ", "? "))]
        assert name not in found, name
        found[name] = edited(sound, lines), common + report
        if len(found) == 1:
            sound, common = found[name]
    return found


def edited(files, lines):
    files, old, new, path = dict(files), [], [], None

    def apply():
        nonlocal old, new, path
        if old or new:
            before, after = ("".join(f"{line}\n" for line in part) for part in (old, new))
            path = path or holder(files, before)
            assert not old or files[path].count(before) == 1, before
            files[path] = files[path].replace(before, after) if old else files.get(path, "") + after
        old, new, path = [], [], None

    for line in lines:
        kind, text = line[:1], line[1:]
        if kind in ("", "@") or (kind == "-" and new):
            apply()
        if kind == "@":
            path = text.strip()
        elif kind in ("-", "+"):
            (old if kind == "-" else new).append(text)
    apply()
    return files


def holder(files, text):
    (path,) = [path for path, content in files.items() if text in content]
    return path


def write(folder, files):
    """Write the site below FOLDER, with its symlink to the defaults files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = hub()[path.suffix != ".crt"] if content == "PEM\n" else content
        if text.startswith("$LINK "):
            path.symlink_to(text.split()[1])
            continue
        path.write_text(encrypted(text.removeprefix(ENCRYPT)) if text.startswith(ENCRYPT) else text)
        path.chmod(0o600)
    (folder / "group_vars/all/00-shared").symlink_to(PROJECT / "group_vars/all")
    return folder


@functools.cache
def encrypted(text):
    return VaultLib(VAULT).encrypt(text).decode()


@functools.cache
def find_plugins():
    plugins.init_plugin_loader([])
    plugins.action_loader.add_directory(str(PROJECT / "plugins/action"))
    plugins.module_loader.add_directory(str(PROJECT / "plugins/modules"))
    plugins.filter_loader.add_directory(str(PROJECT / "plugins/filter"))


@contextlib.contextmanager
def with_helm():
    """Helm is on this machine, and no cluster is asked."""
    real = prerequisites.helm_version
    with (
        mock.patch.object(
            prerequisites, "helm_version", lambda name: (name, "v3.20.2") if name == "helm" else real(name)
        ),
        mock.patch.object(prerequisites, "cluster_sentences", lambda *_: []),
    ):
        yield


def run_validate(folder, *others, **given):
    """The result of task `hub_validate:` for the site FOLDER and OTHERS; GIVEN are the variables of -e."""
    find_plugins()
    loader = DataLoader()
    loader.set_basedir(str(PROJECT / "playbooks"))
    loader.set_vault_secrets(VAULT)
    inventory = InventoryManager(loader, sources=[str(path) for path in (folder, *others)])
    variables = VariableManager(loader, inventory)
    variables._extra_vars = given
    play = Play.load({"hosts": "controller", "gather_facts": False, "tasks": [{"hub_validate": {}}]}, variables, loader)
    task = play.tasks[0].block[0]
    values = variables.get_vars(play=play, host=inventory.get_host("localhost"), task=task)
    action = plugins.action_loader.get(
        "hub_validate",
        task=task,
        connection=SimpleNamespace(_shell=SimpleNamespace(tmpdir=None)),
        play_context=None,
        loader=loader,
        templar=Templar(loader, values),
        shared_loader_obj=None,
    )
    with with_helm():
        return action.run(task_vars=values)


def report(folder, capsys, *others, **given):
    """(result, lines) of a validation; lines as in broken/*.txt, with /site for the folder and without the summary."""
    capsys.readouterr()
    result = run_validate(folder, *others, **given)
    lines, mark = [], None
    for line in re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines():
        if line in (f"Problems in {folder}:", f"Warnings in {folder}:"):
            mark = "!" if line.startswith("P") else "?"
        elif line and line != result["msg"]:
            lines.append(f"{mark} {line.replace(str(folder), '/site')}")
    return result, lines
