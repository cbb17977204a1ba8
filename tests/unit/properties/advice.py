"""Follows the advice of messages: what the value is after an admin did as told."""

import copy
import re

import yaml

# Advice that only says what kind of value, that leaves a choice, or that is about another place.
PROSE = re.compile(
    r"`|\d+ characters|text, |namespace and|type: |\w+: .* instead of|\"\{\{.* here"
    r"|(the|at|an?|its?|what|file and|email|names?|this|that|one|another|exactly|both|letters|digits|use|where|them)\b"
    r"(?! such)"
)
LITERAL = (
    re.compile(r"write (?P<low>\S+) to (?P<high>\S+?)(, or 0 \(.*\))?$"),
    re.compile(r"write (?P<low>\S+) or more(, or 0 \(.*\))?$"),
    re.compile(r"such as (?P<value>.+?)( or [\w.]+|, or set .*)?$"),
    re.compile(r"write one of (?P<value>[^,]+)(,.*)?$"),
    re.compile(r"write (one, )?for example (?P<value>.+?)(, or remove the (dash|line.*))?$"),
    re.compile(r"did you mean (?P<value>.+)\?$"),
    re.compile(r"for a file in the site folder write (?P<value>.+)$"),
    re.compile(r"\bwrite (?P<value>.+?)(, without quotes|, or remove the dash| or false| \(never\))?$"),
)
REMOVE = re.compile(r"remove (it|this line|the line|one|one of the two|the step)( here)?\b(?!,)|leave it out$")
KEY = re.compile(
    r"^(unknown key|'[^']*' is not (a known advisory|what images|a valid label key"
    r"|a registry: (write its host name|in the name)))"
)


def followed(problem, variables):
    """VARIABLES after each literal advice of PROBLEM was followed: a list, of none if there is only prose."""
    text = problem.text
    if re.search(r"set \w+ as well", text):
        return []
    if re.search("remove it, or write", text):
        return [_removed(problem, variables)]
    for pattern in LITERAL:
        if found := pattern.search(text):
            parts = [part for part in found.groupdict().values() if part is not None]
            return [] if PROSE.match(parts[0]) else [_changed(problem, variables, part) for part in parts]
    return [_removed(problem, variables)] if REMOVE.search(text) else []


def _changed(problem, variables, part):
    changed, (*above, last) = copy.deepcopy(variables), problem.path
    holder = _holder(changed, above)
    if KEY.search(problem.text):
        holder[part] = holder.pop(_key(holder, last))
    elif re.search(r"is \d+ entries in one text", problem.text):
        holder[last : last + 1] = yaml.safe_load(f"[{part}]")
    else:
        holder[_key(holder, last)] = yaml.safe_load(part.replace("{{ inventory_dir }}", "/site"))
    return changed


def _removed(problem, variables):
    path = problem.path
    while re.search("one of the two|the step", problem.text) and not isinstance(path[-1], int) and len(path) > 1:
        path = path[:-1]  # the entry of the list
    changed, (*above, last) = copy.deepcopy(variables), path
    holder = _holder(changed, above)
    if isinstance(holder, list) or _key(holder, last) in holder:
        del holder[_key(holder, last)]
    return changed


def _holder(value, path):
    for part in path:
        if isinstance(value, dict) and _key(value, part) not in value:
            value[part] = {}
        value = value[_key(value, part)]
    return value


def _key(holder, part):
    """The key of HOLDER that a message calls PART: keys that are no texts are shown as text."""
    return next((key for key in holder if str(key) == part), part) if isinstance(holder, dict) else part
