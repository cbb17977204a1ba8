"""What was probably meant: lists in one text, and names that must agree with what others make of them."""

import importlib.util
from pathlib import Path

import pytest

from openstack_hub.schema import corrections

SOURCE = Path(__file__).resolve().parents[4] / "hubkit/server/repositories.py"


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("a, b;c", ["a", "b", "c"]),
        ("[a, 'b']", ["a", "b"]),
        ("- a\n- b\n", ["a", "b"]),
        ("a b", ["a b"]),
        ("\u201ca\u201d,\u200bb,", ["a", "b"]),
        ("-", []),
        ("", []),
    ],
)
def test_lists_in_one_text_are_split(text, entries):
    assert corrections.split(text) == entries


@pytest.mark.parametrize(
    ("text", "tidy"),
    [
        ("a\xa0b ", "a b"),
        ("\u2018a\u2019", "a"),
        ("a\u2013b", "a-b"),
        ("\ufeffa\x00", "a"),
        ("<a>", "a"),
        ("a\tb", "a b"),
    ],
)
def test_texts_are_tidied(text, tidy):
    assert corrections.tidy(text) == tidy


@pytest.mark.parametrize(
    "url", ["https://a.test/b/c.git", "https://a.test/b/c/", "https://a.test", "https://a.test/c?d#e"]
)
def test_the_folder_of_a_repository_is_that_of_the_server(url):
    spec = importlib.util.spec_from_file_location("repositories", SOURCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert corrections.folder_name(url) == module.folder_name(url)
