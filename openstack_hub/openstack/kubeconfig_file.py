"""The kubeconfig of a Magnum cluster: written with a key of its own, which Magnum signs, and renewed."""

import datetime
import stat
import tempfile
from pathlib import Path

from openstack_hub.kubernetes import kubeconfig
from openstack_hub.openstack.errors import ImpossibleChange, ResourceNotFound


def read(path):
    """(text, mode) of the file; (None, None) where there is none. What is not text shows as not YAML."""
    try:
        return path.read_text(errors="replace"), stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None, None
    except OSError as error:
        raise ImpossibleChange(f"{path}: {error.strerror}") from error


def write(path, text):
    """Replace the file as a whole, also while another run does so; where PATH is a symlink, the file that it names."""
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


def existing_facts(path):
    """(facts, warnings) of a kubeconfig that an operator gave. Raises ImpossibleChange when it cannot be used."""
    path = Path(path)
    try:
        text, mode = read(path)
    except ImpossibleChange as error:
        raise ImpossibleChange(f"cluster_kubeconfig: {error}") from None
    if text is None:
        raise ImpossibleChange(f"cluster_kubeconfig: there is no file {path} on the controller: correct the path")
    try:
        facts = kubeconfig.check(text, datetime.datetime.now(datetime.UTC))
    except ValueError as error:
        raise ImpossibleChange(f"cluster_kubeconfig: {path} cannot be used: {error}") from error
    readable = f"cluster_kubeconfig: others can read {path} (mode {mode:04o}): chmod 600 {path}"
    return {"path": str(path), **facts}, [readable] if mode & 0o077 else []


def certificate_end(path, name):
    """{"end": ISO 8601} of the certificate in our kubeconfig at PATH for cluster NAME; None when there is none."""
    try:
        end = kubeconfig.facts(kubeconfig.own_parts(Path(path).read_text(), name))["expires"]
    except (OSError, ValueError):
        return None
    return {"end": end} if end else None


class KubeconfigReconciliation:
    """One step of module magnum_kubeconfig: compare Magnum's CA and the file, renew that. settings: its arguments."""

    def __init__(self, magnum, settings):
        self.magnum, self.settings, self.path = magnum, settings, Path(settings["path"])

    def __call__(self, poll):
        settings, now = self.settings, datetime.datetime.now(datetime.UTC)
        try:
            ca = self.magnum.call("certificates.get", settings["cluster"]).pem
        except ResourceNotFound:
            if not poll.check_mode:
                raise
            poll.actions.append(f"write {self.path} with a new key (it does not exist)")
            return
        authority = self.valid_ca(ca, now, poll)
        text, mode = read(self.path)
        existing, reasons = {}, ["it does not exist"]
        if text is not None:
            try:
                existing = kubeconfig.own_parts(text, settings["name"])
            except ValueError as error:
                raise ImpossibleChange(
                    f"{self.path} was not written here for cluster {settings['name']}: {error}. "
                    "Move it away, and run again"
                ) from error
            reasons = kubeconfig.renewal_reasons(existing, settings["api_address"], ca, now)
        result = existing
        if reasons:
            result = {"server": settings["api_address"], "ca": authority}
            if not poll.check_mode:
                result = self.renew(ca, now)
            poll.actions.append(f"write {self.path} with a new key ({'; '.join(reasons)})")
        elif mode & 0o077:
            if not poll.check_mode:
                self.path.chmod(0o600)
            poll.actions.append(f"make {self.path} unreadable for others (mode {mode:04o}, now 0600)")
        poll.result |= {"path": str(self.path), **kubeconfig.facts(result)}
        poll.diff = self.diff(existing, result)

    def valid_ca(self, ca, now, poll):
        """The certificates of the CA, with a warning when it expires soon: nothing here can renew it."""
        name = self.settings["name"]
        try:
            authority = kubeconfig.load_ca(ca)
        except ValueError as error:
            raise ImpossibleChange(f"Magnum's answer is not the CA of cluster {name}: {error}") from error
        end = authority[0].not_valid_after_utc
        if end - now < datetime.timedelta(days=kubeconfig.RENEW_DAYS):
            poll.warnings = [
                f"the CA of cluster {name} expires on {end:%Y-%m-%d}, and then nobody can access the cluster. "
                f"Rotate it: openstack coe ca rotate {name}"
            ]
        return authority

    def renew(self, ca, now):
        """Have Magnum sign a new key and write it; returns what own_parts() reads then."""
        settings = self.settings
        key, request = kubeconfig.new_key()
        certificate = self.magnum.call("certificates.create", cluster_uuid=settings["cluster"], csr=request).pem
        text = kubeconfig.build(settings["name"], settings["api_address"], ca, certificate, key)
        written = kubeconfig.own_parts(text, settings["name"])
        if reasons := kubeconfig.renewal_reasons(written, settings["api_address"], ca, now, 0):
            raise ImpossibleChange(
                f"what Magnum signed for {self.path} cannot be used: {'; '.join(reasons)}. Run again"
            )
        try:
            write(self.path, text)
        except OSError as error:
            raise ImpossibleChange(f"{error.filename or self.path}: {error.strerror}") from error
        return written

    def diff(self, before, after):
        """What --diff shows: no secrets."""
        texts = [
            "".join(f"{name}: {value or '(unknown)'}\n" for name, value in kubeconfig.facts(parts).items())
            if parts
            else ""
            for parts in (before, after)
        ]
        headers = {"before_header": str(self.path), "after_header": str(self.path)}
        return {"before": texts[0], "after": texts[1], **headers} if texts[0] != texts[1] else None
