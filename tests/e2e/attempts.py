"""What somebody tries who means harm: statements in a kernel of his own, and what each gave."""

import json

# Says for each statement the name of the error that it ended with, or what it gave.
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
OF_THE_HUB = (
    "urllib.request.urlopen(urllib.request.Request(os.environ['JUPYTERHUB_API_URL'] + {!r}, "
    "headers={{'Authorization': 'token ' + os.environ['JUPYTERHUB_API_TOKEN']}})).status"
)


def attempts(kernel, *statements, timeout=60):
    """What STATEMENTS give in KERNEL: a list of texts."""
    output = kernel.run(CODE % json.dumps(statements), timeout=timeout)
    assert not output.error
    return json.loads(output.text)
