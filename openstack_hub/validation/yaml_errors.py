"""Messages for syntax errors of YAML: what is wrong, and what to write. They show no part of a value."""

import re

import yaml

QUOTE = 'a value that begins with {{ must be in double quotes: "{{ ... }}"'
COLON = "an extra colon, or wrong indentation: put text that contains a colon and a space in quotes"
ENCODING = "a character that is not valid UTF-8: save the file in UTF-8"
NOT_VARIABLES = "not variables: write `name: value`, with a space after the colon"
EQUALS = "an equals sign instead of a colon: write `name: value`"
BEGINS = "a value that begins with @, `, %, *, &, !, |, > or a bracket must be in quotes"
DASH_COLUMN = "this line begins in the column of a dash above it: begin it in the column of the entry's first key"
DASHES = "the dashes of a list are not in the same column: begin all of them in the column of the first"
AFTER_QUOTES = "text after the closing quotes: put all of the value in one pair of quotes; inside use the other kind"
OPEN_QUOTES = "the quotes that open here are never closed"
OPEN_BRACKET = "the bracket that opens here is never closed"
MARKERS = "an unresolved Git conflict: choose one of the two versions and remove the markers"
HEADER = "the header of a vault must be the first line, or nothing is decrypted: remove what is before it"
# Pattern of a line -> what is wrong with it. Tried at the line of the syntax error and at those close to it.
LINE_ERRORS = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"[ ]*\t", "a tab in the indentation: use spaces"),
        (r"[^'\"#]*[:\-\[{,]\s*\{\{", QUOTE),
        (r"(<{7}|={7}|>{7})( |$)", MARKERS),
        (r"[^'\"#]*:\s+\{%", 'a value that begins with {% must be in double quotes: "{% ... %}"'),
        (r"\s*(//|/\*|<!--|;)", "not a comment of YAML: begin a comment with #"),
        (r"\s*\[[\w:]+\]\s*$", "a section of the INI format: in YAML write `name: value`"),
        (r"\s*```", "a mark of Markdown: remove this line"),
        (r"[^'\"#]*[\u00a0\u2000-\u200f\u202f\u2060\u3000\ufeff]",
         "an invisible character that is not a space: type the spaces of this line again"),
        (r"\s*(- +)?\w+\s*\uff1a", "a colon of another script: write : and a space"),
        (r"\s*(- +)?[A-Za-z_]\w*:[^\s/:]", "a space is missing after the colon"),
        (r"\s*(- +)?[A-Za-z_]\w*\s*=", EQUALS),
        (r"\s*-[A-Za-z_/]", "a space is missing after the dash"),
        (r"\s*(- +)?[A-Za-z_]\w*:\s+- ", "a dash after the colon: begin a list in the next line, put text in quotes"),
        (r"\s*(- +)?([A-Za-z_]\w*:\s+)?([@`%*&!,\]}]|[|>][^\s\d+-])", BEGINS),
    )
)  # fmt: skip
# Error of the YAML parser -> message for the admin.
YAML_ERRORS = (
    ("mapping values are not allowed", COLON),
    ("unexpected end of stream", OPEN_QUOTES),
    ("expected ',' or", OPEN_BRACKET),
    ("another document", "--- is allowed only at the top of the file"),
    ("expected (key|<block end>)", "this does not match the lines above: check indentation and quotes"),
    ("expected '?<document start>", "this is indented less than the lines above"),
    ("escape|hexdecimal", "a backslash in double quotes: put this text in single quotes"),
    ("expected ':'", NOT_VARIABLES),
    ("expected '-' indicator", "this does not match the lines above: check indentation and quotes"),
    ("comment or line break|chomping|undefined alias|mapping keys|tag|node content|cannot start|URI", BEGINS),
)
KEY = re.compile(r"\s*(- +)?[\w-]+\s*:(\s|$)")


