"""What a terminal is doing, from /proc."""

from pathlib import Path

SHELLS = {"sh", "bash", "dash", "ash", "zsh", "fish", "ksh", "tcsh", "csh"}


def _arguments(pid):
    return [a.decode("utf-8", "replace") for a in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]


def _is_shell(arguments):
    return bool(arguments) and Path(arguments[0]).name.lstrip("-") in SHELLS


def foreground_program(shell):
    """The program in the foreground of the terminal whose first process has the pid SHELL, None at a shell prompt.

    Raises OSError or ValueError when the shell has ended.
    """
    fields = Path(f"/proc/{shell}/stat").read_text().rpartition(")")[2].split()
    shell_group, foreground_group = int(fields[2]), int(fields[5])
    if foreground_group <= 0:
        return None
    try:
        arguments = _arguments(foreground_group)
    except OSError:
        return "?"  # the group's first process has ended, the rest of a pipeline runs
    if foreground_group == shell_group:
        return None if _is_shell(arguments) else (arguments or "?")[0]  # `exec program` replaced the shell
    if _is_shell(arguments) and all(a.startswith("-") and a != "-c" for a in arguments[1:]):
        return None  # an interactive shell within the shell
    return arguments[0] if arguments else "?"


def last_input(shell):
    """When a program last read input of SHELL's terminal, in seconds since the epoch; up to 8 s late, never early.

    Raises OSError when the shell has ended.
    """
    # The kernel updates a terminal's access time in steps of 8 s.
    return Path(f"/proc/{shell}/fd/0").stat().st_atime + 8
