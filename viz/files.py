"""Files that are either whole or not there."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file at once: to a temporary one beside it, then moved into place. Missing folders are made.

    Raises:
        OSError: it cannot be written (a read-only or full folder, …); an older file of that name is left as it was.
    """
    temporary = path.with_name(f".{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        said = f"cannot write here ({reason}); choose another folder or name"
        raise type(error)(error.errno, said, str(path)) from error
    return path
