"""What Helm has recorded about a release, and whether that is what is wanted. Plain data; touches no cluster.

A revision is a Secret `sh.helm.release.v1.NAME.vN` whose label `status` says how far it came.
"""

import base64
import gzip
import hashlib
import json

import yaml

LONG = 200  # characters without white space that no one reads: a zip


def newest(records):
    """The latest of the Secrets of a release (metadata is enough); None when there is none."""
    return max(records, key=lambda record: int(record["metadata"]["labels"]["version"]), default=None)


def decode(secret):
    """The release in a revision's Secret: name, version, info, chart, config (the values), manifest."""
    return json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))


def unlocked(secret):
    """What to merge into the Secret of a revision that nobody works on any more, so that Helm goes on from there."""
    release = decode(secret)
    release["info"] |= {"status": "failed", "description": f"was {status(secret)} when the run that made it ended"}
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
    """Whether Helm refuses to touch the release because another Helm seems to be at work."""
    return record is not None and (status(record).startswith("pending-") or status(record) == "uninstalling")


def left(record, host_label, host, age, timeout):
    """Whether nobody works on a locked revision any more.

    A run on this machine holds a lock of its own as long as its Helm lives, so one of HOST is over. Any other one is
    after TIMEOUT seconds, which no hook may take. age: its seconds.
    """
    return record["metadata"]["labels"].get(host_label) == host or age > timeout


def reasons(release, chart, values, missing, same_file=True):
    """Why Helm has to run, in words; [] when the cluster has what is wanted.

    release: as decode() returns it, or None. chart: "NAME-VERSION". values: as they are to be. missing: objects of the
    release that are not there. same_file: whether it was made from the very chart that is there now.
    """
    if release is None:
        return ["there is none yet"]
    why = []
    if release["info"]["status"] != "deployed":
        why.append(f"it is {release['info']['status']}: {release['info'].get('description', '')}".rstrip(": "))
    if named(release) != chart:
        why.append(f"its chart is {named(release)}, not {chart}")
    elif not same_file:
        why.append(f"chart {chart} is another file than it was")
    if other := sorted(different(release.get("config") or {}, values)):
        why.append(f"other values: {', '.join(other)}")
    if missing:
        why.append(f"not there: {', '.join(missing)}")
    return why


def named(release):
    return "{name}-{version}".format(**release["chart"]["metadata"])


def different(before, after, depth=2):
    """Paths, at most DEPTH keys long, at which two trees of values differ."""
    for key in {*before, *after}:
        one, two = before.get(key), after.get(key)
        if one == two and (key in before) == (key in after):
            continue
        if depth > 1 and isinstance(one, dict) and isinstance(two, dict):
            yield from (f"{key}.{path}" for path in different(one, two, depth - 1))
        else:
            yield key


def shown(chart, values):
    """Values for people, as YAML: instead of a zip its size and hash."""
    return yaml.safe_dump({"chart": chart, "values": _shortened(values)}, sort_keys=True, width=120)


def _shortened(value):
    if isinstance(value, dict):
        return {key: _shortened(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_shortened(entry) for entry in value]
    if isinstance(value, str) and len(value) > LONG and not value.split()[1:]:
        return f"({len(value)} characters, SHA-256 {hashlib.sha256(value.encode()).hexdigest()[:16]})"
    return value


def objects(release):
    """{(apiVersion, kind): names} of the namespace's objects that the release is made of; without cluster-wide ones."""
    found = {}
    for document in yaml.load_all(release["manifest"], getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if document and not document["kind"].startswith("Cluster") and document["kind"] != "PriorityClass":
            found.setdefault((document["apiVersion"], document["kind"]), set()).add(document["metadata"]["name"])
    return found


def plural(kind):
    """As the API's paths have it."""
    name = kind.lower()
    return name[:-1] + "ies" if name.endswith("y") else name + ("es" if name.endswith("s") else "s")
