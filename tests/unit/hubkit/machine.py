"""A hub on a machine with accounts of its own: the real PAM and C library, with files that only the hub sees."""

import contextlib
import os
import subprocess

from service import running_service

PAM = """auth     required pam_unix.so
account  required pam_unix.so
"""
CONFIGURATION = """
from hubkit.hub.machine_accounts import MachineAccounts
accounts = MachineAccounts(str(folder / "accounts.sqlite"), str(folder / "local.sqlite"), "testhub", ["research"])
get_config().HubAuthenticator.accounts = accounts
"""
PASSWORD = "correct horse battery"


class Machine:
    """The accounts: `accounts` {name: uid}, names in the group `research`, `expired` ones, those of `old` passwords.

    FOLDER has the files. The account `nameless` has a group without a name.
    """

    def __init__(self, folder):
        self.folder = folder
        self.accounts, self.research, self.expired, self.old = {}, set(), set(), set()
        command = ["openssl", "passwd", "-6", "-stdin"]
        self.hash = subprocess.run(command, input=PASSWORD, capture_output=True, text=True, check=True).stdout.strip()
        (folder / "pam.d").mkdir(parents=True)
        (folder / "pam.d/testhub").write_text(PAM)

    def write(self):
        """Write the files, in place, because they are mounted."""
        root = ["root:x:0:0::/root:/bin/sh"]
        users = [f"{name}:x:{uid}:{uid}::/nonexistent:/bin/sh" for name, uid in self.accounts.items()]
        hashes = [
            f"{name}:{self.hash}:{0 if name in self.old else 19000}:0:99999:7::{1 if name in self.expired else ''}:"
            for name in ["root", *self.accounts]
        ]
        groups = ["root:x:0:", f"research:x:3000:{','.join(sorted(self.research))}"]
        groups += [f"{name}:x:{uid}:" for name, uid in self.accounts.items() if name != "nameless"]
        for name, lines in (("passwd", root + users), ("shadow", hashes), ("group", groups)):
            (self.folder / name).write_text("\n".join(lines) + "\n")

    @contextlib.contextmanager
    def changed(self, change):
        """CHANGE(this machine), for a while."""
        before = dict(self.accounts), set(self.research), set(self.expired), set(self.old)
        change(self)
        self.write()
        try:
            yield
        finally:
            self.accounts, self.research, self.expired, self.old = before
            self.write()


@contextlib.contextmanager
def running_machine(folder, methods):
    """Yield (Machine, Service) in FOLDER. METHODS: of signing in."""
    machine = Machine(folder / "machine")
    machine.accounts = {"alice": 2001, "bob": 2002, "erin": 2003, "daemon2": 500, "verify": 2005, "nameless": 2006}
    machine.research = {"alice", "bob", "daemon2", "nameless"}
    machine.write()
    mounts = [f"mount --bind {machine.folder}/{name} /etc/{name}" for name in ("passwd", "shadow", "group", "pam.d")]
    namespace = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else [])]
    within = [*namespace, "sh", "-ec", "\n".join([*mounts, 'exec "$@"']), "sh"]
    sign_in = {"methods": methods, "local": {"days": 31, "requests": False}, "admin_users": ["bob"]}
    sign_in["iam_admin_users"] = []
    with running_service(folder, {"sign_in": sign_in}, CONFIGURATION, within) as service:
        yield machine, service
