"""Sizes of homes. Pure, except for the file by which make-home learns the size on one machine."""

from contextlib import suppress
from pathlib import Path

SIZES = "/run/jupyterhub-homes"  # read by make-home, which takes no size but those of hub.json


def size(model, groups):
    """Bytes of the home of a user in GROUPS, a set of names: the largest size that applies."""
    home = model["home"]
    return max([home["size"], *(entry["size"] for entry in home["group_sizes"] if entry["group"] in groups)])


def write_size(name, model, groups):
    """Tell make-home the size of the home of the user called NAME. Without a file the size is that of all users."""
    folder = Path(SIZES)
    folder.mkdir(mode=0o700, exist_ok=True)
    if (wanted := size(model, groups)) != model["home"]["size"]:
        (folder / name).write_text(f"{wanted}\n")
    else:
        with suppress(FileNotFoundError):
            (folder / name).unlink()
