#!/usr/bin/python
"""Documentation of the action plugin of the same name, which runs on the controller."""

DOCUMENTATION = """
module: hub_validate
short_description: Find all problems in the variables of a site
description:
  - Reads the files of the site folder and the values of the variables; connects to no host, changes nothing.
  - Reports each problem in one line with file, line number, value and what is allowed; warnings are listed separately.
  - Fails if there is at least one problem.
options:
  cloud:
    description: "Result of M(cloud_facts). With it the module reports only what the cloud lacks for the variables."
    type: dict
author: [openstack-hub]
"""

EXAMPLES = """
- name: Find problems in the variables
  hub_validate:

- name: Compare the variables with the cloud
  hub_validate:
    cloud: "{{ cloud }}"
"""

RETURN = """
msg: {description: Number of problems and warnings., type: str, returned: always}
"""
