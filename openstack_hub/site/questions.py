"""What `make site` asks, and validation's own sentences for each answer."""

from collections.abc import Callable
from typing import NamedTuple

import yaml

from openstack_hub.validation import check
from openstack_hub.validation.yaml_source import Source, examples_left


class Refused(Exception):
    """Goes no further; says why in sentences."""


class Question(NamedTuple):
    answer: str  # its name on make's command line
    variable: str
    text: str
    example: str
    read: Callable = lambda text: text or None  # from the answer to the variable's value
    may_wait: bool = False  # a person may not know it yet


QUESTIONS = (
    Question(
        "DOMAIN",
        "hub_domain",
        "Host name of the service, as people type it; the DNS leads from it to your machine.",
        "hub.example.org",
    ),
    Question(
        "ISSUER",
        "hub_iam_issuer",
        "Address of your OpenID provider, below which it has .well-known/openid-configuration.",
        "https://iam.example.org/",
    ),
    Question(
        "CLIENT_ID",
        "hub_iam_client_id",
        "Client id: what the provider calls this hub, once you registered it there with the redirect address\n"
        "   https://{hub_domain}/hub/oauth_callback (not yet? Leave it empty: validation will ask for it).",
        "0d1c6a0e-hub-example",
        may_wait=True,
    ),
    Question(
        "GROUPS",
        "hub_allowed_groups",
        "Groups whose members may sign in: full names at the provider, without a slash in front, commas between.",
        "cloud/jupyter",
        read=lambda text: [group.strip() for group in text.split(",") if group.strip()],
    ),
    Question(
        "CONTACT",
        "hub_contact",
        "E-mail address that users ask for help; a page that refuses somebody names it.",
        "help@example.org",
        read=lambda text: {"email": text or None},
    ),
)


def wrong(values, name):
    """What validation says about the variable NAME, one sentence for each place; VALUES are those known so far."""
    found = [*check.check(values)[1], *examples_left(Source("", yaml.safe_dump(values)))]
    of_it = [mistake for mistake in found if mistake.path[0] == name and not mistake.warning]
    return list({mistake.path: mistake.text for mistake in reversed(of_it)}.values())[::-1]


def unfit(question, values):
    """The same about the answer to QUESTION, which may be that one does not know it yet."""
    return [] if question.may_wait and not values[question.variable] else wrong(values, question.variable)


def answers(given, interactive):
    """Variable -> value, from what was GIVEN on the command line and, on a terminal, from questions for the rest."""
    values = {"hub_platform": given.get("PLATFORM", "").strip() or "host"}
    values |= {q.variable: q.read(given.get(q.answer, "").strip()) for q in QUESTIONS}
    told = [f"PLATFORM: {text}" for text in wrong(values, "hub_platform")]
    for q in QUESTIONS:
        if q.answer in given:
            told += [f"{q.answer}: {text}" for text in unfit(q, values)]
        elif not interactive:
            hint = f" ({q.answer}= leaves it open)" if q.may_wait else ""
            told += [f"{q.answer}: {text}{hint}" for text in wrong(values, q.variable)]
    if told:
        raise Refused("\n".join(told))
    for number, q in enumerate(QUESTIONS if interactive else (), 1):
        print(f"\n{number}. {q.text.format(**values)}")
        if q.answer in given:  # perhaps by an environment that nobody thought of
            print(f"   {q.answer}={given[q.answer]}")
        else:
            ask(q, values)
    return values


def ask(question, values):
    """Asks until the answer is sound."""
    told = [""]
    while told:
        values[question.variable] = question.read(input(f"   like {question.example}: ").strip())
        told = unfit(question, values)
        print("".join(f"   {text}\n" for text in told), end="")
