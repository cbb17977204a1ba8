"""Names of variables that nothing reads, with what their author probably means."""

import re
import unicodedata

from openstack_hub.schema import specification
from openstack_hub.validation.intents import intent
from openstack_hub.validation.problems import match, meant, renamed

# Letters of other alphabets that look like Latin ones.
LOOK_ALIKES = str.maketrans("аеорсухіјһԁѕьοραυνι", "aeopcyxijhdsbopauvi")
# What they allow or order is done by one run: on the command line, and never again by what a file says.
ONE_RUN = (
    "accounts_disable", "accounts_enable", "accounts_reset", "audit_confirmation", "audit_erase", "cluster_recreate",
    "destroy_address", "destroy_cluster", "destroy_homes", "destroy_hub", "people_issuer", "people_move",
    "people_subject",
)  # fmt: skip
# Role variables that playbooks/destroy.yml sets.
DESTRUCTION = (
    "cloud_delete_address", "cluster_delete_homes", "destroy_given", "hub_kubernetes_cluster_removed",
    "hub_kubernetes_delete_homes", "hub_systemd_remove_homes",
)  # fmt: skip
UNUSED = "nothing refers to this variable: remove it, or correct its name"


def words_of_templates(sources, is_meant=lambda path: True):
    """The words in the templates of SOURCES at paths that ARE MEANT, among them the names of variables in them."""
    return {
        word
        for source in sources
        for path, node in source.scalars()
        if is_meant(path)
        if "{{" in node.value or "{%" in node.value
        for template in re.findall(r"\{\{.*?\}\}|\{%.*?%\}", node.value, re.DOTALL)
        for word in re.findall(r"\w+", template)
    }


def unknown_names(names, roles, used=frozenset(), keys=None, common=()):
    """(name, variable that is probably meant or None, message, whether it is a warning) of each name that is a mistake.

    roles: name of each role variable -> the value that the wiring gives it, or None. used: names to which the site
    refers. keys: name -> the keys of its map. common: names that apply to all hosts; the others may be read by other
    playbooks. Names with other prefixes than ours are the site's own, unless they resemble a declared variable that is
    not set, or are settings of another program.
    """
    known, former = list(specification.variables()), specification.renamed()
    prefixes = own_prefixes(roles)
    vaulted = {f"vault_{'_'.join(path)}": path[0] for name in known for path in secret_paths(name)}
    for name in names:
        near, warning = None, False
        if text := _of_one_run(name):
            pass
        elif name in former:
            near, text = former[name], renamed("variable", former[name], former[name] in names)
        elif roles.get(name) is not None:
            sources = dict.fromkeys(re.findall(rf"\b(?:{'|'.join(known)})\b", str(roles[name])))
            text = f"derived from {' and '.join(sources)}: remove it" if sources else "not for a site to set: remove it"
        elif name in known or name in roles or name in used or name in vaulted or name.startswith("ansible_"):
            continue
        elif (plain := _same(name, (*known, *vaulted))) and plain != name:
            near, text = vaulted.get(plain, plain), spelling(name, plain)
        elif name in common and (text := intent(name, (keys or {}).get(name, ()))):
            pass
        elif name.startswith("vault_"):
            candidates = [other for other in (*vaulted, *used) if other[:6] == "vault_" and other not in names]
            found = match(name, candidates)
            near, warning = vaulted.get(found), not found
            text = f"nothing refers to this secret; did you mean {found}?" if found else UNUSED
        elif name.startswith(prefixes):
            near = meant(name, known)
            key = name.partition("_")[2]
            other = f": {key} is a key of hub_profiles" if key in profile_keys() else ": docs/variables.md lists all"
            text = f"unknown variable{f'; did you mean {near}?' if near else other}"
        else:
            near = match(name, known) or (_without_prefix(name, known) if name in common else None)
            if near in names:
                near = None
            text, warning = (f"unknown variable; did you mean {near}?", False) if near else (UNUSED, True)
        if not warning or name in common:
            yield name, near, text, warning


def _of_one_run(name):
    """The message for a NAME that no file may set, or ""."""
    if name in ONE_RUN:
        return f"only counts on the command line of one run, -e {name}=...: remove this line"
    return "decided by the command line of playbooks/destroy.yml: remove it" if name in DESTRUCTION else ""


def secret_paths(name, spec=None):
    """The paths of the secrets in the variable NAME."""
    spec = spec or specification.variables()[name]
    if spec["type"] == "secret":
        return [(name,)]
    return [(name, *path) for part, sub in specification.children(spec) for path in secret_paths(part, sub)]


def profile_keys():
    return specification.variables()["hub_profiles"]["items"]["keys"]


def own_prefixes(roles):
    return tuple({f"{name.split('_')[0]}_" for name in (*specification.variables(), *roles)} | {"openstack_hub_"})


def plainly(name):
    """NAME as it looks: in lower case, with underscores, without invisible characters and foreign letters."""
    text = unicodedata.normalize("NFKC", str(name)).lower().translate(LOOK_ALIKES)
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn"))
    return re.sub(r"\W+", "_", text.strip()).strip("_")


def spelling(name, plain):
    """The message for NAME, which looks like the variable PLAIN."""
    foreign = next((c for c in name if not c.isascii()), "")
    if foreign:
        return f"unknown variable: the name contains {unicodedata.name(foreign, 'a control character')}; type {plain}"
    if re.sub(r"[\W_]", "", name).lower() == re.sub(r"_", "", plain) and "_" not in name and name.isidentifier():
        return f"unknown variable; did you mean {plain}?"
    rule = "in lower case" if plain == name.lower() else "with letters and underscores only"
    return f"unknown variable: names are written {rule}: {plain}"


def _same(name, known):
    """The one of KNOWN that NAME looks like, apart from capitals, separators and characters of other alphabets."""
    plain = plainly(name).replace("_", "")
    return next((other for other in known if other.replace("_", "") == plain), None)


def _without_prefix(name, known):
    return f"hub_{name}" if f"hub_{name}" in known else None
