"""Makes a site folder of the admin's own: `make site` runs it. What is there already is never written over."""

import getpass
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import jinja2
import yaml

from openstack_hub.chart import versions
from openstack_hub.schema import specification
from openstack_hub.site import vault
from openstack_hub.site.files import PROJECT
from openstack_hub.site.questions import Refused, answers
from openstack_hub.site.vault import PASSWORD, VAULT
from openstack_hub.validation.yaml_source import Source

TEMPLATES = Path(__file__).with_name("templates")
VARIABLES, SHARED = "group_vars/all/jupyterhub.yml", "group_vars/all/00-shared"
PROGRAMS = (".githooks/pre-commit",)


class Site:
    """A folder, and what this run wrote into it."""

    def __init__(self, folder):
        self.folder, self.written, self.left = folder, [], []

    def lacks(self, name):
        return not os.path.lexists(self.folder / name)

    def put(self, name, text):
        """The file NAME with what TEXT() says, as a whole or not at all, unless it is there."""
        if not self.lacks(name):
            self.left.append(name)
            return
        path, whole = self.folder / name, text()
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.new")
        new.write_text(whole)
        if name in PROGRAMS:
            new.chmod(0o700)
        new.replace(path)
        self.written.append(name)

    def link(self):
        """The manual. A link that leads nowhere is of a product that moved, or of another machine."""
        path = self.folder / SHARED
        if path.is_symlink() and not path.exists():
            path.unlink()
        if self.lacks(SHARED):
            path.symlink_to(PROJECT / "group_vars/all")
            self.written.append(SHARED)
        else:
            self.left.append(SHARED)

    def repository(self):
        """One of its own, if the folder lies in none, with its hook switched on; returns what is left to do."""
        if not shutil.which("git"):
            return "git is not installed here: the folder is no repository"
        top = self._git("rev-parse", "--show-toplevel")
        if top and Path(top) != self.folder:
            return f"the repository is {top}: let its pre-commit hook call {self.folder}/.githooks/pre-commit"
        if not top:
            self._git("init", "-q", "-b", "main", check=True)
            self.written.append(".git")
        hooks = self._git("config", "core.hooksPath")
        if hooks != ".githooks" and self._git("config", "--local", "core.hooksPath"):
            return f"hooks are in {hooks}: let the one for pre-commit call .githooks/pre-commit"
        self._git("config", "core.hooksPath", ".githooks", check=True)
        return ""

    def _git(self, *arguments, check=False):
        ran = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        if check and ran.returncode:
            raise Refused(ran.stderr.strip())
        return ran.stdout.strip()


def look(folder):
    """Refuses a FOLDER in which a site would not work, or that is for something else."""
    if PROJECT in (folder, *folder.parents):
        raise Refused(f"{folder} lies in the product's own folder: choose one beside it, like ../my-hub")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise Refused(f"{folder} is not a folder")
    there = {path.name for path in folder.iterdir()}
    if there and not there & {"group_vars", ".git"}:
        raise Refused(f"{folder} holds other things and is no site folder: choose a new one")
    if folder.stat().st_mode & 0o002:
        raise Refused(f"everybody may write into {folder}, so Ansible would ignore its ansible.cfg: chmod o-w {folder}")


def said(text):
    """What the site's jupyterhub.yml, of this TEXT, says already."""
    source = Source(VARIABLES, text)
    found = {name: source.find((name,)) for name in ("hub_platform", "hub_domain")}
    values = {name: at[1].value for name, at in found.items() if at and isinstance(at[1], yaml.ScalarNode)}
    if "hub_domain" not in values:
        raise Refused(f"{VARIABLES} says no hub_domain: write it there, then run this again")
    return {"hub_platform": "host"} | values


def flow(value):
    return yaml.safe_dump(value, default_flow_style=True, width=10000).removesuffix("...\n").strip()


def renderer(folder, values):
    """Name of a file -> its text, from its template."""
    jinja = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    jinja.filters |= {
        "yaml": flow,
        "example": lambda name: flow({name: specification.variables()[name]["example"]})[1:-1],
    }
    product = min(os.path.relpath(PROJECT, folder), str(PROJECT), key=len)
    values = values | {"product": product, "schemas": PROJECT / "schemas"}
    chart = specification.variables()["hub_chart_version"]["default"]
    jinja.globals["advisories"] = list(versions.open_advisories(chart))
    return lambda name: jinja.get_template(f"{name}.j2").render(values)


def make(site, given, interactive):
    """Everything that SITE lacks; returns what is left to do for the admin."""
    look(site.folder)
    if site.lacks(VARIABLES) and interactive:
        print(f"A new site folder, {site.folder}. Ctrl-C stops; nothing is written before the last answer.")
    values = answers(given, interactive) if site.lacks(VARIABLES) else said((site.folder / VARIABLES).read_text())
    client_secret = given.get("CLIENT_SECRET", "").strip()
    if site.lacks(VAULT) and interactive and not client_secret:
        print("\nWhat the provider gave together with the client id; it is not shown (not yet? Leave it empty).")
        client_secret = getpass.getpass("   client secret: ").strip()
    render = renderer(site.folder, values)
    names = (str(path.relative_to(TEMPLATES)).removesuffix(".j2") for path in TEMPLATES.rglob("*.j2"))
    for name in sorted(names, key=lambda name: (name != VARIABLES, name)):  # the answers first: they are asked once
        site.put(name, lambda name=name: render(name))
    site.link()
    if site.lacks(VAULT):  # one that is there keeps its password
        site.put(PASSWORD, lambda: f"{secrets.token_urlsafe(32)}\n")
    site.put(VAULT, lambda: vault.cipher(site.folder).encrypt(vault.text(client_secret)).decode())
    yield from filter(None, [site.repository()])
    if site.lacks(PASSWORD):
        yield f"write the password of {VAULT} into {PASSWORD}: that vault was there before, so none was drawn"
    elif VAULT in site.written:
        yield f"keep a copy of {PASSWORD} in your password manager: without it the secrets are lost"
    if site.lacks("certificates/hub.crt"):
        yield "put certificate and key into certificates/; the README there says which files"


def main(where, given, interactive):
    if not where:
        print("say where: make site DIR=../my-hub", file=sys.stderr)
        return 1
    os.umask(0o077)  # passwords and keys are in it
    site = Site(Path(where).expanduser().resolve())
    try:
        todo = list(make(site, given, interactive))
    except (Refused, OSError, KeyboardInterrupt, EOFError) as error:
        why = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        print(f"{why}\nStopped; written: {', '.join(site.written) or 'nothing'}.", file=sys.stderr)
        return 1
    print(f"\n{site.folder}")
    for what, names in (("written", site.written), ("there already, left as it is", site.left)):
        if names:
            print(f"  {what}: {', '.join(names)}")
    for number, text in enumerate([*todo, f"make validate INVENTORY={where}"], 1):
        print(f"{number}. {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:]), os.environ, sys.stdin.isatty()))
