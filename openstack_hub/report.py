"""Mistakes as lines for people: file and line first, as editors and terminals like it."""

from openstack_hub import spec
from openstack_hub.mistakes import dotted


def lines(mistakes, sources):
    """(warning, line) of each mistake in the order of the files, each once.

    mistakes: (Source in which it was seen, or None, Mistake); sources: in the order in which Ansible reads them, the
    last one that sets a variable counts.
    """
    found = {}
    for source, mistake in mistakes:
        at = source or next((s for s in reversed(sources) if mistake.path[0] in s.nodes), None)
        if at:
            line, _ = at.find(mistake.path)
            hint = at.misread.get(mistake.path, "")
            told = f"{hint} ({mistake.text})" if hint and hint != mistake.text else mistake.text
            key = (sources.index(at), line, f"{at.label}:{line}: ", mistake.path, hint or told)
            found.setdefault(key, mistake._replace(text=told))
        else:
            found.setdefault((len(sources), 0, _home(mistake, sources), mistake.path, mistake.text), mistake)
    told = sorted(found.items(), key=lambda item: item[0][:2])
    return [(mistake.warning, f"{label}{dotted(mistake.path)}: {mistake.text}") for (_, _, label, *_), mistake in told]


def _home(mistake, sources):
    """The file in which a variable that stands nowhere should stand."""
    at = spec.variables().get(mistake.path[0], {})
    for source in sources:
        if source.encrypted if at.get("kind") == "secret" else source.label.endswith(f"all/{at.get('file')}.yml"):
            return f"{source.label}: "
    return ""


def summary(errors, warnings, where):
    """The one sentence at the end."""
    count = f"{len(errors)} mistake{'' if len(errors) == 1 else 's'}" if errors else "no mistakes"
    told = f", {len(warnings)} warning{'' if len(warnings) == 1 else 's'}" if warnings else ""
    return f"{count}{told} in the variables of {where}" + ("; nothing was changed" if errors else "")
