"""Log lines without secrets. JupyterHub and jupyter_server remove them only from their own lines about requests."""

import re

from tornado.log import LogFormatter

NAME = r"[\w.-]*(?:token|auth|key|code|state|xsrf)[\w.-]*"
SECRETS = [
    # Parameters of an address, also of one that is a parameter of another: there `?`, `&` and `=` are quoted.
    (rf"((?:[?&]|%(?:25)*(?:3F|26)){NAME}(?:=|%(?:25)*3D))(?:(?!%(?:25)*26)[^&\s'\"])+", r"\1[secret]"),
    # What oauthlib has granted
    (rf"(['\"]{NAME}['\"]: b?['\"])[^'\"]+", r"\1[secret]"),
    (r"(oauth state (?:argument|mismatch:?) ).*", r"\1[secret]"),
    # The token against forged requests contains the id of the session.
    (r"(xsrf (?:cookie|id) .*?)b'[^']*'(?: != b'[^']*')?", r"\1[secret]"),
]
PATTERNS = [(re.compile(pattern, re.IGNORECASE), replacement) for pattern, replacement in SECRETS]
# `logging_config` of an application of traitlets
CONFIGURATION = {"formatters": {"console": {"class": "hubkit.log.Formatter"}}}


def without_secrets(text):
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class Formatter(LogFormatter):
    """What tornado makes of a record and its traceback, without secrets."""

    def format(self, record):
        return without_secrets(super().format(record))
