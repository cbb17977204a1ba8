"""Helm's record of a release, and whether it matches the variables. Pure functions.

A revision is a Secret `sh.helm.release.v1.NAME.vN` whose label `status` says how far it got.
"""

import base64
import gzip
import hashlib
import json

import yaml

LONG = 200  # characters without white space: a zip, not for readers


def newest(records):
    """The latest of the Secrets of a release (metadata is enough); None when there is none."""
    return max(records, key=lambda record: int(record["metadata"]["labels"]["version"]), default=None)


def decode(secret):
    """The release in a revision's Secret: name, version, info, chart, config (the values), manifest."""
    return json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))


def unlock_patch(secret):
    """What to merge into the Secret of an abandoned revision, so that Helm can continue."""
    release = decode(secret)
    release["info"] |= {"status": "failed", "description": f"was {status(secret)} when the run that created it ended"}
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    return {
        "metadata": {
            "labels": {"status": "failed"},
            "resourceVersion": secret["metadata"]["resourceVersion"],  # refused when somebody else was quicker
        },
        "data": {"release": packed},
    }


def status(record):
    return record["metadata"]["labels"]["status"]


def locked(record):
    """Whether Helm refuses to touch the release because another Helm seems to be working on it."""
    return record is not None and (status(record).startswith("pending-") or status(record) == "uninstalling")


def abandoned(record, host_label, host, age, timeout):
    """Whether nobody works on a locked revision any more.

    A run on this machine holds a lock of its own as long as its Helm runs, so a revision of HOST is abandoned. One of
    another machine is abandoned after TIMEOUT seconds, which no hook may exceed. age: seconds since it was written.
    """
    return record["metadata"]["labels"].get(host_label) == host or age > timeout


def upgrade_reasons(release, chart, values, missing, same_file=True):
    """Why Helm has to run: [reason, ...]; [] when the release is as desired.

    release: as decode() returns it, or None. chart: "NAME-VERSION". values: the desired ones. missing: names of objects
    of the release that do not exist. same_file: whether the release was made from the chart file that is used now.
    """
    if release is None:
        return ["none exists yet"]
    reasons = []
    if release["info"]["status"] != "deployed":
        reasons.append(f"it is {release['info']['status']}: {release['info'].get('description', '')}".rstrip(": "))
    if chart_name(release) != chart:
        reasons.append(f"its chart is {chart_name(release)}, not {chart}")
    elif not same_file:
        reasons.append(f"the file of chart {chart} has changed")
    if differences := sorted(different_paths(release.get("config") or {}, values)):
        reasons.append(f"other values: {', '.join(differences)}")
    if missing:
        reasons.append(f"missing: {', '.join(missing)}")
    return reasons


def chart_name(release):
    """NAME-VERSION of a release's chart."""
    return "{name}-{version}".format(**release["chart"]["metadata"])


def different_paths(before, after, depth=2):
    """Paths, at most DEPTH keys long, at which two trees of values differ."""
    for key in {*before, *after}:
        one, two = before.get(key), after.get(key)
        if one == two and (key in before) == (key in after):
            continue
        if depth > 1 and isinstance(one, dict) and isinstance(two, dict):
            yield from (f"{key}.{path}" for path in different_paths(one, two, depth - 1))
        else:
            yield key


def values_text(chart, values):
    """Values as YAML for a diff: instead of a zip its size and hash."""
    return yaml.safe_dump({"chart": chart, "values": _shortened(values)}, sort_keys=True, width=120)


def _shortened(value):
    if isinstance(value, dict):
        return {key: _shortened(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_shortened(entry) for entry in value]
    if isinstance(value, str) and len(value) > LONG and not value.split()[1:]:
        return f"({len(value)} characters, SHA-256 {hashlib.sha256(value.encode()).hexdigest()[:16]})"
    return value


def manifests(release):
    """The manifests of the objects that the release consists of."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [manifest for manifest in yaml.load_all(release["manifest"], loader) if manifest]
