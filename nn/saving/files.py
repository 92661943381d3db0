"""One JSON document in one file: with a checksum, and written so that a failed write leaves the old file whole."""

from __future__ import annotations

import errno
import hashlib
import json
import re
from os import PathLike
from pathlib import Path
from typing import BinaryIO, NoReturn, TypeAlias

from ...autograd.errors import GlassgradError
from ...autograd.text.whole_file import kind_of, mode_of, replace_whole
from ..training.history import History

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

VERSION = 1
LARGEST = 512 * 2**20  # bytes; nothing larger is written, so nothing larger is read
_CHUNK = 2**20
_HEADER = re.compile(rb'\{"format": "glassgrad", "version": (\d{1,9}), "sha256": "([0-9a-f]{64})", "content": ')


class CheckpointError(GlassgradError, ValueError):
    """A file that cannot be trusted, or does not fit what it is to be loaded into. Nothing has been changed by it."""


class SaveError(GlassgradError, OSError):
    """A file could not be written; what stood there before is untouched.

    ``.history`` is that of the run which could not be saved, if it was one: nothing of it is lost.
    """

    history: History | None = None


def destination(path: str | PathLike[str]) -> Path:
    """The full path to write to, links followed.

    Raises:
        SaveError: (an OSError) the folder does not exist; a folder, device, FIFO, socket or read-only file is there.
    """
    target = _resolved(path)
    try:
        if not target.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        mode_of(target)
    except OSError as error:
        raise _unwritten(target, error) from error
    return target


def write(path: str | PathLike[str], content: dict[str, Json]) -> Path:
    """Write the document, whole or not at all.

    Raises:
        SaveError: (an OSError) the folder does not exist, is read-only or full; a file already there stays as it was.
            A folder, device, FIFO, socket or read-only file is left alone. Or the document is too large.
        CheckpointError: (a ValueError) a number in the content is nan or infinite.
    """
    target = destination(path)
    data = _encoded(content)
    if len(data) > LARGEST:
        raise SaveError(
            errno.EFBIG,
            f"cannot write {target.name}: it would have {_mebibytes(len(data))}, and the largest has "
            f"{_mebibytes(LARGEST)}. Nothing was changed; keep fewer snapshots",
        )
    try:
        replace_whole(target, data)
    except OSError as error:
        raise _unwritten(target, error) from error
    return target


def read(path: str | PathLike[str]) -> dict[str, Json]:
    """The content of a document, exactly as it was written.

    Raises:
        CheckpointError: (a ValueError) it is damaged, too large, of a newer version, or not such a document.
        OSError: it cannot be opened.
    """
    name = path_of(path).name
    with _opened(path, name) as file:
        start = file.read(len(_encoded({})))
        header = _HEADER.match(start)
        if header is None:
            _refuse_foreign(name, start)
        version, checksum = int(header[1]), header[2].decode()
        if version != VERSION:
            how = "upgrade glassgrad" if version > VERSION else "save the model again"
            raise CheckpointError(f"{name} has version {version}, and this glassgrad reads version {VERSION}: {how}")
        if not _fits(file, header.end(), checksum):
            raise CheckpointError(
                f"{name} is damaged: its checksum does not fit its content, so it was cut short or altered; use "
                "another copy"
            )
        file.seek(header.end())
        body = file.read()
    content = _parsed(name, body[:-1])
    if not isinstance(content, dict):
        raise CheckpointError(f"{name} holds no document but {type(content).__name__}; save the model again")
    return content


def path_of(path: object) -> Path:
    """A path.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(path, (str, PathLike)):
        raise TypeError(f"a file is given by its path, such as 'model.json', got {type(path).__name__}: {path!r:.60}")
    return Path(path)


def _resolved(path: str | PathLike[str]) -> Path:
    try:
        return path_of(path).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # links in a ring, a name with a NUL in it
        raise SaveError(errno.EINVAL, f"cannot write to {path!r:.200}: {error}. Choose another name") from error


def _unwritten(target: Path, error: OSError) -> SaveError:
    return SaveError(
        error.errno,
        f"cannot write {target.name} in {target.parent}: {error.strerror or error}. Nothing was changed; choose a "
        "folder that exists, can be written to and has room, and a name that is free or that of a file of yours",
    )


def _opened(path: str | PathLike[str], name: str) -> BinaryIO:
    """The file, if it is one and not too large."""
    try:
        found = Path(path).stat()
    except FileNotFoundError as error:
        where = Path(path).absolute().parent
        raise FileNotFoundError(error.errno, f"there is no file {name} in {where}: nothing to load or resume") from None
    if kind := kind_of(found.st_mode):
        raise CheckpointError(f"{name} is {kind}, not a file saved by glassgrad; give the path of one")
    if found.st_size > LARGEST:
        raise CheckpointError(
            f"{name} has {_mebibytes(found.st_size)}, and the largest that glassgrad saves has "
            f"{_mebibytes(LARGEST)}: it is damaged, or another kind of file; use another copy"
        )
    return Path(path).open("rb")


def _fits(file: BinaryIO, start: int, checksum: str) -> bool:
    """Whether what follows ``start`` has that checksum; read piece by piece."""
    file.seek(start)
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest() == checksum


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:,.0f} MiB"


def _encoded(content: dict[str, Json]) -> bytes:
    try:
        body = json.dumps(content, ensure_ascii=True, allow_nan=False).encode() + b"}"
    except ValueError as error:
        raise CheckpointError(
            f"cannot save nan or infinity: {error}; train again with a lower rate, then save"
        ) from None
    checksum = hashlib.sha256(body).hexdigest()
    return f'{{"format": "glassgrad", "version": {VERSION}, "sha256": "{checksum}", "content": '.encode() + body


def _refuse_foreign(name: str, data: bytes) -> NoReturn:
    if not data.strip():
        raise CheckpointError(f"{name} is empty; use another copy")
    if data.startswith(b'{"format": "glassgrad"'):
        raise CheckpointError(f"{name} is damaged: its first line is not as it was written; use another copy")
    raise CheckpointError(
        f"{name} is not a file saved by glassgrad: it begins with {data[:30]!r}; save one with nn.save"
    )


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError(f"the key {_repeated(pairs)!r:.60} stands twice")
    return content


def _repeated(pairs: list[tuple[str, Json]]) -> str:
    seen: set[str] = set()
    return next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # None: go on


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a finite number")


def _parsed(name: str, text: bytes) -> Json:
    try:
        parsed: Json = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except RecursionError:
        raise CheckpointError(f"{name} is nested too deeply to be a model; use another copy") from None
    except ValueError as error:
        raise CheckpointError(f"{name} holds no valid JSON: {error}; use another copy") from None
    return parsed
