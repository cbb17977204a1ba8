#!/usr/bin/python
"""Keep a kubeconfig for a cluster of Magnum, or look at one that was given."""

DOCUMENTATION = """
module: magnum_kubeconfig
short_description: Keep a kubeconfig for a cluster of OpenStack Magnum
description:
  - Writes a kubeconfig with a key of its own, which is made here and which Magnum signs. Signing is the only thing that
    this asks of Magnum; nothing of the cluster changes.
  - A new key is made only where there is none, or where the one that is there does not serve. The reason is told.
  - A file that this module did not make, or made for a cluster of another name, is left alone, with an error.
  - Without O(cluster), the file at O(path) is one that an operator gave. It is looked at and never changed.
  - The file is replaced as a whole and at no moment can others read it; key and certificate appear in no result.
options:
  cloud: {description: "Entry in clouds.yaml.", type: str}
  cluster: {description: "UUID of the cluster.", type: str}
  name: {description: "What cluster and context are called in the file: the name of the cluster.", type: str}
  api_address: {description: "Address of the cluster's API, with C(https://).", type: str}
  path:
    description: Path of the file. Directories that are missing are made with mode 0700.
    type: path
    required: true
  renew_days:
    description: Make a new key so many days before the certificate's end, but not before two thirds of its life.
    type: int
    default: 30
  wait: {description: "Seconds after which to return when Magnum gives no answer.", type: int, default: 15}
  timeout: {description: "Seconds in all; the action plugin goes by it.", type: int, default: 120}
  sofar: {description: "RV(sofar) of the call before this one; the action plugin hands it on.", type: dict, default: {}}
author: [openstack-hub]
"""

EXAMPLES = """
- name: Keep the kubeconfig
  magnum_kubeconfig:
    cloud: mycloud
    cluster: "{{ __cluster.uuid }}"
    name: jupyterhub
    api_address: "{{ __cluster.api_address }}"
    path: ~/.config/openstack-hub/jupyterhub.kubeconfig

- name: Look at the kubeconfig that was given
  magnum_kubeconfig:
    path: "{{ cluster_kubeconfig }}"
"""

RETURN = """
actions: {description: "What was done, or would be, and why.", type: list, elements: str, returned: always}
path: {description: Path of the file., type: str, returned: success}
server: {description: Address of the cluster's API., type: str, returned: success}
ca_fingerprint: {description: "SHA-256 of the cluster's CA, as openssl writes it.", type: str, returned: success}
expires:
  description: End of the certificate (ISO 8601). Empty when it is not known, as of a new one in check mode.
  type: str
  returned: success
pending: {description: "What is awaited; null when all is well.", type: str, returned: always}
progress: {description: Lines for people who wait., type: list, elements: str, returned: always}
sofar: {description: For the next call., type: dict, returned: always}
"""

import datetime
import stat
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from openstack_hub.kubernetes import kubeconfig
from openstack_hub.openstack.magnum_client import ARGUMENTS, NotThere, connect
from openstack_hub.openstack.poll import Impossible, run


def read(path):
    """(text, mode) of the file; (None, None) where there is none. What is not text shows as not YAML."""
    try:
        return path.read_text(errors="replace"), stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None, None
    except OSError as error:
        raise Impossible(f"{path}: {error.strerror}") from error


