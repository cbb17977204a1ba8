"""Problems as lines for the terminal: file and line first, so that editors can jump to them."""

from openstack_hub.schema import specification
from openstack_hub.schema.units import counted


def lines(problems, sources, given=()):
    """(warning, line) of each problem in the order of the files, each once.

    problems: (Source in which it was seen, or None; Problem). sources: in the order in which Ansible reads them; the
    last one that sets a variable applies. given: names on the command line (-e), which override all files.
    """
    by_place = {}
    for seen_in, problem in problems:
        name = problem.path[0]
        setting = [source for source in sources if name in source.nodes and name not in given]
        source = seen_in or next((s for s in reversed(setting) if s.is_for_all()), None) or next(iter(setting), None)
        if source:
            line, _ = source.find(problem.path)
            text, reading = problem.text, source.reading(problem.path)
            if reading and text.startswith(f"{source.hints[problem.path][0]} "):
                text = f"{text} ({reading})"
            label = f"{source.label}:{line}: "
            key = (sources.index(source), line, label, problem.path, (reading in text and reading) or text)
            by_place.setdefault(key, problem._replace(text=text))
        else:
            label = "-e: " if name in given else _home(problem, sources)
            by_place.setdefault((len(sources), 0, label, problem.path, problem.text), problem)
    ordered = sorted(by_place.items(), key=lambda item: item[0][:3])
    return [(problem.warning, f"{label}{problem}") for (_, _, label, *_), problem in ordered]


def _home(problem, sources):
    """The file in which a variable that is set nowhere belongs."""
    variable = specification.variables().get(problem.path[0])
    if variable is None:
        return ""
    vaults = [source.label for source in sources if source.encrypted]
    file = "vault" if variable["type"] == "secret" else variable["file"]
    return f"{vaults[0] if vaults and file == 'vault' else f'group_vars/all/{file}.yml'}: "


def summary(errors, warnings, site):
    """One line with the number of problems in SITE."""
    count = counted(len(errors), "problem") if errors else "no problems"
    more = f", {counted(len(warnings), 'warning')}" if warnings else ""
    return f"{count}{more} in the variables of {site}" + ("; nothing was changed" if errors else "")
