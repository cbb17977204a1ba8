"""JSON Schemas of openstack.yml and jupyterhub.yml: editors complete names and show mistakes while one writes.

Draft 7, which every editor knows. What a schema cannot say, `make validate` says: bounds of sizes and times, what a
platform lacks, rules between values. Any value may be a template; nobody can look inside before Ansible fills it in.
errorMessage and enumDescriptions are what yaml-language-server (VS Code, Neovim, Emacs) shows; others pass them over.
"""

from openstack_hub.generate import describe
from openstack_hub.schema import specification, types
from openstack_hub.schema.units import parse_size

ROLE_TYPES = {"str": "string", "path": "string", "int": "integer", "bool": "boolean", "list": "array", "dict": "object"}


def schema(file, options):
    """The schema of FILE, openstack or jupyterhub.

    options: name -> argument spec, of the roles' variables that a site may set. Names with the prefixes of FILE that do
    not exist are wrong; what has another prefix is the site's own.
    """
    variables = {name: variable for name, variable in specification.variables().items() if variable["file"] == file}
    known = {name: node(variable, name) for name, variable in variables.items()}
    known |= {old: renamed(new) for old, new in specification.renamed().items() if new in variables}
    if file == "jupyterhub":
        known |= {name: option_node(option, name) for name, option in options.items()}
    prefixes = sorted({name.split("_")[0] for name in known})
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": "Made by `make docs` from openstack_hub/variables.",
        "title": f"{file}.yml",
        "type": ["object", "null"],
        "properties": known,
        "patternProperties": {f"^(?!({'|'.join(prefixes)})_)": {}},
        "additionalProperties": False,
    }


def node(variable, name=""):
    """The schema of a value that VARIABLE describes."""
    found = _or_template(_SHAPES.get(variable["kind"], _scalar)(variable))
    if variable.get("optional") and "type" in found:
        found["type"] = [*found["type"], "null"]
    return _about(variable, name) | found


def option_node(option, name):
    """The schema of a role's variable, from its argument spec."""
    found = _or_template({"type": [ROLE_TYPES[option.get("type", "str")]]})
    return {"title": name, "description": option["description"]} | found


def renamed(name):
    return {"deprecated": True, "deprecationMessage": f"this is now called {name}", "doNotSuggest": True}


def _about(variable, name):
    """What an editor tells. It inserts examples as they stand, so that only plain ones may stand apart."""
    if "text" not in variable:
        return {"title": variable["what"]} if "what" in variable else {}
    example, default = variable.get("example"), variable.get("default")
    plain = not isinstance(example, dict | list) and "{{" not in str(example)
    facts = [
        describe.bounds(variable),
        default and f"default: {describe.in_line(default)}",
        not plain and f"example: {describe.in_line(example)}",
        *describe.states(variable),
    ]
    told = {"title": name, "description": " ".join([variable["text"], *map(describe.sentence, filter(None, facts))])}
    told |= {} if default is None else {"default": default}
    return told | ({"examples": [example]} if plain and example is not None else {})


def _or_template(found):
    """FOUND, or a template, which is a text that holds braces."""
    if "type" not in found:
        return found
    if "pattern" in found or "string" not in found["type"]:
        found["pattern"] = "|".join(filter(None, [found.get("pattern"), types.TEMPLATE]))
    return found | {"type": [*found["type"], *({"string"} - set(found["type"]))]}


def _refusal(variable):
    """What `make validate` says about a value that is nothing of the kind."""
    if variable["kind"] == "secret":
        return "a secret in clear text: move it into the encrypted vault.yml (make vault-edit)"
    try:
        getattr(types, variable["kind"])("" if variable["kind"] == "flag" else True, variable)
    except ValueError as error:
        return f"this {str(error).partition(' ')[2]}"


def _scalar(variable):
    kind = variable["kind"]
    if kind == "anything":
        return {}
    fragment = types.SCHEMAS[kind] if kind in types.SCHEMAS else getattr(types, kind).schema
    found = fragment | {"errorMessage": _refusal(variable)}
    if kind in ("size", "number", "count"):
        for key, bound in (("minimum", variable.get("min")), ("maximum", variable.get("max"))):
            found |= {} if bound is None else {key: parse_size(bound) if kind == "size" else bound}
    if kind == "time" and ("or_zero" in variable or "min" not in variable):
        found["type"] = ["string", "integer"]
        found |= {"if": {"type": "integer"}, "then": {"const": 0, "errorMessage": found["errorMessage"]}}
    if variable.get("odd"):
        found["not"] = {"type": "integer", "multipleOf": 2}
    if variable.get("default") == "":
        del found["pattern"]
    return found


def _choice(variable):
    choices = variable["choices"]
    told = ["; ".join([about.get("text", word), *describe.states(about, word)]) for word, about in choices.items()]
    nothing = [None] if variable.get("optional") else []
    word = {"enum": [*choices, *nothing], "enumDescriptions": told, "errorMessage": _refusal(variable)}
    return {"anyOf": [word, {"title": "template", "type": "string", "pattern": types.TEMPLATE}]}


def _list(variable):
    found = {
        "type": ["array"],
        "items": node(variable["items"]),
        "patternErrorMessage": f"this is not a {describe.value(variable)}",
    }
    found |= {"minItems": 1} if "nonempty" in variable else {}
    return found | ({"uniqueItems": True} if variable["items"]["kind"] != "map" else {})


def _map(variable):
    keys = variable["keys"]
    required = [key for key, sub in keys.items() if sub.get("required")]
    return {
        "type": ["object"],
        "properties": {key: node(sub, key) for key, sub in keys.items()},
        "required": required,
        "additionalProperties": False,
        "patternErrorMessage": f"this is not {variable['what']} with {', '.join(required or keys)}",
    }


def _mapping(variable):
    told = f"this is not a {describe.value(variable)}"
    return {"type": ["object"], "additionalProperties": node(variable["values"]), "patternErrorMessage": told}


_SHAPES = {"choice": _choice, "list": _list, "map": _map, "mapping": _mapping}
