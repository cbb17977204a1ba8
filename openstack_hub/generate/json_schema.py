"""JSON Schemas of openstack.yml and jupyterhub.yml, with which editors complete names and mark problems.

Draft 7, which all editors support. `make validate` checks what a schema cannot express: bounds of sizes and times,
platforms, rules between values. Any value may be a template, which only Ansible can evaluate. errorMessage and
enumDescriptions are extensions of yaml-language-server (VS Code, Neovim, Emacs); other editors ignore them.
"""

from openstack_hub.generate import describe
from openstack_hub.schema import specification, types
from openstack_hub.schema.units import parse_size

ROLE_TYPES = {"str": "string", "path": "string", "int": "integer", "bool": "boolean", "list": "array", "dict": "object"}


def json_schema(file, options):
    """The schema of FILE, openstack or jupyterhub.

    options: name -> argument spec of each role variable that a site may set. Unknown names with the prefixes of FILE
    are errors; names with other prefixes are the site's own.
    """
    variables = {name: variable for name, variable in specification.variables().items() if variable["file"] == file}
    known = {name: node(variable, name) for name, variable in variables.items()}
    known |= {old: renamed_node(new) for old, new in specification.renamed().items() if new in variables}
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
    """The schema of a value of VARIABLE."""
    schema = _or_template(_NODES.get(variable["type"], _scalar)(variable))
    if variable.get("optional") and "type" in schema:
        schema["type"] = [*schema["type"], "null"]
    return _about(variable, name) | schema


def option_node(option, name):
    """The schema of a role variable, from its argument spec."""
    schema = _or_template({"type": [ROLE_TYPES[option.get("type", "str")]]})
    return {"title": name, "description": option["description"]} | schema


def renamed_node(name):
    """The schema of a former name of the variable or key NAME."""
    return {"deprecated": True, "deprecationMessage": f"this is now called {name}", "doNotSuggest": True}


def _about(variable, name):
    """Title and description for editors. They insert `examples` literally, so complex ones go into the description."""
    if "text" not in variable:
        return {"title": variable["what"]} if "what" in variable else {}
    example, default = variable.get("example"), variable.get("default")
    is_plain = not isinstance(example, dict | list) and "{{" not in str(example)
    facts = [
        describe.bounds(variable),
        default and f"default: {describe.in_line(default)}",
        not is_plain and f"example: {describe.in_line(example)}",
        *describe.states(variable),
    ]
    about = {"title": name, "description": " ".join([variable["text"], *map(describe.sentence, filter(None, facts))])}
    about |= {} if default is None else {"default": default}
    return about | ({"examples": [example]} if is_plain and example is not None else {})


def _or_template(schema):
    """SCHEMA, extended by templates, which are strings with braces."""
    if "type" not in schema:
        return schema
    if "pattern" in schema or "string" not in schema["type"]:
        schema["pattern"] = "|".join(filter(None, [schema.get("pattern"), types.TEMPLATE]))
    return schema | {"type": [*schema["type"], *({"string"} - set(schema["type"]))]}


def _refusal(variable):
    """The message of `make validate` for a value of another type."""
    if variable["type"] == "secret":
        return "a secret in clear text: move it to the encrypted vault.yml (make vault-edit)"
    try:
        getattr(types, variable["type"])("" if variable["type"] == "flag" else True, variable)
    except ValueError as error:
        return f"this {str(error).partition(' ')[2]}"


def _scalar(variable):
    name = variable["type"]
    if name == "anything":
        return {}
    fragment = types.SCHEMAS[name] if name in types.SCHEMAS else getattr(types, name).schema
    schema = fragment | {"errorMessage": _refusal(variable)}
    if name in ("size", "number", "count"):
        for key, bound in (("minimum", variable.get("min")), ("maximum", variable.get("max"))):
            schema |= {} if bound is None else {key: parse_size(bound) if name == "size" else bound}
    if name == "time" and ("or_zero" in variable or "min" not in variable):
        schema["type"] = ["string", "integer"]
        schema |= {"if": {"type": "integer"}, "then": {"const": 0, "errorMessage": schema["errorMessage"]}}
    if variable.get("odd"):
        schema["not"] = {"type": "integer", "multipleOf": 2}
    if variable.get("default") == "":
        del schema["pattern"]
    return schema


def _choice(variable):
    choices = variable["choices"]
    texts = ["; ".join([about.get("text", word), *describe.states(about, word)]) for word, about in choices.items()]
    nothing = [None] if variable.get("optional") else []
    word = {"enum": [*choices, *nothing], "enumDescriptions": texts, "errorMessage": _refusal(variable)}
    return {"anyOf": [word, {"title": "template", "type": "string", "pattern": types.TEMPLATE}]}


def _list(variable):
    schema = {
        "type": ["array"],
        "items": node(variable["items"]),
        "patternErrorMessage": f"this is not a {describe.value(variable)}",
    }
    schema |= {"minItems": 1} if "nonempty" in variable else {}
    return schema | ({"uniqueItems": True} if variable["items"]["type"] != "map" else {})


def _map(variable):
    keys = variable["keys"]
    required = [key for key, sub in keys.items() if sub.get("required")]
    return {
        "type": ["object"],
        "properties": {key: node(sub, key) for key, sub in keys.items()}
        | {old: renamed_node(key) for key, sub in keys.items() for old in sub.get("was", [])},
        "required": required,
        "additionalProperties": False,
        "patternErrorMessage": f"this is not {variable['what']} with {', '.join(required or keys)}",
    }


def _mapping(variable):
    message = f"this is not a {describe.value(variable)}"
    return {"type": ["object"], "additionalProperties": node(variable["values"]), "patternErrorMessage": message}


_NODES = {"choice": _choice, "list": _list, "map": _map, "mapping": _mapping}
