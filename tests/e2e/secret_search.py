"""Find secrets in texts, as they are and as programs write them."""

import base64
import re
import threading
from pathlib import Path
from urllib.parse import quote, unquote

SHORTEST = 8  # characters; anything shorter would be found by chance


def texts_of(secret):
    """SECRET (text) as it is, in URLs, in hexadecimal digits, and in base64, also as a part of a longer text."""
    forms = {secret, quote(secret, safe=""), unquote(secret)}
    values = [secret.encode()]
    if re.fullmatch(r"([0-9a-f]{2}){16,}", secret):
        values.append(bytes.fromhex(secret))  # what the digits stand for
    for value in values:
        forms.add(value.hex())
        forms |= {form for before in range(3) for form in _base64_within(value, before)}
    assert min(map(len, forms)) >= SHORTEST, "too short to be searched for"
    assert "\n" not in secret, "more than one line, of which each could be found by itself"
    return forms


def _base64_within(value, before):
    """VALUE in base64 after BEFORE other bytes: the characters that depend on nothing but VALUE."""
    data = b"\0" * before + value
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(data).decode().rstrip("=")
        yield text[(8 * before + 5) // 6 : len(data) * 8 // 6]


def find(secrets, texts):
    """Where a text of TEXTS {place: text} has one of SECRETS {name: secret}: lines that show no secret."""
    found = []
    for name, secret in secrets.items():
        for form in texts_of(secret):
            found += [
                f"{name} in {place}: {_surroundings(text, form)}" for place, text in texts.items() if form in text
            ]
    return found


def _surroundings(text, form):
    before, _, after = text.partition(form)
    return repr(f"{before[-60:]}[secret]{after[:20]}")


class Processes:
    """`with Processes() as processes: ...`; then `processes.text` has all command lines, also those in containers."""

    def __init__(self):
        self.command_lines, self._ended = set(), threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self._ended.wait(0.01):
            for process in Path("/proc").iterdir():
                if process.name.isdecimal():
                    try:
                        self.command_lines.add((process / "cmdline").read_bytes())
                    except OSError:  # it has ended
                        continue

    @property
    def text(self):
        return "\n".join(line.replace(b"\0", b" ").decode(errors="replace") for line in sorted(self.command_lines))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()
