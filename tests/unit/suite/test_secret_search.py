"""The search for secrets finds them in each form in which a program may write them."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "e2e"))

from secret_search import Processes, find

SECRET = "2|1:0|10:1796100000|3:abc|44:x+/y==|0f1e2d"
HEX = "00ff10" * 8
WRITTEN = {
    "as it is": f"cookie={SECRET};",
    "in JSON": json.dumps({"cookie": SECRET}),
    "in a URL": f"/hub?token={quote(SECRET, safe='')}&x=1",
    "in hexadecimal digits": f"0x{SECRET.encode().hex()}.",
    **{
        f"in base64 after {before} characters": base64.b64encode(f"{'x' * before}{SECRET}xyz".encode()).decode()
        for before in range(5)
    },
    "in base64 for URLs": base64.urlsafe_b64encode(f"user:{SECRET}".encode()).decode(),
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_a_secret_is_found(text):
    (line,) = set(find({"the cookie": SECRET}, {"a log": text, "another": "nothing"}))
    assert line.startswith("the cookie in a log: ") and SECRET not in line


def test_what_the_digits_of_a_secret_stand_for_is_found():
    assert find({"key": HEX}, {"log": base64.b64encode(bytes.fromhex(HEX)).decode()})
    assert find({"key": HEX}, {"log": base64.urlsafe_b64encode(b"a" + bytes.fromhex(HEX)).decode()})


def test_other_texts_are_not_found():
    texts = {str(number): SECRET[:number] + "x" + SECRET[number + 1 :] for number in (0, 5, len(SECRET) - 1)}
    assert find({"cookie": SECRET}, texts | {"empty": ""}) == []


@pytest.mark.parametrize(("secret", "reason"), [("secret", "too short"), ("a line\nand another", "more than one line")])
def test_what_would_be_found_by_chance_is_refused(secret, reason):
    with pytest.raises(AssertionError, match=reason):
        find({"it": secret}, {})


def test_command_lines_of_processes_that_ran_are_kept():
    with Processes() as processes:
        subprocess.run(["sh", "-c", "sleep 0.1 # the-secret-of-a-process"], check=True)
    assert find({"it": "the-secret-of-a-process"}, {"processes": processes.text})
