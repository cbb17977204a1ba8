"""What a terminal is doing, from /proc."""

from pathlib import Path

SHELLS = {"sh", "bash", "dash", "ash", "zsh", "fish", "ksh", "tcsh", "csh"}


def _arguments(pid):
    return [a.decode("utf-8", "replace") for a in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]


def _is_shell(arguments):
    return bool(arguments) and Path(arguments[0]).name.lstrip("-") in SHELLS


def foreground(shell):
    """The program in the foreground of the terminal that the process SHELL leads, None at a bare prompt.

    Raises OSError or ValueError when the shell has ended.
    """
    fields = Path(f"/proc/{shell}/stat").read_text().rpartition(")")[2].split()
    group, front = int(fields[2]), int(fields[5])
    if front <= 0:
        return None
    try:
        arguments = _arguments(front)
    except OSError:
        return "?"  # the group's leader has gone, the rest of a pipeline lives
    if front == group:
        return None if _is_shell(arguments) else (arguments or "?")[0]  # `exec program` replaced the shell
    if _is_shell(arguments) and all(a.startswith("-") and a != "-c" for a in arguments[1:]):
        return None  # a shell in a shell, at its prompt
    return arguments[0] if arguments else "?"


def last_input(shell):
    """When a program last read what was typed into SHELL's terminal, seconds since the epoch; never too early.

    Raises OSError when the shell has ended.
    """
    # The kernel moves a terminal's access time in steps of 8 s.
    return Path(f"/proc/{shell}/fd/0").stat().st_atime + 8
