"""One JSON document in one file: with a checksum, and written so that a failed write leaves the old file whole."""

from __future__ import annotations

import hashlib
import json
import re
from os import PathLike
from pathlib import Path
from typing import NoReturn, TypeAlias

from ...autograd.errors import GlassgradError
from ...autograd.whole_file import replace_whole

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

VERSION = 1
_HEADER = re.compile(rb'\{"format": "glassgrad", "version": (\d{1,9}), "sha256": "([0-9a-f]{64})", "content": ')


class CheckpointError(GlassgradError, ValueError):
    """A file that cannot be trusted, or does not fit what it is to be loaded into. Nothing has been changed by it."""


class SaveError(GlassgradError, OSError):
    """A file could not be written; what stood there before is untouched."""


def write(path: str | PathLike[str], content: dict[str, Json]) -> Path:
    """Write the document, whole or not at all.

    Raises:
        SaveError: (an OSError) the folder does not exist, is read-only or full; a file already there stays as it was.
        CheckpointError: (a ValueError) a number in the content is nan or infinite.
    """
    target = Path(path).resolve()
    data = _encoded(content)
    try:
        replace_whole(target, data)
    except OSError as error:
        raise SaveError(
            error.errno,
            f"cannot write {target.name} in {target.parent}: {error.strerror or error}. Nothing was changed; choose a "
            "folder that exists, can be written to and has room",
        ) from error
    return target


def read(path: str | PathLike[str]) -> dict[str, Json]:
    """The content of a document, exactly as it was written.

    Raises:
        CheckpointError: (a ValueError) it is damaged, of a newer version, or not such a document.
        OSError: it cannot be opened.
    """
    name, data = Path(path).name, Path(path).read_bytes()
    header = _HEADER.match(data)
    if header is None:
        _refuse_foreign(name, data)
    version, checksum = int(header[1]), header[2].decode()
    if version != VERSION:
        raise CheckpointError(
            f"{name} has version {version}, and this glassgrad reads version {VERSION}: upgrade glassgrad"
        )
    body = data[header.end() :]
    if hashlib.sha256(body).hexdigest() != checksum:
        raise CheckpointError(
            f"{name} is damaged: its checksum does not fit its content, so it was cut short or altered; use another "
            "copy"
        )
    content = _parsed(name, body[:-1])
    if not isinstance(content, dict):
        raise CheckpointError(f"{name} holds no document but {type(content).__name__}; save the model again")
    return content


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


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a finite number")


def _parsed(name: str, text: bytes) -> Json:
    try:
        parsed: Json = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise CheckpointError(f"{name} is nested too deeply to be a model; use another copy") from None
    except ValueError as error:
        raise CheckpointError(f"{name} holds no valid JSON: {error}; use another copy") from None
    return parsed