def syntax_error(error, content):
    """(line, message) of a YAML ERROR in CONTENT."""
    if isinstance(error, yaml.reader.ReaderError):
        sign = yaml.reader.Reader.NON_PRINTABLE.search(content)
        text = f"the control character U+{ord(sign[0]):04X}, which YAML does not allow: remove it" if sign else ENCODING
        return content.count("\n", 0, sign.start() if sign else 0) + 1, text
    mark, lines = error.problem_mark or error.context_mark, [*content.splitlines(), ""]
    line, problem = min(mark.line, len(lines) - 1), str(error.problem)
    is_tab = lines[line][mark.column : mark.column + 1] == "\t"
    if found := (line + 1, LINE_ERRORS[0][1]) if is_tab else _open_bracket(lines, line, problem):
        return found
    begin = error.context_mark.line if error.context_mark and "expected ':'" in problem else line
    above = _above(lines, line)
    near = [number for number in (line, begin, above) if number is not None and lines[number].strip()]
    for pattern, text in LINE_ERRORS:
        for number in near:
            if pattern.match(lines[number]):
                return number + 1, text
    for found in (_quotes(lines, line, above), _column_of_dash(lines, line, problem), _two_lines(lines, mark, problem)):
        if found:
            return found
    for pattern, text in YAML_ERRORS:
        if re.search(pattern, problem):
            return (error.context_mark.line if text in (OPEN_QUOTES, OPEN_BRACKET) else begin) + 1, text
    return mark.line + 1, "invalid YAML: check indentation, quotes and brackets here and in the line above"


def _open_bracket(lines, line, problem):
    """(line, message) of a list or map in brackets that the end of the file, LINE, cuts off; or None."""
    if "node content" not in problem or any(map(str.strip, lines[line:])):
        return None
    opened = (number for number in range(line - 1, -1, -1) if re.search(r"[\[{,]\s*(#.*)?$", lines[number]))
    return next(opened, line) + 1, OPEN_BRACKET


def text_error(value):
    """The message for a file that is one text, VALUE."""
    first = value.lstrip().split("\n")[0]
    return next((text for pattern, text in LINE_ERRORS[4:] if pattern.match(first)), NOT_VARIABLES)


def vault_error(text):
    """(line, message) if TEXT is a vault whose header is not at its begin, else None."""
    lines = text.lstrip("\ufeff").split("\n")
    for number, line in enumerate(lines):
        if re.match(r"\s*\$ANSIBLE_VAULT;\d", line):
            return None if any(re.search(r":.*[|>]", above) for above in lines[:number]) else (number + 1, HEADER)
    return None


def _above(lines, line):
    return next((number for number in range(line - 1, -1, -1) if lines[number].strip()), None)


def _quotes(lines, line, above):
    """(line, message) of text after closing quotes, or of quotes up to LINE that do not close in their line."""
    for number in (line, above):
        value = r"\s*(- +)?([\w-]+:\s+)?(\"([^\"\\]|\\.)*\"|'[^']*')\s*[^\s#:,\]}]"
        if number is not None and re.match(value, lines[number]):
            return number + 1, AFTER_QUOTES
    for number in range(line, -1, -1):
        opened = re.match(r"\s*(- +)?([\w-]+:\s+)?(['\"])", lines[number])
        if opened and opened[3] not in re.sub(r"\\.|''", "", lines[number][opened.end() :]):
            return number + 1, OPEN_QUOTES
    return None


def _column_of_dash(lines, line, problem):
    """(line, message) of a dash, or of a key of an entry in a list, that is not in the column of the others."""
    if re.search("'-' indicator|<block end>|expected key", problem) and lines[line].lstrip().startswith("- "):
        return (line + 1, DASHES) if any(above.lstrip().startswith("- ") for above in lines[:line][-5:]) else None
    if not re.search("'-' indicator|<block end>|expected key", problem) or not KEY.match(lines[line]):
        return None
    column = len(lines[line]) - len(lines[line].lstrip())
    for number in range(line - 1, -1, -1):
        stripped = lines[number].lstrip()
        indent = len(lines[number]) - len(stripped)
        if stripped.startswith("- ") and indent <= column <= indent + 2:
            same = "this line begins left of the entry's first key: begin both in the same column"
            return line + 1, DASH_COLUMN if indent == column else same
        if stripped and indent < column:
            return None
    return None


def _two_lines(lines, mark, problem):
    """(line, message) where the parser took two lines for one key."""
    if "mapping values" not in problem or not KEY.fullmatch(lines[mark.line][: mark.column + 1]):
        return None
    above = _above(lines, mark.line)
    if above is None or lines[above].lstrip().startswith("#"):
        return None
    if not KEY.match(lines[above]):
        return above + 1, NOT_VARIABLES
    text = "this line is indented more than the one above, which has a value already: begin both in the same column"
    return mark.line + 1, text
