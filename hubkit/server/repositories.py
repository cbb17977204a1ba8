"""Repositories of the profile, cloned into the home beside the running server.

Here, rather than before the server starts: a server of theirs that is slow, away or asks for a password delays nobody,
and what went wrong can be told where people look, in the list of their files.
"""

import asyncio
import os
import shutil
from urllib.parse import urlsplit

TIMEOUT = 600
NOTE = "{name} could not be cloned.txt"
# Nobody is there to answer a question.
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}


def name_of(url):
    """The folder for URL, as git would call it."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2].removesuffix(".git") or "repository"


async def clone_all(repositories, home, log):
    """Clone each of REPOSITORIES ({"url", "branch" or None}) that is not in HOME. What is there stays as it is."""
    for repository in repositories:
        name = name_of(repository["url"])
        note = home / NOTE.format(name=name)
        try:
            said = None if (home / name).exists() else await _clone(repository, home, name)
            if said is None:
                note.unlink(missing_ok=True)
                continue
        except OSError as error:
            said = str(error)
        log.warning("hubkit: %s could not be cloned: %s", repository["url"], said)
        try:
            note.write_text(f"{repository['url']} could not be cloned when this server started:\n\n{said}\n\n"
                            "It is tried again at the next start.\n")  # fmt: skip
        except OSError as error:
            log.warning("hubkit: %s", error)


async def _clone(repository, home, name):
    """None when the repository is in HOME as NAME, else what git said. Raises OSError where there is no git."""
    # Renamed when it is whole: half a clone would pass for one at the next start.
    half = home / f".{name}.cloning"
    await asyncio.to_thread(shutil.rmtree, half, ignore_errors=True)
    branch = ["--branch", repository["branch"]] if repository.get("branch") else []
    git = await asyncio.create_subprocess_exec(
        "git", "clone", "--quiet", *branch, "--", repository["url"], str(half),
        env={**os.environ, **QUIET}, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        _, said = await asyncio.wait_for(git.communicate(), TIMEOUT)
    except TimeoutError:
        git.kill()
        await git.wait()
        return f"It took longer than {TIMEOUT // 60} minutes."
    if git.returncode:
        return said.decode(errors="replace").strip() or f"git ended with status {git.returncode}"
    half.rename(home / name)
    return None
