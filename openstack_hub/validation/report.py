"""Mistakes as lines for people: file and line first, as editors and terminals like it."""

from openstack_hub.schema import specification


def lines(mistakes, sources, given=()):
    """(warning, line) of each mistake in the order of the files, each once.

    mistakes: (Source in which it was seen, or None, Mistake); sources: in the order in which Ansible reads them, the
    last one that sets a variable counts; given: names on the command line (-e), which win over all files.
    """
    found = {}
    for source, mistake in mistakes:
        name = mistake.path[0]
        holders = [s for s in sources if name in s.nodes and name not in given]
        at = source or next((s for s in reversed(holders) if s.is_for_all()), None) or next(iter(holders), None)
        if at:
            line, _ = at.find(mistake.path)
            told, reading = mistake.text, at.reading(mistake.path)
            if reading and told.startswith(f"{at.misread[mistake.path][1]} "):
                told = f"{told} ({reading})"
            key = (sources.index(at), line, f"{at.label}:{line}: ", mistake.path, (reading in told and reading) or told)
            found.setdefault(key, mistake._replace(text=told))
        else:
            label = "-e: " if name in given else _home(mistake, sources)
            found.setdefault((len(sources), 0, label, mistake.path, mistake.text), mistake)
    told = sorted(found.items(), key=lambda item: item[0][:3])
    return [(mistake.warning, f"{label}{mistake}") for (_, _, label, *_), mistake in told]


def _home(mistake, sources):
    """The file in which a variable that stands nowhere should stand."""
    at = specification.variables().get(mistake.path[0])
    if at is None:
        return ""
    vaults = [source.label for source in sources if source.encrypted]
    file = "vault" if at["kind"] == "secret" else at["file"]
    return f"{vaults[0] if vaults and file == 'vault' else f'group_vars/all/{file}.yml'}: "


def summary(errors, warnings, where):
    """The one sentence at the end."""
    count = f"{len(errors)} mistake{'' if len(errors) == 1 else 's'}" if errors else "no mistakes"
    told = f", {len(warnings)} warning{'' if len(warnings) == 1 else 's'}" if warnings else ""
    return f"{count}{told} in the variables of {where}" + ("; nothing was changed" if errors else "")
