"""Problems as lines for the terminal: file and line first, so that editors can jump to them."""

from openstack_hub.schema import specification
from openstack_hub.schema.units import counted
from openstack_hub.validation.command_line import correction


def lines(problems, sources, given=(), places=None):
    """(warning, line) of each problem in the order of the files, each once.

    problems: (Source in which it was seen, or None; Problem). sources: in the order in which Ansible reads them; the
    last one that sets a variable applies. given: variables on the command line (-e), which override all files. places:
    `file:line` of those of them that are from files (-e @FILE).
    """
    by_place = {}
    for seen_in, original in problems:
        name = original.path[0] if original.path else ""
        place = (places or {}).get(name, "-e")
        problem = _corrected(original, given) if name in given and place == "-e" and not seen_in else original
        source, path = _place(problem, seen_in, [] if name in given else sources)
        if source:
            line, *_ = (path and source.find(path)) or (problem.line,)
            text, reading = problem.text, source.reading(path)
            is_hinted = reading and (reading in text or text.startswith(f"{source.hints[path][0]} "))
            if is_hinted and reading not in text:
                text = _hinted(text, reading)
            label = f"{source.label}:{line}: "
            key = (sources.index(source), line, label, problem.path, reading if is_hinted else text)
            by_place.setdefault(key, problem._replace(text=text))
        else:
            label = f"{place}: " if name in given else _home(problem, sources)
            if len(problem.path) > 1 and name not in given and not seen_in:
                problem = problem._replace(text=f"{problem.text} (this is the default: write {name} of your own)")
            by_place.setdefault((len(sources), 0, label, problem.path, problem.text), problem)
    ordered = sorted(by_place.items(), key=lambda item: item[0][:3])
    return [(problem.warning, f"{label}{problem}") for (_, _, label, *_), problem in ordered]


def _hinted(text, reading):
    """TEXT with what is behind it, unless it says already what to write instead."""
    if reading.startswith("YAML reads"):
        return f"{text} ({reading})"
    return text if ": write '" in text else f"{text.partition(': ')[0]}: {reading}"


def _place(problem, seen_in, sources):
    """(Source, path in it) of a problem: where it was seen, or the last that sets the variable or its secret."""
    if seen_in:
        return seen_in, problem.path
    for path in (problem.path, (f"vault_{'_'.join(map(str, problem.path))}",)):
        setting = [source for source in sources if path[0] in source.nodes]
        if source := next((s for s in reversed(setting) if s.is_for_all()), None) or next(iter(setting), None):
            return source, path
    return None, ()


def _corrected(problem, given):
    """PROBLEM of a variable on the command line, with what to write there if only its type is wrong."""
    name = problem.path[0]
    text = correction(name, given[name], None) if isinstance(given, dict) else ""
    return problem._replace(path=(name,), text=text) if text else problem


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
