"""Finds secrets in the lines of files that are not YAML: shell, ini, addresses, tokens of known services."""

import re
from functools import cache
from pathlib import PurePosixPath

from openstack_hub.validation.secret_patterns import NAMES

ALLOWED = "pragma: allowlist secret"  # the comment of detect-secrets for a line that holds none
SECRET_KEY = re.compile(rf"({NAMES})$", re.IGNORECASE)
ADDRESS = re.compile(
    r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*://(?:[^\s/:@'\"]{0,99}:(?P<password>[^\s/@'\"]{1,999})|(?P<token>[^\s/:@'\"]{20,999}))@"
)
QUOTED = r"\"[^\"]*\"|'[^']*'|`[^`]*`|<[^>]*>|\$\([^)]*\)"
VARIABLE = re.compile(rf"(?<![A-Z0-9_])(?P<key>[A-Z][A-Z0-9_]*)=(?P<value>{QUOTED}|[^\s\"'`]+)")  # in any text
PAIR = re.compile(rf"(?<![\w.])(?P<key>[A-Za-z_][\w.-]{{0,80}})[\"']?\s*[=:]\s*(?P<value>{QUOTED}|[^\s\"',;#]+)")
HEADER = re.compile(r"\bAuthorization: *(?:Bearer|Basic|token) +(?P<value>[^\s\"']+)", re.IGNORECASE)
NETRC = re.compile(r"\bpassword\s+(?P<value>\S+)")
# What stands for a value: a template, a variable, a command, a placeholder, a path.
REFERENCE = re.compile(
    r"^$|\{\{|\{%|^(\$(\w+|\{[^}]*\})[^\w$]*)+$|^\$\(|^`.*`$|^%\(|^<.*>$|^…|^\*+$|\.\.\.$|^x+$"
    r"|^(none|null|true|false|yes|no)$|^(~/|\.\.?/|/[\w.-]+/)[\w./-]*$",
    re.IGNORECASE,
)
LONGEST = 20_000  # characters of a line; longer ones are data, such as pictures in notebooks
SHORTEST_TOKEN = 20
PROSE = (".md", ".rst", ".txt", ".adoc", ".html", ".ipynb")
CODE = (".py", ".js", ".ts", ".go", ".tf", ".rb", ".pl", ".r", ".j2", ".jinja", ".css", ".java", ".c", ".rs", ".lock")
SETTINGS = (".ini", ".env", ".cfg", ".conf", ".properties", ".toml")  # hold values only, no calls
PASSWORD_FILES = (".netrc", "_netrc", ".authinfo")
SERVICES = (
    "aws.AWSKeyDetector", "azure_storage_key.AzureStorageKeyDetector", "discord.DiscordBotTokenDetector",
    "github_token.GitHubTokenDetector", "gitlab_token.GitLabTokenDetector", "jwt.JwtTokenDetector", "npm.NpmDetector",
    "openai.OpenAIDetector", "pypi_token.PypiTokenDetector", "sendgrid.SendGridDetector", "slack.SlackDetector",
    "square_oauth.SquareOAuthDetector", "stripe.StripeDetector", "telegram_token.TelegramBotTokenDetector",
)  # fmt: skip


def is_value(text):
    """Whether TEXT is a value of its own, and does not refer to one."""
    return not REFERENCE.search(text.strip("\"'"))


@cache
def services():
    """The detectors of detect-secrets for tokens of known services: they are precise. None of them asks the service."""
    from importlib import import_module

    found = (entry.split(".") for entry in SERVICES)
    return [getattr(import_module(f"detect_secrets.plugins.{module}"), name)() for module, name in found]


def secret_lines(name, text):
    """(line number, what it is) of each line of the file NAME with this TEXT that holds a secret."""
    path = PurePosixPath(name)
    for number, line in enumerate(text.splitlines(), 1):
        start = line[:LONGEST]
        if ALLOWED not in line and (what := _address(start) or _service(start) or _named(path, start)):
            yield number, what


def _address(line):
    for match in ADDRESS.finditer(line):
        if is_value(match["password"] or match["token"]):
            return "a password or token inside an address"
    return ""


def _service(line):
    for detector in services() if len(line) > SHORTEST_TOKEN else ():
        if any(detector.analyze_string(line)):
            return f"{detector.secret_type}, as it seems"
    return ""


def _named(path, line):
    """`OS_PASSWORD: a secret in clear text`, or ""."""
    pattern = NETRC if path.name in PASSWORD_FILES else HEADER
    if any(is_value(match["value"]) for match in pattern.finditer(line)):
        return "a password in clear text" if pattern is NETRC else "Authorization: a secret in clear text"
    for match in (VARIABLE if path.suffix in PROSE else PAIR).finditer(line):
        if SECRET_KEY.search(match["key"]) and _is_literal(path, match["value"]) and is_value(match["value"]):
            return f"{match['key']}: a secret in clear text"
    return ""


def _is_literal(path, value):
    """Whether VALUE is text in a file like PATH, and no call or name of another variable."""
    if path.suffix in CODE:
        return value[0] in "\"'"
    return value[0] in "\"'" or path.suffix in SETTINGS or path.stem in ("hosts", "") or not re.search(r"[(\[]", value)
