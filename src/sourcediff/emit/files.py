"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path


def write_atomically(path: str | os.PathLike[str], text: str) -> None:
    r"""Replace the content of a file, in one step for whoever reads it.

    A new file gets the permissions of any new file, an existing one keeps its own; a
    link stays a link. If anything fails, the file is as it was, and nothing else is
    left behind.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "loss_grad.py")
    ...     write_atomically(file, "x = 1\n")
    ...     file.read_text(), os.listdir(folder)
    ('x = 1\n', ['loss_grad.py'])
    """
    target = Path(path).resolve()
    target.parent.resolve(strict=True)  # its error names the folder, not the draft
    draft = target.with_name(
        f".{target.name}.{os.getpid()}.{threading.get_ident()}.draft"
    )
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            draft.chmod(target.stat().st_mode & 0o7777)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
