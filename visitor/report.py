"""What an operator reads: a line for each check when it is done, and the table at the end."""

import textwrap

WIDTH = 120


def line(result, number, of):
    return f"[{number:2}/{of}] {result.name}: {result.result}" + (f", {result.seconds:.1f} s" if result.seconds else "")


def rows(results):
    """[(result, text)], the first with None: the heading. Columns are aligned, long sentences wrapped."""
    wide = max(len(result.name) for result in results)
    indent = wide + 20
    lines = [(None, f"{'check':{wide}}  {'result':7}  {'seconds':>7}  detail")]
    for r in results:
        text = f"{r.name:{wide}}  {r.result:7}  {r.seconds:7.1f}  {r.detail}"
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
    """One sentence for the end."""
    failed = [r.name for r in results if r.result == "failed"]
    skipped = sum(r.result == "skipped" for r in results)
    return (
        f"{len(failed)} of {len(results)} checks failed: {', '.join(failed)}"
        if failed
        else f"{len(results) - skipped} checks are ok, {skipped} were skipped"
    )
