"""Reads the certificates that the variables name; what is wrong with them is found in certificates.py."""

import datetime

from openstack_hub.schema.types import EXAMPLE_DOMAIN
from openstack_hub.validation.certificates import certificate_problems
from openstack_hub.validation.problems import Problem

FILE, KEY = ("hub_certificate", "file"), ("hub_certificate", "key")
AUTHORITIES = ("hub_iam_ca",), ("verify_ca_file",)


def certificate_file_problems(v, is_file, read_file):
    """[Problem] of the files. V: the parsed variables. read_file: path -> (bytes, mode), or OSError."""
    certificate = v["hub_certificate"] or {}
    names = {FILE: certificate.get("file"), KEY: certificate.get("key")}
    names |= {path: v[path[0]] for path in AUTHORITIES}
    problems, content, modes = [], {}, {}
    for path, name in names.items():
        if name and is_file(name):
            try:
                content[path], modes[path] = read_file(name)
            except OSError as error:
                text = f"{name} cannot be read ({error.strerror}): allow the user who runs Ansible to read it"
                problems.append(Problem(path, text))
    now, domain = datetime.datetime.now(datetime.UTC), v["hub_domain"]
    if domain and EXAMPLE_DOMAIN.search(domain):  # which is a problem of its own
        domain = None
    pair = [content.get(path) for path in (FILE, KEY)]
    for key, text, warning in certificate_problems(*pair, (names[FILE], names[KEY]), domain, now):
        problems.append(Problem(("hub_certificate", key), text, warning=warning))
    if modes.get(KEY, 0) & 0o004:
        text = f"every user of this computer can read {names[KEY]}: run chmod 600 {names[KEY]}"
        problems.append(Problem(KEY, text, warning=True))
    return [*problems, *_authority_problems(names, content, now)]


def _authority_problems(names, content, now):
    for path in (path for path in AUTHORITIES if path in content):
        from openstack_hub.authorities import authority_problem  # slow to import, and not always needed

        text, warning = authority_problem(content[path], now)
        if text:
            yield Problem(path, f"{names[path]} {text}", warning)
