"""The questions of `make site`, whose answers are validated like variables."""

import re
from collections.abc import Callable
from typing import NamedTuple

import yaml

from openstack_hub import platforms
from openstack_hub.validation import check
from openstack_hub.validation.yaml_source import Source, example_problems


class Refused(Exception):
    """`make site` cannot continue; the text says why."""


class Question(NamedTuple):
    argument: str  # name on the command line of make
    variable: str
    text: str
    example: str
    parse: Callable = lambda text: text or None  # answer -> value of the variable
    is_optional: bool = False  # may be unknown at this point


def parse_platform(text):
    """The platform of an answer: its number in the list, its name, or nothing for the default."""
    numbered = dict(enumerate(platforms.INSTALLED, 1))
    return numbered.get(int(text), text) if text.isdecimal() else text.lower() or platforms.DEFAULT


PLATFORM = Question(
    "PLATFORM",
    "hub_platform",
    "\n".join(
        [
            "Platform: where the servers of users run.",
            *(
                f"   {i} {name:<10}  {platforms.PLATFORMS[name].summary}"
                for i, name in enumerate(platforms.INSTALLED, 1)
            ),
        ]
    ),
    f"{platforms.INSTALLED[-1]} (empty: {platforms.DEFAULT})",
    parse=parse_platform,
)
QUESTIONS = (
    PLATFORM,
    Question(
        "DOMAIN",
        "hub_domain",
        "Host name of the service, which DNS resolves to the machine that Apache runs on.",
        "hub.example.org",
    ),
    Question(
        "ISSUER",
        "hub_iam_issuer",
        "URL of your OpenID provider, below which it serves .well-known/openid-configuration.",
        "https://iam.example.org/",
    ),
    Question(
        "CLIENT_ID",
        "hub_iam_client_id",
        "Client ID of this hub at the provider, where you register it with the redirect URI\n"
        "   https://{hub_domain}/hub/oauth_callback. Leave it empty if you do not have it yet; validation reports it.",
        "0d1c6a0e-hub-example",
        is_optional=True,
    ),
    Question(
        "GROUPS",
        "hub_allowed_groups",
        "Groups whose members may sign in: full names without a leading slash, separated by commas.",
        "cloud/jupyter",
        parse=lambda text: [group.strip() for group in re.split("[,;]", text) if group.strip()],
    ),
    Question(
        "CONTACT",
        "hub_contact",
        "E-mail address for users who need help, shown on pages that deny access.",
        "help@example.org",
        parse=lambda text: {"email": text or None},
    ),
)


def variable_errors(values, name):
    """The messages of validation for the variable NAME, one per path; values: the variables known so far."""
    problems = [*check.check(values)[1], *example_problems(Source("", yaml.safe_dump(values)))]
    errors = [problem for problem in problems if problem.path[0] == name and not problem.warning]
    return list({problem.path: problem.text for problem in reversed(errors)}.values())[::-1]


def answer_errors(question, values):
    """The same for the answer to QUESTION, which may be empty if the question is optional."""
    if question is PLATFORM:
        name = values["hub_platform"]
        known = f"{name!r} is not one of {', '.join(platforms.INSTALLED)}"
        text = platforms.error(name) if name in platforms.PLATFORMS else known
        return [text.removeprefix("hub_platform: ")] if name not in platforms.INSTALLED else []
    is_open = question.is_optional and not values[question.variable]
    return [] if is_open else variable_errors(values, question.variable)


def answers(given, interactive):
    """Variable -> value, from GIVEN, the command line of make, and on a terminal from questions for the others."""
    values, errors = {}, []
    values |= {q.variable: q.parse(given.get(q.argument, "").strip()) for q in QUESTIONS}
    for q in QUESTIONS:
        if q.argument in given or q is PLATFORM:
            errors += [f"{q.argument}: {text}" for text in answer_errors(q, values)]
        elif not interactive:
            hint = f" ({q.argument}= leaves it empty for now)" if q.is_optional else ""
            errors += [f"{q.argument}: {text}{hint}" for text in variable_errors(values, q.variable)]
    if errors:
        raise Refused("\n".join(errors))
    for number, q in enumerate(QUESTIONS if interactive else (), 1):
        print(f"\n{number}. {q.text.format(**values)}")
        if q.argument in given:  # shown, because it may come from the environment by accident
            print(f"   {q.argument}={given[q.argument]}")
        else:
            ask(q, values)
    return values


def ask(question, values):
    """Asks until the answer is valid."""
    errors = [""]
    while errors:
        values[question.variable] = question.parse(input(f"   for example {question.example}: ").strip())
        errors = answer_errors(question, values)
        print("".join(f"   {text}\n" for text in errors), end="")
