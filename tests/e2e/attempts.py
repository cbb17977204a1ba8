"""What an attacker may try: statements in the attacker's own kernel, and the result of each."""

import json

# Prints for each statement its value, or the name of its error.
CODE = """
import json, os, pathlib, socket, subprocess, urllib.request
socket.setdefaulttimeout(5)
def attempt(statement):
    try:
        return repr(eval(statement))
    except BaseException as error:
        return f"{type(error).__name__} {getattr(error, 'code', '')}".strip()
print(json.dumps([attempt(s) for s in json.loads(%r)]))
"""
HUB_REQUEST = (
    "urllib.request.urlopen(urllib.request.Request(os.environ['JUPYTERHUB_API_URL'] + {!r}, "
    "headers={{'Authorization': 'token ' + os.environ['JUPYTERHUB_API_TOKEN']}})).status"
)


def attempts(kernel, *statements, timeout=60):
    """The results of STATEMENTS in KERNEL: a list of texts."""
    output = kernel.run(CODE % json.dumps(statements), timeout=timeout)
    assert not output.error
    return json.loads(output.text)
