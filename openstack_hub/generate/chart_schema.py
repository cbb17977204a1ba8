"""Writes the schema of a packaged chart's values to openstack_hub/chart/schemas/: names and types, without any text.

python -m openstack_hub.generate.chart_schema jupyterhub-4.4.0.tgz
"""

import json
import sys

from openstack_hub.chart.schema import SHIPPED, packaged

KEPT = ("type", "enum", "minimum", "required")  # as they are
NAMED = ("properties", "patternProperties")  # a schema for each name


def reduced(schema):
    """SCHEMA with what openstack_hub.chart.schema reads."""
    if not isinstance(schema, dict):
        return schema  # whether there may be other keys
    return {
        **{key: schema[key] for key in KEPT if key in schema},
        **{key: {name: reduced(below) for name, below in schema[key].items()} for key in NAMED if key in schema},
        **{key: reduced(schema[key]) for key in ("additionalProperties", "items") if key in schema},
        **{key: [reduced(each) for each in schema[key]] for key in ("oneOf",) if key in schema},
    }


def main(chart):
    version, schema = packaged(chart) or sys.exit(f"{chart} is not a packaged chart of JupyterHub")
    SHIPPED.mkdir(exist_ok=True)
    (SHIPPED / f"{version}.json").write_text(json.dumps(reduced(schema), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
