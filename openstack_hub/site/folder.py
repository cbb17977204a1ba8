"""Creates a site folder: `make site` runs it. It never overwrites a file."""

import getpass
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jinja2
import yaml

from openstack_hub import platforms
from openstack_hub.advisories import expiry
from openstack_hub.chart import versions
from openstack_hub.generate import describe
from openstack_hub.schema import specification
from openstack_hub.site import vault
from openstack_hub.site.files import PROJECT
from openstack_hub.site.questions import Refused, answers
from openstack_hub.site.vault import PASSWORD, VAULT
from openstack_hub.validation.yaml_source import Source

TEMPLATES = Path(__file__).with_name("templates")
VARIABLES = "group_vars/all/jupyterhub.yml"
# Symlinks to the product on this machine. Editors read the schema by a path that is right in every clone.
LINKS = {"group_vars/all/00-shared": PROJECT / "group_vars/all", ".schemas": PROJECT / "schemas"}
LARGER_THAN_A_SITE = 200_000  # bytes
PROGRAMS = (".githooks/pre-commit",)


class Site:
    """A site folder. written, kept: names of the files that this run wrote, and of those that existed."""

    def __init__(self, folder):
        self.folder, self.written, self.kept = folder, [], []

    def is_missing(self, name):
        return not os.path.lexists(self.folder / name)

    def write(self, name, text):
        """Writes the result of TEXT() to the file NAME atomically, unless the file exists."""
        if not self.is_missing(name):
            self.kept.append(name)
            return
        path, content = self.folder / name, text()
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.new")
        new.write_text(content)
        if name in PROGRAMS:
            new.chmod(0o700)
        new.replace(path)
        self.written.append(name)

    def link_product(self):
        """Creates the symlinks to the product. A dangling one is replaced: the checkout was moved or cloned."""
        for name, target in LINKS.items():
            path = self.folder / name
            if path.is_symlink() and not path.exists():
                path.unlink()
            if self.is_missing(name):
                path.symlink_to(target)
                self.written.append(name)
            else:
                self.kept.append(name)

    def init_repository(self):
        """Creates a Git repository, unless the folder is in one, and enables its hook; returns an instruction or ""."""
        if not shutil.which("git"):
            return "Git is not installed: install it and run this again to get a repository with a check for secrets"
        top = self._git("rev-parse", "--show-toplevel")
        if top and Path(top) != self.folder:
            hook = shlex.quote(str(self.folder / ".githooks/pre-commit"))
            return f"the repository is {top}: call {hook} from its pre-commit hook"
        if not top:
            self._git("init", "-q", "-b", "main", check=True)
            self.written.append(".git")
        hooks = self._git("config", "core.hooksPath")
        if hooks != ".githooks" and self._git("config", "--local", "core.hooksPath"):
            return f"core.hooksPath is {hooks}: call .githooks/pre-commit from the pre-commit hook there"
        self._git("config", "core.hooksPath", ".githooks", check=True)
        return ""

    def _git(self, *arguments, check=False):
        ran = subprocess.run(["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        if check and ran.returncode:
            raise Refused(ran.stderr.strip())
        return ran.stdout.strip()


def check_folder(folder):
    """Raises Refused for a FOLDER that cannot be a site folder or contains something else."""
    if PROJECT in (folder, *folder.parents):
        raise Refused(
            f"{folder} is inside the checkout of openstack-hub: choose a folder outside it, such as ../my-hub"
        )
    if any(sign in str(folder) for sign in (",", "{{", "{%", "{#", "$")) or not str(folder).isprintable():
        raise Refused(f"{str(folder)!r} cannot be an inventory of Ansible: choose a path without commas, braces and $")
    if folder.exists():
        check_content(folder)
    check_writable(folder)


def check_content(folder):
    """Raises Refused for an existing FOLDER that is something else than a site folder."""
    if not folder.is_dir():
        raise Refused(f"{folder} is not a folder")
    names = {path.name for path in folder.iterdir()}
    if names and not names & {"group_vars", ".git"}:
        raise Refused(f"{folder} contains other files and is not a site folder: choose a new folder")
    if folder.stat().st_mode & 0o002:
        quoted = shlex.quote(str(folder))
        raise Refused(f"{folder} is world-writable, so Ansible would ignore its ansible.cfg: run chmod o-w {quoted}")


def check_writable(folder):
    """Raises Refused unless a file and a symlink can be created in FOLDER, or in its first parent that exists."""
    parent = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryDirectory(prefix=".make-site-", dir=parent) as trial:
            Path(trial, "file").write_bytes(b" " * LARGER_THAN_A_SITE)
            Path(trial, "link").symlink_to("file")
    except OSError as error:
        raise Refused(
            f"cannot write to {parent} ({error.strerror}): make room there, or choose another folder"
        ) from error


def existing_answers(text):
    """hub_platform and hub_domain from the existing jupyterhub.yml with this TEXT."""
    source = Source(VARIABLES, text)
    places = {name: source.find((name,)) for name in ("hub_platform", "hub_domain")}
    values = {name: place[1].value for name, place in places.items() if place and isinstance(place[1], yaml.ScalarNode)}
    if "hub_domain" not in values:
        raise Refused(f"{VARIABLES} does not set hub_domain: set it, then run this again")
    return {"hub_platform": platforms.DEFAULT} | values


def flow(value):
    return describe.in_line(value)


def renderer(values):
    """A function from the name of a file to its text, rendered from its template."""
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
    platform = platforms.PLATFORMS.get(values["hub_platform"], platforms.PLATFORMS[platforms.DEFAULT])
    examples = {file: [] for file in specification.FILES}
    for name in platform.site_examples:
        examples[specification.variables()[name]["file"]].append(name)
    values = values | {"platform": platform, "examples": examples}
    values["is_default_platform"] = values["hub_platform"] == platforms.DEFAULT
    chart = specification.variables()["hub_chart_version"]["default"]
    jinja.globals["advisories"] = dict.fromkeys(versions.open_advisories(chart), expiry())
    return lambda name: jinja.get_template(f"{name}.j2").render(values)


def create(site, given, interactive):
    """Creates everything that SITE lacks; yields what the admin must do next."""
    check_folder(site.folder)
    if site.is_missing(VARIABLES) and interactive:
        print(f"Creating the site folder {site.folder}. Nothing is written before the last answer; Ctrl-C cancels.")
    values = (
        answers(given, interactive)
        if site.is_missing(VARIABLES)
        else existing_answers((site.folder / VARIABLES).read_text())
    )
    client_secret = given.get("CLIENT_SECRET", "").strip()
    if site.is_missing(VAULT) and interactive and not client_secret:
        print("\nClient secret from the provider; it is not shown. Leave it empty if you do not have it yet.")
        client_secret = getpass.getpass("   client secret: ").strip()
    render = renderer(values)
    names = (str(path.relative_to(TEMPLATES)).removesuffix(".j2") for path in TEMPLATES.rglob("*.j2"))
    for name in sorted(
        names, key=lambda name: (name != VARIABLES, name)
    ):  # the answers first: they are not asked again
        site.write(name, lambda name=name: render(name))
    site.link_product()
    if site.is_missing(VAULT):
        site.write(PASSWORD, lambda: f"{secrets.token_urlsafe(32)}\n")
    site.write(VAULT, lambda: vault.cipher(site.folder).encrypt(vault.vault_text(client_secret)).decode())
    yield from filter(None, [site.init_repository()])
    if site.is_missing(PASSWORD):
        yield f"write the password of the existing {VAULT} to {PASSWORD}"
    elif client_secret and VAULT not in site.written:
        yield f"the client secret was not stored, because {VAULT} exists: add it with make vault-edit"
    elif VAULT in site.written:
        yield f"save a copy of {PASSWORD} in your password manager: without it the secrets are lost"
    if site.is_missing("certificates/hub.crt"):
        yield "put the certificate and its key into certificates/ (see the README there)"
    if VARIABLES in site.written:
        yield "follow the README of the folder: what to prepare on this platform, and the commands"


def create_site(directory, given, interactive):
    if not directory.strip():
        print("no folder: add one, such as make site DIR=../my-hub", file=sys.stderr)
        return 1
    os.umask(0o077)  # it will contain passwords and keys
    try:
        site = Site(Path(directory).expanduser().resolve())
    except RuntimeError as error:  # ~nobody, or a loop of symlinks
        print(f"{directory}: {error}", file=sys.stderr)
        return 1
    try:
        todo = list(create(site, given, interactive))
    except (Refused, OSError, KeyboardInterrupt, EOFError) as error:
        reason = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) else str(error)
        print(f"{reason}\nStopped; written: {', '.join(site.written) or 'nothing'}.", file=sys.stderr)
        return 1
    print(f"\n{site.folder}")
    for what, names in (("written", site.written), ("existed, unchanged", site.kept)):
        if names:
            print(f"  {what}: {', '.join(names)}")
    for number, text in enumerate([*todo, f"make validate INVENTORY={shlex.quote(str(site.folder))}"], 1):
        print(f"{number}. {text}")
    return 0


if __name__ == "__main__":
    sys.exit(create_site(os.environ.get("DIR", ""), os.environ, sys.stdin.isatty()))
