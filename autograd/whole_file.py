"""Files that are written whole or not at all: models, runs, pictures."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace_whole(target: Path, data: bytes) -> None:
    """Write a file at once: to a temporary one beside it, synced to disk, then moved into place.

    Raises:
        OSError: it cannot be written; what stood there before is untouched.
    """
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.tmp")
    try:
        _write_synced(temporary, data)
        os.replace(temporary, target)  # noqa: PTH105  # Path.replace follows no better
        _sync_folder(target.parent)
    finally:
        _remove(temporary)


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the move itself durable; Windows has no such call, and needs none."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:  # the folder has gone or become read-only: there is nothing to be done, and nothing was changed
        return
