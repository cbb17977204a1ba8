"""Documentation names files and quotes messages that exist; coverage.md lists each requirement once, in full."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "docs/adding.md",
    "docs/cloud.md",
    "docs/coverage.md",
    "docs/design.md",
    "docs/kubernetes.md",
]
# Section of coverage.md -> number of its requirements.
REQUIREMENTS = {"M": 31, "E": 9, "W": 11, "L": 6, "H": 12, "O": 20}
STATES = {"host", "kubernetes", "host, kubernetes", "partly", "not yet"}


def read(page):
    return (PROJECT / page).read_text()


def without_code_blocks(text):
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def named_paths(text):
    """Return the paths in code spans whose first part is a folder of the project; NAME stands for any name."""
    folders = {path.name for path in PROJECT.iterdir() if path.is_dir()}
    spans = re.findall(r"`([\w.@-]+(?:/[\w.@-]*)+)`", without_code_blocks(text))
    return {span for span in spans if span.split("/")[0] in folders and "NAME" not in span.split("/")}


def missing_paths(text):
    return sorted(path for path in named_paths(text) if not (PROJECT / path).exists())


def anchors(text):
    headings = re.findall(r"^#+ (.*)$", without_code_blocks(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page, text):
    """Return the relative links of TEXT that lead to no file, or to no heading in it."""
    broken = []
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", without_code_blocks(text)):
        name, _, anchor = target.partition("#")
        file = ((PROJECT / page).parent / name).resolve() if name else PROJECT / page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text())):
            broken.append(target)
    return broken


def product_text():
    """Return the sources of the product, with string literals over several lines joined and single spaces."""
    folders = ("openstack_hub", "hubkit", "plugins", "playbooks", "roles")
    files = (file for folder in folders for file in (PROJECT / folder).rglob("*") if file.suffix in {".py", ".yml"})
    text = "\n".join(file.read_text() for file in files)
    return " ".join(re.sub(r"""["']\s*\n\s*f?["']""", "", text).split())


def quoted_messages():
    """Return the parts between "…" of the messages in the table "Troubleshooting" of kubernetes.md."""
    table = read("docs/kubernetes.md").split("## Troubleshooting")[1]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")]
    quotes = [quote for cell in cells for quote in re.findall(r"`([^`]+)`", cell)]
    return [part.strip(" :") for quote in quotes for part in re.split("…|15(?= minutes)", quote) if part.strip(" :")]


def requirements():
    """Return the rows of the tables, each as a list: number (M1), title, state, where, shown, missing."""
    rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in read("docs/coverage.md").splitlines())
    return [row for row in rows if row and re.fullmatch(r"[A-Z]\d+", row[0])]


@pytest.mark.parametrize("page", PAGES)
def test_named_files_exist(page):
    assert missing_paths(read(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    assert broken_links(page, read(page)) == []


def test_quoted_messages_are_those_of_the_product():
    text = product_text()
    assert quoted_messages()
    assert [part for part in quoted_messages() if part not in text] == []


def test_missing_file_and_link_are_found():
    text = "`docs/none.md` and `docs/design.md`, [a](none.md), [b](design.md#none), [c](design.md#identity)"
    assert missing_paths(text) == ["docs/none.md"]
    assert broken_links("docs/x.md", text) == ["none.md", "design.md#none"]


def test_each_requirement_is_listed_once():
    expected = [f"{letter}{number}" for letter, count in REQUIREMENTS.items() for number in range(1, count + 1)]
    assert [row[0] for row in requirements()] == expected


@pytest.mark.parametrize("row", requirements(), ids=lambda row: row[0])
def test_a_requirement_has_its_whole_title_and_says_what_is_missing(row):
    _, title, state, where, shown, missing = row
    assert title.endswith(".")
    assert "…" not in title
    assert state in STATES
    assert (state == "not yet") == (where == "")
    assert shown or missing or state == "not yet"
    assert missing or state != "partly"


@pytest.mark.parametrize("row", requirements(), ids=lambda row: row[0])
def test_what_is_shown_is_shown_by_a_test(row):
    shown = row[4]
    paths = re.findall(r"`([\w./-]+)`", shown)
    assert all(path.startswith(("tests/", "molecule/")) for path in paths if "/" in path)
    assert not shown or "tests/" in shown or "molecule scenario" in shown or "`make test`" in shown
