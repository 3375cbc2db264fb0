"""Docstrings as text: indented anew, otherwise as they were."""

from __future__ import annotations

from sourcediff.emit.literals import escaped


def docstring_lines(value: str, indent: int) -> list[str]:
    r'''The lines of a docstring, with their indentation and quotes.

    >>> print("\n".join(docstring_lines("Sum.\n\n      Slowly.\n   ", 4)))
        """Sum.
    <BLANKLINE>
        Slowly.
        """
    '''
    first, *rest = value.expandtabs().split("\n")
    shown = [line for line in rest if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in shown), default=0)
    lines = [first.strip(), *(line[margin:].rstrip() for line in rest)]
    has_last_line = len(lines) > 1 and not lines[-1]
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    if has_last_line and len(lines) > 1:
        lines.append("")
    return _delimited(lines, " " * indent)


def _delimited(lines: list[str], margin: str) -> list[str]:
    text = "\n".join(lines)
    prefix = "r" if _is_clearer_raw(text) else ""
    if not prefix:
        lines = [_escaped_line(line) for line in lines]
        if lines[-1].endswith('"'):
            lines[-1] = lines[-1][:-1] + '\\"'
    if (not lines[0] and len(lines) == 1) or lines[0].startswith('"'):
        lines[0] = " " + lines[0]
    lines[0] = f'{prefix}"""{lines[0]}'
    lines[-1] = f'{lines[-1]}"""'
    last = len(lines) - 1
    return [
        margin + line if line or number == last else ""
        for number, line in enumerate(lines)
    ]


def _is_clearer_raw(text: str) -> bool:
    return (
        "\\" in text
        and text[-1] not in '"\\'
        and '"""' not in text
        and text.replace("\n", "").isprintable()
    )


def _escaped_line(line: str) -> str:
    return escaped(line, "").replace('"""', '\\"\\"\\"')
