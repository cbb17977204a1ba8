"""hub_values_overrides: what the chart does not accept, what this project needs unchanged, and secrets."""

from openstack_hub.chart import hub_config, reserved, schema
from openstack_hub.schema import corrections, specification
from openstack_hub.validation.problems import Problem, show
from openstack_hub.validation.rules import entries
from openstack_hub.validation.rules.override_pods import pod_problems
from openstack_hub.validation.rules.override_secrets import is_secret_name, secret_problems

VARIABLE = "hub_values_overrides"
PRIVATE = ("singleuser", "networkPolicy", "egressAllowRules", "privateIPs")
OPEN = (
    "users then reach all private addresses, also those of the nodes; to open only some networks write "
    "networkPolicy: {egress: [{to: [{ipBlock: {cidr: 10.30.0.0/24}}]}]}"
)
ROLE_LISTS = ("scopes", "users", "groups", "services")
GONE = "the value after the colon is missing, which removes what is set there: write one, or remove the line"


def override_problems(v):
    values = v[VARIABLE]
    if not values:
        return
    found = []
    for rule in (
        config_problems(values),
        kept_problems(values, reserved.our_values(), (), v),
        mount_problems(values),
        pod_problems(values, level(v)),
    ):
        found += outside(rule, {path for path, _ in found})
    # Also where a part of the map is wrong, unless all of it has to go.
    found += outside(secret_problems(values, v), {path for path, text in found if "remove it" in text})
    found += outside(schema_problems(values, v), {path for path, _ in found})
    for path, text in found:
        yield Problem((VARIABLE, *path), text, warning=path in ((), PRIVATE))


def level(v):
    """The Pod Security Standard that the namespace enforces, as far as the profiles are known."""
    needs_baseline = any(profile["sudo"] or profile["mounts"] for _, profile in entries(v["hub_profiles"]))
    return "baseline" if needs_baseline else "restricted"


def outside(problems, reported):
    """Those of PROBLEMS that are not at or below a path in REPORTED: one reason is enough."""
    return [
        (path, text)
        for path, text in problems
        if not any(path[:length] in reported for length in range(1, len(path) + 1))
    ]


def kept_problems(over, ours, path, v):
    """(path, message) of what would replace or remove a value of OURS, or one that a variable sets."""
    rule = reserved.reserved(path)
    if rule and rule.forbids(over):
        yield path, short_timeout(path, over, v) + rule.reason
    elif rule and not rule.kinds:
        return
    elif path == PRIVATE and over is True:
        yield path, OPEN
    elif over is None:
        if ours not in ({}, None):
            yield path, GONE
    elif isinstance(over, dict) and isinstance(ours, dict | None):
        for key, value in over.items():
            yield from kept_problems(value, (ours or {}).get(str(key), {}), (*path, str(key)), v)
    elif isinstance(ours, dict) and ours:
        yield path, f"{kind(over)} would replace the map that is set there: write a map, {{NAME: value}}"
    elif isinstance(ours, list) and isinstance(over, list) and all(isinstance(each, dict) for each in ours):
        names = [entry.get("name") for entry in ours]
        for i, entry in enumerate(over):
            if isinstance(entry, dict) and entry.get("name") in names:
                yield (*path, i, "name"), f"{show(entry['name'])} is the name of one of ours: choose another name"
    elif ours not in ({}, over) and not reserved.is_adjustable(path):
        yield path, f"{reserved.reason(path)}: remove it"


def short_timeout(path, value, v):
    minutes = v["cluster_node_minutes"]
    if path != ("singleuser", "startTimeout") or not minutes or not isinstance(value, int) or value >= 60 * minutes:
        return ""
    return f"{value} seconds are too short if a new node takes {minutes} minutes; "


