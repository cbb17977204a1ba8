"""Documentation of the action plugin of the same name, which does the work on the controller."""

DOCUMENTATION = r"""
module: hub_verify
short_description: Use a JupyterHub as a user does, and report each check
description:
  - Checks certificate, TLS, redirects, sign-in page, OpenID provider and idle culler; signs in as a member; starts
    a server of every profile, runs a cell, compares limits and idle timeout with the variables; checks that
    files are kept, and that an outsider is denied access.
  - Shows each check when it is done and a table at the end, and fails when a check failed. Check mode checks nothing.
  - A server that the member has already is left alone. Its own servers and files are removed.
  - Passwords appear in no output; still, set C(no_log) where callbacks record the arguments of tasks.
options:
  url: {type: str, required: true, description: "Public URL of the hub."}
  http_port: {type: int, description: "Port that redirects to https; not checked when it is not set."}
  ca_file: {type: path, description: "PEM file with authorities to trust besides the system's."}
  iam_ca_file: {type: path, description: "The same with those of the OpenID provider."}
  certificate_days: {type: int, default: 14, description: "Fail when the certificate ends sooner."}
  iam_issuer: {type: str, required: true, description: "The OpenID provider's issuer."}
  allowed_groups:
    {type: list, elements: str, default: [], description: "Groups that the page for outsiders must name."}
  profiles:
    type: list
    elements: dict
    required: true
    description: "What the profile list must offer: C(name), C(cpu), C(memory) in bytes, C(idle) in seconds (0: never).
      A profile with C(groups) is skipped where the profile list does not offer it to the member."
  member:
    type: dict
    description: An account in an allowed group; without it all checks after the sign-in page are skipped.
    suboptions: &account
      username: {type: str, required: true, description: "Name at the provider."}
      password: {type: str, required: true, description: "Password at the provider."}
  outsider:
    type: dict
    description: An account in no allowed group; without it that check is skipped.
    suboptions: *account
  start_timeout: {type: int, default: 300, description: "Seconds that a server may take to be ready."}
author: ["openstack-hub"]
"""

EXAMPLES = r"""
- name: Verify the hub
  hub_verify:
    url: https://hub.example.org
    http_port: 80
    iam_issuer: https://iam.example.org/
    allowed_groups: [cloud/jupyter]
    profiles: [{name: default, cpu: 2, memory: 1610612736, idle: 86400}]
    member: {username: verify-member, password: "{{ vault_verify_member_password }}"}
  delegate_to: localhost
  no_log: true
"""

RETURN = r"""
passed:
  description: Whether no check failed.
  returned: always
  type: bool
checks:
  description: Every check in its order.
  returned: always
  type: list
  elements: dict
  sample: [{name: certificate, result: ok, detail: "trusted, good until 2027-01-31 (70 days)", seconds: 0.02}]
"""
