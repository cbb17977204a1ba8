"""An inventory in the INI format, as a Source: its sections and hosts with their variables."""

import re
import shlex

import yaml

from openstack_hub.validation.yaml_source import Source

SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$")


class IniSource(Source):
    """nodes: section or host -> (line, its variables as a YAML map)."""

    is_ini = True

    def _read(self, text):
        section, kind = "ungrouped", "hosts"
        for number, line in enumerate((line.strip() for line in self.lines), 1):
            if not line or line[0] in "#;":
                continue
            if header := SECTION.match(line):
                section, kind = header[1], header[2] or "hosts"
            elif kind == "vars":
                self._add(section, [line], number)
            elif kind == "hosts":
                host, *variables = _words(line)
                self._add(host, variables, number)

    def _add(self, place, assignments, number):
        for assignment in assignments:
            name, equals, value = (part.strip() for part in assignment.partition("="))
            if equals:
                _, node = self.nodes.setdefault(place, (number, yaml.MappingNode("tag:yaml.org,2002:map", [])))
                node.value.append((_scalar(name, number), _scalar(value, number)))


def _words(line):
    try:
        return shlex.split(line, comments=True) or [line]
    except ValueError:  # open quotes: Ansible reports them
        return [line]


def _scalar(text, number):
    mark = yaml.Mark("", 0, number - 1, 0, None, None)
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, mark, mark)