def config_problems(values):
    """(path, message) of what hub.config, hub.extraConfig and singleuser.extraEnv set although hubkit does."""
    for name in below(values, "singleuser", "extraEnv"):
        if any(reserved.matches(pattern, name) for pattern in reserved.SERVER_ENVIRONMENT):
            yield ("singleuser", "extraEnv", name), "the hub sets it in every user server: remove it"
    for name, traits in below(values, "hub", "config").items():
        if name.endswith("Authenticator"):
            yield ("hub", "config", name), hub_config.refusal(name, "")
            continue
        for trait in traits if isinstance(traits, dict) else ():
            if text := hub_config.refusal(name, trait):
                yield ("hub", "config", name, trait), text
    for name in below(values, "hub", "loadRoles"):
        for key, value in below(values, "hub", "loadRoles", name).items():
            if key in ROLE_LISTS and not isinstance(value, list):
                yield ("hub", "loadRoles", name, key), f"{kind(value)} is not a list: write {listed(value)}"
    for entry, code in below(values, "hub", "extraConfig").items():
        path = ("hub", "extraConfig", entry)
        if isinstance(code, str):
            yield from ((path, text) for text in code_problems(entry, code))
        elif code is not None:
            yield path, f"{kind(code)} is not Python: write the code as text, with | after the colon"


def code_problems(entry, code):
    """Messages about the Python CODE of an ENTRY of hub.extraConfig; it never shows a line of it."""
    try:
        found = sorted(hub_config.assignments(code))
        secrets = sorted(hub_config.secret_assignments(code, is_secret_name))
    except (SyntaxError, ValueError) as error:
        yield f"line {getattr(error, 'lineno', None) or 1} is not valid Python, so the hub would not start: correct it"
        return
    for line, name in secrets:
        yield f"line {line} sets the secret {name}: {reserved.NO_SECRETS}; read it from a file of a Secret instead"
    for line, name, trait in found:
        setting = f"c.{name}.{trait}"
        if text := hub_config.refusal(name, trait):
            yield f"line {line} sets {setting}: {text}"
        elif name == "JupyterHub" and trait in hub_config.EXTENDED and entry > hub_config.ENTRY:
            yield f"line {line} replaces {setting}, to which this project adds: write += instead of ="


def mount_problems(values):
    """(path, message) of files and volumes that have the name or the place of another one in the pod."""
    for part, *below_storage in (("hub",), ("singleuser", "storage")):
        taken = [*reserved.mount_paths(reserved.our_values()[part]), *reserved.CHART_MOUNTS[part]]
        for path in ((part, "extraFiles"), (part, *below_storage, "extraVolumeMounts")):
            for key, entry in entries_at(values, path):
                if (place := entry.get("mountPath")) in taken:
                    yield (*path, key, "mountPath"), f"{show(place)} is already mounted: choose another path"
    for key, entry in entries_at(values, ("hub", "extraVolumes")):
        if (name := entry.get("name")) in reserved.CHART_VOLUMES:
            yield ("hub", "extraVolumes", key, "name"), f"{show(name)} is a volume of the chart: choose another name"


def schema_problems(values, v):
    """(path, message) of what the chart does not accept."""
    accepted = schema.schema_of(v["hub_chart_version"], v["hub_chart_path"])
    if accepted is None:
        if v["hub_chart_version"]:
            text = (
                f"the values of chart {v['hub_chart_version']} are not known here, so that only Helm finds wrong ones"
            )
            yield (), f"{text}: to check them now, set hub_chart_path to the packaged chart"
        return
    for path, text, near in schema.value_problems(accepted, values):
        if path[-1] in specification.variables():
            yield path, "this is a variable of its own, not one of the chart: move it out of hub_values_overrides"
            continue
        rule = near and next(filter(None, (reserved.reserved(near[: i + 1]) for i in range(len(near)))), None)
        # The advice must not be refused in turn.
        yield path, f"the chart has no such value here; {'.'.join(near)}: {rule.reason}" if rule else text


def listed(value):
    return f"[{', '.join(corrections.split(value))}]" if isinstance(value, str) else "[NAME, …]"


def kind(value):
    return "a list" if isinstance(value, list) else "a text" if isinstance(value, str) else "this"


def below(values, *path):
    """The map at PATH, {} where there is none."""
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return {str(key): value for key, value in values.items()} if isinstance(values, dict) else {}


def entries_at(values, path):
    """(key or index, entry) of each map in the map or list at PATH."""
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    found = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    return [(key, entry) for key, entry in found if isinstance(entry, dict)]
