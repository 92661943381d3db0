"""Files that are either whole or not there."""

from __future__ import annotations

from pathlib import Path

from ...autograd.text.whole_file import replace_whole


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file, whole or not at all. Missing folders are made.

    Raises:
        OSError: it cannot be written (a read-only or full folder, …); an older file of that name is left as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_whole(path, content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise type(error)(
            error.errno, f"cannot write here ({reason}); choose another folder or name", str(path)
        ) from error
    return path
