"""The pages run: each python snippet and `sourcediff` command of README.md and docs/.

In each page the ```python blocks run in order, in one namespace. A block that is headed
```python output or ```text output must be what the block before it printed. In a
```console block the commands `$ sourcediff ...` must succeed and print what follows
them; `...` there stands for anything.
"""

import contextlib
import doctest
import importlib.util
import io
import linecache
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("**/*.md")),
]
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its heading, its text, where the text starts and ends."""

    heading: str
    text: str
    start: int
    end: int


def blocks(page: str) -> Iterator[Block]:
    for match in FENCE.finditer(page):
        yield Block(match[1].strip(), match[2], match.start(2), match.end(2))


def page_module(page: Path, directory: Path) -> ModuleType:
    """A module whose file has the page's snippets at the page's own line numbers."""
    text = page.read_text()
    kept = []
    position = 0
    for block in blocks(text):
        if block.heading == "python":
            kept.append("\n" * text.count("\n", position, block.start))
            kept.append(block.text)
            position = block.end
    name = f"page_{page.stem}".replace("-", "_").lower()
    file = directory / f"{name}.py"
    file.write_text("".join(kept))
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    return importlib.util.module_from_spec(spec)


def run_snippet(module: ModuleType, source: str, line: int) -> str:
    """Execute one snippet in its page's namespace; what it prints."""
    assert module.__file__ is not None
    code = compile("\n" * line + source, module.__file__, "exec")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, vars(module))
    return printed.getvalue()


def commands(transcript: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output that is shown for it."""
    for part in re.split(r"^\$ ", transcript, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        if command.startswith("sourcediff "):
            yield command, output


def run_command(command: str, directory: Path) -> str:
    arguments = [sys.executable, "-m", *shlex.split(command, comments=True)]
    result = subprocess.run(
        arguments, cwd=directory, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}{result.stderr}"
    return result.stdout


def same(expected: str, printed: str) -> bool:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(expected, printed, flags)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_snippets_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update_golden: bool
) -> None:
    text = page.read_text()
    module = page_module(page, tmp_path)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.chdir(tmp_path)
    linecache.checkcache()
    printed = ""
    changes = []
    for block in blocks(text):
        if block.heading == "python":
            line = text.count("\n", 0, block.start)
            printed = run_snippet(module, block.text, line)
        elif block.heading.endswith(" output"):
            if update_golden:
                changes.append((block, printed))
            else:
                assert printed.rstrip() == block.text.rstrip()
    for block, output in reversed(changes):
        text = text[: block.start] + output.rstrip() + "\n" + text[block.end :]
    if changes:
        page.write_text(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_run(page: Path, tmp_path: Path) -> None:
    if (ROOT / "examples").is_dir():
        shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for block in blocks(page.read_text()):
        if block.heading == "console":
            for command, shown in commands(block.text):
                printed = run_command(command, tmp_path)
                if shown.strip():
                    assert same(shown, printed), f"{command}\n{printed}"


def test_a_wrong_output_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(6 * 7)\n```\n\n```text output\n41\n```\n")
    with pytest.raises(AssertionError):
        test_snippets_run(page, tmp_path, monkeypatch, update_golden=False)
    test_snippets_run(page, tmp_path, monkeypatch, update_golden=True)
    assert "\n42\n" in page.read_text()
    test_snippets_run(page, tmp_path, monkeypatch, update_golden=False)


def test_a_snippet_keeps_its_line_and_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Title\n\n```python\ndef f(x):\n    return x\n```\n\nText.\n\n"
        "```python\nimport inspect\n\nprint(inspect.getsource(f))\n1 / 0\n```\n"
    )
    with pytest.raises(ZeroDivisionError) as caught:
        test_snippets_run(page, tmp_path, monkeypatch, update_golden=False)
    assert caught.traceback[-1].lineno + 1 == 14


def test_commands_are_found_with_their_output() -> None:
    transcript = "$ ls\na\n$ sourcediff rules sin\nnp.sin ...\n$ sourcediff demo\n"
    assert list(commands(transcript)) == [
        ("sourcediff rules sin", "np.sin ...\n"),
        ("sourcediff demo", ""),
    ]
