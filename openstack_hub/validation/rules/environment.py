"""Environment variables of user servers: those that the hub sets itself, and values that would stay no secrets."""

import re

from openstack_hub.platforms import PLATFORMS
from openstack_hub.schema import specification
from openstack_hub.validation.problems import Problem, show
from openstack_hub.validation.rules import entries
from openstack_hub.validation.secret_patterns import NAMES, PASSWORD_IN_ADDRESS, PRIVATE_KEY, TOKEN

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
IDLE = "the idle timeout is hub_idle, or idle of a profile: set it there and remove this"
# Settings of Jupyter that admins try as variables
TRAITS = re.compile(r"KernelManager|TerminalManager|cull_|shutdown_no_activity|activity_interval")
OURS = (  # names -> why a site must not set them; the first applies
    (r"JUPYTERHUB_ACTIVITY_INTERVAL", f"follows from the idle timeout; {IDLE}"),
    (r"CULL_.*", f"has no effect; {IDLE}"),
    (r"(MEM|CPU)_(LIMIT|GUARANTEE)", "follows from memory and cpu of the profile: remove it"),
    (r"NVIDIA_VISIBLE_DEVICES", "follows from gpus of the profile, so that nobody uses the GPUs of others: remove it"),
    (r"GRANT_SUDO", "follows from sudo of the profile: remove it"),
    (r"(JUPYTERHUB|JPY)_.*|CONFIGPROXY_AUTH_TOKEN", "JupyterHub sets it for each server: remove it"),
    (
        r"JUPYTER_(CONFIG_PATH|RUNTIME_DIR|NO_CONFIG|TOKEN|PASSWORD)|HUBKIT_.*",
        "servers are configured by it, and this project does so: remove it",
    ),
    (r"PATH|PYTHONPATH|PYTHONHOME", "would change which programs and packages the server itself finds: {install}"),
    (r"LD_PRELOAD|LD_AUDIT", "would be loaded into every program, also into the server itself: remove it"),
    (r"HOME|USER|LOGNAME|PWD", "follows from the account of the user: remove it"),
    (r"LISTEN_(FDS|PID|FDNAMES)|NOTIFY_SOCKET|INVOCATION_ID", "systemd sets it for each server: remove it"),
)
# By name and by value. Not secrets: TOKENIZERS_PARALLELISM, MAX_TOKENS, GOOGLE_APPLICATION_CREDENTIALS=/path/of/file
NAMES_OF_SECRETS = re.compile(rf"({NAMES}|secret|credential|(^|_)(auth|account)_?(key|token))s?(_|$)", re.IGNORECASE)
PLACES = re.compile(r"_(FILE|PATH|DIR|FOLDER|URL|URI|ENDPOINT|NAME|TYPE|PREFIX|HEADER)$", re.IGNORECASE)
HARMLESS = re.compile(r"|true|false|yes|no|on|off|none|null|[/~].*|https?://[^@\s]*", re.IGNORECASE)
TEXTS = re.compile(rf"{PRIVATE_KEY}|{PASSWORD_IN_ADDRESS}|{TOKEN}")
SECRET = "looks like a secret, which every user could read: remove it; users keep their own in their homes"
REPLACED = re.compile(r"\$\{?(HOME|USER|LOGNAME|PWD|NB_USER|JUPYTERHUB_USER|\w*PATH)\b\}?|\{username\}")


def environment_problems(v):
    own = {value for name in specification.secrets() if isinstance(value := v.get(name), str) and value}
    has_images = v["hub_platform"] and PLATFORMS[v["hub_platform"]].has_cluster
    install = "install packages in the image" if has_images else "list packages in hub_packages"
    maps = [(("hub_environment",), v["hub_environment"])]
    maps += [(("hub_profiles", i, "environment"), profile["environment"]) for i, profile in entries(v["hub_profiles"])]
    for path, variables in maps:
        for name, value in (variables or {}).items():
            if text := name_problem(name, install):
                yield Problem((*path, name), text)
            elif value is not None and is_secret(name, value, own):
                yield Problem((*path, name), SECRET)
            elif value is not None and (found := REPLACED.search(value)):
                text = f"{found[0]} is passed on as it is, nothing replaces it: write what it stands for"
                yield Problem((*path, name), text, warning=True)


def name_problem(name, install):
    """Why a site must not set the variable NAME, "" if it may. INSTALL: how it installs packages."""
    if TRAITS.search(name):
        return f"a setting of Jupyter, and no environment variable; {IDLE}"
    if name in ("True", "False", "None"):
        return f"YAML reads this name as {name.lower()}: put it in quotes"
    if not re.fullmatch(NAME, name):
        return f"{show(name)} is not a name of a variable: use letters, digits and underscores, no digit first"
    return next((text.format(install=install) for names, text in OURS if re.fullmatch(names, name)), "")


def is_secret(name, value, own):
    """Whether VALUE of the variable NAME is probably a secret, or is one of the site's OWN."""
    if value in own or TEXTS.search(value):
        return True
    if PLACES.search(name) or HARMLESS.fullmatch(value):
        return False
    found = NAMES_OF_SECRETS.search(name)
    is_limit = re.fullmatch(r"\d{1,7}(\.\d+)?", value) and not re.search("(?i)pass|pwd|secret", name)
    return bool(found and not is_limit)
