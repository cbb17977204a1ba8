#!/usr/bin/python
"""Documentation of the action plugin of the same name, which does the work on the machine that runs Ansible."""

DOCUMENTATION = """
module: hub_validate
short_description: Find every mistake in the variables of a site
description:
  - Reads the files of the site folder and the values that Ansible made of them; reaches no machine, changes nothing.
  - Tells each mistake as one sentence with file and line, the value and what is allowed; warnings apart from them.
  - Fails when there is a mistake.
options:
  cloud:
    description: "What M(cloud_facts) returned: tells what the cloud lacks for the variables, and nothing else."
    type: dict
author: [openstack-hub]
"""

EXAMPLES = """
- name: Find mistakes
  hub_validate:

- name: Find what the cloud lacks
  hub_validate:
    cloud: "{{ cloud }}"
"""

RETURN = """
msg: {description: How many mistakes and warnings there are., type: str, returned: always}
"""
