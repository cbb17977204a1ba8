"""The entries of clouds.yaml, as openstacksdk finds them, whose import takes longer than the rest of validation."""

import os
from pathlib import Path

import platformdirs
import yaml

from openstack_hub.validation.yaml_source import Source

SUFFIXES = (".yaml", ".yml", ".json")


def clouds_file():
    """`entries`: the names in clouds.yaml and secure.yaml; `file`: the path of the first; `broken`: what is wrong.

    file is None where none can be read, broken where nothing is wrong.
    """
    paths = [path for name, kind in (("CLIENT_CONFIG", "clouds"), ("CLIENT_SECURE", "secure"))
             if (path := _first(os.environ.get(f"OS_{name}_FILE"), kind))]  # fmt: skip
    names, broken = set(), None
    for path in paths:
        source = Source(str(path), path.read_text(errors="replace"), encrypted=True)  # shows no value
        line, clouds = source.nodes.get("clouds", (1, None))
        if source.broken or not isinstance(clouds, yaml.MappingNode):
            line, text = source.broken or (line, "no map of clouds: write clouds: and below it name and data of each")
            broken = broken or f"{path}:{line}: {text}"
        else:
            names |= {key.value for key, _ in clouds.value}
    return {"entries": sorted(names - {"defaults"}), "file": str(paths[0]) if paths else None, "broken": broken}


def _first(named, kind):
    """The first file of this KIND that can be read: the one that is NAMED, or one of the usual folders."""
    own = platformdirs.PlatformDirs("openstack", "OpenStack", multipath=True)
    folders = (Path.cwd(), own.user_config_dir, "~/.config/openstack", own.site_config_dir, "/etc/openstack")
    usual = (Path(folder).expanduser() / f"{kind}{suffix}" for folder in folders for suffix in SUFFIXES)
    paths = (*([Path(named)] if named else ()), *usual)
    # is_file alone raises an error below a folder of another user
    return next((path for path in paths if os.access(path, os.R_OK) and path.is_file()), None)
