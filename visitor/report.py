"""Output for the operator: a line for each finished check, and a table at the end."""

import textwrap

WIDTH = 120


def line(result, number, total):
    return f"[{number:2}/{total}] {result.name}: {result.result}" + (
        f", {result.seconds:.1f} s" if result.seconds else ""
    )


def rows(results):
    """[(result, text)]; the first is the heading, with the result None. Columns are aligned, long details wrapped."""
    width = max(len(result.name) for result in results)
    indent = width + 20
    lines = [(None, f"{'check':{width}}  {'result':7}  {'seconds':>7}  detail")]
    for r in results:
        text = f"{r.name:{width}}  {r.result:7}  {r.seconds:7.1f}  {r.detail}"
        lines.append(
            (
                r.result,
                textwrap.fill(
                    text,
                    WIDTH,
                    subsequent_indent=" " * indent,
                    break_long_words=False,
                    replace_whitespace=False,
                    break_on_hyphens=False,
                ),
            )
        )
    return lines


def summary(results):
    """The result of all checks, on one line."""
    failed = [r.name for r in results if r.result == "failed"]
    skipped = sum(r.result == "skipped" for r in results)
    return (
        f"{len(failed)} of {len(results)} checks failed: {', '.join(failed)}"
        if failed
        else f"{len(results) - skipped} checks passed, {skipped} skipped"
    )
