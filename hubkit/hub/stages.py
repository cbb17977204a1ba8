"""What the stage of a start consists of, and what its messages need to know about the profile."""

from typing import NamedTuple

ADMIN = "Please tell the administrators."


class Stage(NamedTuple):
    """Progress of a start (per cent), the message for the user, and whether the start has failed for good."""

    percent: int
    message: str
    failed: bool = False


class Target(NamedTuple):
    """The profile's title, whether its node group can scale up, and how many minutes a new node takes."""

    title: str
    scales_up: bool
    minutes: int
