"""Variables that stand in the wrong place of their file: below another key, or outside of their variable."""

import yaml

from openstack_hub.schema import specification
from openstack_hub.validation.problems import Problem
from openstack_hub.validation.variable_names import plainly


def layout_problems(source, used):
    """(Problem, names of the variables that are meant) of keys at the top of SOURCE. used: names to which it refers."""
    known, above = specification.variables(), None
    for name, (_, node) in source.nodes.items():
        if name in known or name in used or name[:6] == "vault_":
            above = name if name in known else None
        elif names := set(_variables_below(node)):
            text = "the variables below it are not read: remove this line, and the indentation of those below"
            yield Problem((name,), text), {variable.removeprefix("vault_") for variable in names}
        elif above and plainly(name) in _keys(known[above]) and _could_continue(source.nodes[above][1]):
            where = "to the column of the entry's first key" if known[above]["type"] == "list" else "by two spaces"
            yield Problem((name,), f"a key of {above}, which is above: indent this line {where}"), {above}


def _variables_below(node, depth=3):
    if isinstance(node, yaml.SequenceNode):
        for entry in node.value:
            yield from _variables_below(entry, depth)
    elif isinstance(node, yaml.MappingNode) and depth:
        for key, value in node.value:
            if key.value in specification.variables() or str(key.value)[:6] == "vault_":
                yield key.value
            else:
                yield from _variables_below(value, depth - 1)


def _keys(spec):
    """The keys that SPEC or the items of its list may have, at any depth."""
    for part, sub in specification.children(spec):
        if part != "[]":
            yield part
        if sub["type"] in ("list", "map"):
            yield from _keys(sub)


def _could_continue(node):
    """Whether a key that is indented too little could belong to NODE."""
    return node.tag.endswith(":null") or (not isinstance(node, yaml.ScalarNode) and not node.flow_style)