def write(path, text):
    """Replace the file as a whole, also while another run does so; where PATH is a link, the file that it names."""
    path = path.resolve()
    for parent in reversed(path.parents):
        parent.mkdir(mode=0o700, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as new:  # mode 0600
        try:
            new.write(text)
            new.close()
            Path(new.name).replace(path)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise


class Kubeconfig:
    """One step: look at Magnum's CA and the file, and mend the file."""

    def __init__(self, module, magnum):
        self.module, self.magnum, self.params = module, magnum, module.params
        self.path = Path(module.params["path"])

    def __call__(self, current):
        params, now = self.params, datetime.datetime.now(datetime.UTC)
        try:
            ca = self.magnum.call("certificates.get", params["cluster"]).pem
        except NotThere:
            if not self.module.check_mode:
                raise
            current.actions.append(f"write {self.path} with a new key (there is none yet)")
            return
        authority = self.valid_ca(ca, now, current)
        text, mode = read(self.path)
        found, why = {}, ["there is none yet"]
        if text is not None:
            try:
                found = kubeconfig.own(text, params["name"])
            except ValueError as error:
                raise Impossible(
                    f"{self.path} was not made here for cluster {params['name']}: {error}. Move it away, and run again"
                ) from error
            why = kubeconfig.reasons(found, params["api_address"], ca, params["renew_days"], now)
        after = found
        if why:
            after = {"server": params["api_address"], "ca": authority}
            if not self.module.check_mode:
                after = self.renew(ca, now)
            current.actions.append(f"write {self.path} with a new key ({'; '.join(why)})")
        elif mode & 0o077:
            if not self.module.check_mode:
                self.path.chmod(0o600)
            current.actions.append(f"take {self.path} from the eyes of others (mode {mode:04o}, now 0600)")
        current.result |= {"path": str(self.path), **kubeconfig.facts(after)}
        current.diff = self.difference(found, after)

    def valid_ca(self, ca, now, current):
        """The certificates of the CA, with a warning when its end is near: nothing here can renew it."""
        try:
            authority = kubeconfig.load_ca(ca)
        except ValueError as error:
            raise Impossible(f"Magnum's answer is not the CA of cluster {self.params['name']}: {error}") from error
        end, name = authority[0].not_valid_after_utc, self.params["name"]
        if end - now < datetime.timedelta(days=self.params["renew_days"]):
            advice = f"nobody gets in then. Rotate it: openstack coe ca rotate {name}"
            current.warnings = [f"the CA of cluster {name} ends on {end:%Y-%m-%d}, and {advice}"]
        return authority

    def renew(self, ca, now):
        """Have a new key signed and write it; returns what own() finds then."""
        params = self.params
        key, request = kubeconfig.new_key()
        certificate = self.magnum.call("certificates.create", cluster_uuid=params["cluster"], csr=request).pem
        text = kubeconfig.build(params["name"], params["api_address"], ca, certificate, key)
        made = kubeconfig.own(text, params["name"])
        if wrong := kubeconfig.reasons(made, params["api_address"], ca, 0, now):
            raise Impossible(f"what Magnum signed for {self.path} does not serve: {'; '.join(wrong)}. Run again")
        try:
            write(self.path, text)
        except OSError as error:
            raise Impossible(f"{error.filename or self.path}: {error.strerror}") from error
        return made

    def difference(self, before, after):
        """What --diff shows: nothing that is secret."""
        shown = [
            "".join(f"{name}: {value or '(unknown)'}\n" for name, value in kubeconfig.facts(parts).items())
            if parts
            else ""
            for parts in (before, after)
        ]
        headers = {"before_header": str(self.path), "after_header": str(self.path)}
        return {"before": shown[0], "after": shown[1], **headers} if shown[0] != shown[1] else None


def look(module):
    """End the module with what is to be said about a file that an operator gave."""
    path = Path(module.params["path"])
    try:
        text, mode = read(path)
    except Impossible as error:
        module.fail_json(msg=f"cluster_kubeconfig: {error}")
    if text is None:
        module.fail_json(msg=f"cluster_kubeconfig: there is no file {path} where Ansible runs: correct the path")
    try:
        facts = kubeconfig.judge(text, datetime.datetime.now(datetime.UTC))
    except ValueError as error:
        module.fail_json(msg=f"cluster_kubeconfig: {path} cannot be used: {error}")
    if mode & 0o077:
        module.warn(f"cluster_kubeconfig: others can read {path} (mode {mode:04o}): chmod 600 {path}")
    module.exit_json(changed=False, actions=[], pending=None, progress=[], sofar={}, path=str(path), **facts)


def main():
    module = AnsibleModule(
        {
            **ARGUMENTS,
            "cloud": {"type": "str"},
            "cluster": {"type": "str"},
            "name": {"type": "str"},
            "api_address": {"type": "str"},
            "path": {"type": "path", "required": True},
            "renew_days": {"type": "int", "default": 30},
            "timeout": {"type": "int", "default": 120},
        },
        required_by={"cluster": ["cloud", "name", "api_address"]},
        supports_check_mode=True,
    )
    if kubeconfig.MISSING:
        module.fail_json(
            msg="cryptography and PyYAML are missing: install requirements.txt", exception=kubeconfig.MISSING
        )
    if module.params["cluster"] is None:
        look(module)
    run(module, Kubeconfig(module, connect(module)))


if __name__ == "__main__":
    main()
