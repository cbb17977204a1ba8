"""What is known of the chart's versions: the hub that each carries, and that hub's open advisories."""

from typing import NamedTuple

HUBS = {"4.3.3": "5.4.4", "4.4.0": "5.5.0"}
LEAST_KUBERNETES = {"4.4.0": "1.32"}
# The user scheduler's tag below Kubernetes 1.34, which the chart's own templates say.
HELD_BACK = {"4.4.0": "v1.33.9"}


class Advisory(NamedTuple):
    """fixed: the first JupyterHub without it; what: a few words; here: what stands against it in this product."""

    fixed: str
    what: str
    here: str = "nothing here stands against it"


ADVISORIES = {  # https://github.com/jupyterhub/jupyterhub/security/advisories
    "GHSA-c4gm-pwx9-9w8j": Advisory("5.5.1", "sharing of servers", "here no user may share a server"),
    "GHSA-69wv-m5fw-2fhp": Advisory("5.5.1", "administration limited to some users", "here no role is limited so"),
    "GHSA-p43p-whwx-q52h": Advisory("5.5.0", "anybody can make the hub stand still"),
    "GHSA-m68r-v472-jgq9": Advisory("5.4.5", "requests in another's name"),
    "GHSA-3vff-hjqv-m7h8": Advisory("5.4.4", "links that lead astray"),
}


def number(version):
    """(1, 33, 4) of 1.33.4 or v1.33.4, for comparing."""
    return tuple(int(part) for part in version.removeprefix("v").split("."))


def hub_version(chart):
    """The JupyterHub that CHART carries, or an earlier chart does; None when CHART is newer than all known."""
    known = {number(name): hub for name, hub in HUBS.items()}
    older = [name for name in known if name <= number(chart)]
    if number(chart) > max(known):
        return None
    return known[max(older)] if older else "0.0.0"


def open_advisories(chart):
    """{name: Advisory} of those that the hub of CHART does not have mended, as far as is known."""
    hub = hub_version(chart)
    return {name: it for name, it in ADVISORIES.items() if hub and number(hub) < number(it.fixed)}
