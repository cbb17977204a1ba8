"""What secrets look like: the names under which they stand, and their texts; for validation and the commit hook."""

import re

# Endings of names that hold secrets, of Ansible, OpenStack, Kubernetes, the chart and others.
NAMES = (
    r"(^|[_.-])pass|passw(or)?d|passphrase|(^|[_.-])pwd|(^|[_.-])token|[a-z]Token|secret[_-]?token"
    r"|(client|credential|consumer|shared|cookie|session|webhook|oauth|jwt|app)[_-]?secret"
    r"|secret[_-]?(access[_-]?)?key|(^|[_.-])(api|access|private|crypt)[_-]?key|client-key-data"
)
PRIVATE_KEY = r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----"
# Of services that mark their tokens.
TOKEN = (
    r"\b(gh[opsru]_\w{10,}|github_pat_\w{10,}|gl(pat|dt|ptt|rt|cbt|ft|imt|agent|soat)-[\w-]{10,}|xox[abeprs]-[\w-]{10,}"
    r"|(AKIA|ASIA)[0-9A-Z]{16}|hf_\w{10,}|sk-[\w-]{20,}|pypi-\w{20,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.)"
)
PASSWORD_IN_ADDRESS = r"://[^\s/:@]*:[^\s/@]+@"
# What a parameter of an address such as ?private_token= holds.
PARAMETER = r"(?i)([?&;#][\w-]*(?:token|passw|secret|api_?key|signature)[\w-]*=)[^&\s#;'\"]+"
# In an address: what precedes @, and what a parameter holds.
CREDENTIALS = re.compile(rf"{PARAMETER}|://[^/\s?#@]*[^/\s?#]*@|{TOKEN}")
