"""Clone the profile's repositories into the home while the server runs.

This does not happen before the server starts, so a Git server that is slow, unreachable or asks for a password delays
nobody. Errors are reported in a file in the home, where users see them.
"""

import asyncio
import os
import shutil
from urllib.parse import urlsplit

TIMEOUT = 600  # seconds
NOTE = "{name} could not be cloned.txt"
# Nobody can answer a prompt.
NO_PROMPTS = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}


def folder_name(url):
    """The name of the folder that git would use for URL."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2].removesuffix(".git") or "repository"


async def clone_all(repositories, home, log):
    """Clone each of REPOSITORIES ({"url", "branch" or None}) unless its folder exists in HOME."""
    for repository in repositories:
        name = folder_name(repository["url"])
        note = home / NOTE.format(name=name)
        try:
            error = None if (home / name).exists() else await _clone(repository, home, name)
            if error is None:
                note.unlink(missing_ok=True)
                continue
        except OSError as os_error:
            error = str(os_error)
        log.warning("hubkit: %s could not be cloned: %s", repository["url"], error)
        try:
            note.write_text(f"{repository['url']} could not be cloned when this server started:\n\n{error}\n\n"
                            "The next start tries again.\n")  # fmt: skip
        except OSError as os_error:
            log.warning("hubkit: %s", os_error)


async def _clone(repository, home, name):
    """None when the repository is in HOME as NAME, else git's error. Raises OSError when git is not installed."""
    # Renamed when complete: the next start would take half a clone for a whole one.
    partial = home / f".{name}.cloning"
    await asyncio.to_thread(shutil.rmtree, partial, ignore_errors=True)
    branch = ["--branch", repository["branch"]] if repository.get("branch") else []
    git = await asyncio.create_subprocess_exec(
        "git", "clone", "--quiet", *branch, "--", repository["url"], str(partial),
        env={**os.environ, **NO_PROMPTS}, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        _, errors = await asyncio.wait_for(git.communicate(), TIMEOUT)
    except TimeoutError:
        git.kill()
        await git.wait()
        return f"The clone timed out after {TIMEOUT // 60} minutes."
    if git.returncode:
        return errors.decode(errors="replace").strip() or f"git ended with status {git.returncode}"
    partial.rename(home / name)
    return None
