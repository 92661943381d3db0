"""Files that are written whole or not at all, and read only if they are files: models, runs, pictures."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import time
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

ABANDONED_AFTER = 3600.0  # seconds, where there are no locks
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO (a pipe with a name)"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def kind_of(mode: int) -> str:
    """What a path leads to, in words, where that is not a regular file; else "".

    >>> kind_of(stat.S_IFIFO), kind_of(stat.S_IFREG)
    ('a FIFO (a pipe with a name)', '')
    """
    return "" if stat.S_ISREG(mode) else next((words for is_kind, words in _KINDS if is_kind(mode)), "no regular file")


def mode_of(target: Path) -> int | None:
    """The permissions of a file that may be written to; None where there is no file yet.

    Raises:
        OSError: it is a folder, device, FIFO or socket, or it is read-only.
    """
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if kind := kind_of(mode):
        code = errno.EISDIR if stat.S_ISDIR(mode) else errno.EEXIST
        raise OSError(code, f"it is {kind}, and only a regular file may be replaced")
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) or not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, f"it is read-only (mode {stat.S_IMODE(mode):04o})")
    return stat.S_IMODE(mode)


def replace_whole(target: Path, data: bytes) -> None:
    """Write a file at once: to a temporary one beside it, synced to disk, then moved into place.

    A file that is there keeps its permissions. What writers that were killed have left beside it is removed.

    Raises:
        OSError: it cannot be written; what stood there before is untouched. A folder, device, FIFO, socket or
            read-only file is left alone.
    """
    mode = mode_of(target)
    prefix = f".{target.name[:40]}."  # 40 characters are at most 160 bytes, of the 255 that a name may have
    _remove_abandoned(target.parent, prefix)
    opened: list[tuple[Path, BinaryIO]] = []  # closed and removed on every way out, after an interrupt at any line too
    try:
        temporary, file = _opened(target.parent, prefix, mode, opened)
        with file:  # locked until it is in place, or gone
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if HAS_LOCKS:
                os.replace(temporary, target)  # noqa: PTH105  # Path.replace follows no better
        if not HAS_LOCKS:
            os.replace(temporary, target)  # noqa: PTH105  # Windows moves closed files only
        _sync_folder(target.parent)
    finally:
        for path, file in opened:
            file.close()
            _remove(path)


def _opened(folder: Path, prefix: str, mode: int | None, opened: list[tuple[Path, BinaryIO]]) -> tuple[Path, BinaryIO]:
    """A new temporary file, locked, with these permissions; from the first byte on nobody else may read more."""
    while True:
        path = folder / f"{prefix}{secrets.token_hex(6)}.tmp"
        opened.append((path, _created(path, 0o666 if mode is None else 0o600)))
        _lock(opened[-1][1])
        if mode is not None:
            path.chmod(mode)
        if path.exists():  # else another writer took it for abandoned, before it was locked
            return opened[-1]


def _created(path: Path, mode: int) -> BinaryIO:
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode))


def _lock(file: BinaryIO) -> None:
    if HAS_LOCKS:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:  # a file system without locks: nobody can take the file for abandoned there
            return


def _remove_abandoned(folder: Path, prefix: str) -> None:
    """Remove temporary files whose writers are gone."""
    pattern = re.compile(re.escape(prefix) + r"[0-9a-f]{12}\.tmp")
    try:
        found = [folder / name for name in os.listdir(folder) if pattern.fullmatch(name)]  # noqa: PTH208  # names only
    except OSError:  # a folder that may be written to and not listed, or none: writing will tell
        return
    for path in found:
        _remove_if_abandoned(path)


def _remove_if_abandoned(path: Path) -> None:
    try:
        if not HAS_LOCKS:
            if time.time() - path.stat().st_mtime > ABANDONED_AFTER:
                path.unlink()
            return
        if path.is_symlink():
            return
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
    except OSError:  # a writer is at work on it, or it is another user's
        return


def _sync_folder(folder: Path) -> None:
    """Make the move itself durable. The file is in place already: where a folder cannot be synced, that is no error."""
    if os.name != "posix":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        return
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:  # the folder has gone or become read-only: there is nothing to be done, and nothing was changed
        return
