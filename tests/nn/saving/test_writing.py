"""How a file is written: where, with which permissions, and what is left when a writer is killed."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from glassgrad import nn
from glassgrad.autograd.text import whole_file
from glassgrad.nn.saving.files import destination

posix = pytest.mark.skipif(os.name != "posix", reason="permissions, links and locks as POSIX has them")
X, Y = [0.0, 1.0, 2.0], [1.0, 3.0, 5.0]


@pytest.fixture
def model():
    return nn.MLP(1, [1], seed=0)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o777, 0o200])
def test_a_file_keeps_its_permissions(model, tmp_path, mode):
    path = nn.save(model, tmp_path / "m.json")
    path.chmod(mode)
    nn.save(model, path)
    assert mode_of(path) == mode


@posix
def test_a_new_file_has_the_permissions_that_the_umask_leaves(model, tmp_path):
    old = os.umask(0o027)
    try:
        assert mode_of(nn.save(model, tmp_path / "m.json")) == 0o640
    finally:
        os.umask(old)


@posix
def test_what_is_being_written_is_never_readable_by_more_than_the_file(tmp_path, monkeypatch):
    seen, target = [], tmp_path / "m.json"
    target.write_bytes(b"old")
    target.chmod(0o600)
    monkeypatch.setattr(os, "fsync", lambda descriptor: seen.append(os.fstat(descriptor).st_mode & 0o777))
    whole_file.replace_whole(target, b"new")
    assert seen[0] == 0o600


@posix
def test_a_read_only_file_is_left_alone(model, tmp_path):
    path = nn.save(model, tmp_path / "m.json")
    path.chmod(0o444)
    before = path.read_bytes()
    model.parameters()[0].data += 1.0
    with pytest.raises(nn.SaveError, match=r"it is read-only \(mode 0444\)"):
        nn.save(model, path)
    assert (path.read_bytes(), mode_of(path)) == (before, 0o444)
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.json"]


@posix
def test_links_are_followed_to_the_end_and_rings_are_refused(model, tmp_path):
    (tmp_path / "deep").mkdir()
    first, second, target = tmp_path / "a", tmp_path / "b", tmp_path / "deep" / "m.json"
    first.symlink_to(second)
    second.symlink_to(target)  # which is not there yet
    assert nn.save(model, first) == target
    assert first.is_symlink()
    assert second.is_symlink()
    ring = tmp_path / "ring"
    ring.symlink_to(ring)
    with pytest.raises(nn.SaveError, match="ring"):
        nn.save(model, ring)


@pytest.mark.parametrize("name", ["模型" * 41 + ".json", "x" * 250 + ".json", "a[b]*?.json", ".json"])
@posix
def test_long_and_odd_names(model, tmp_path, name):
    path = nn.save(model, tmp_path / name)
    assert path.name == name
    nn.save(model, path)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_a_name_that_no_file_can_have(model, tmp_path):
    for path in (str(tmp_path / "a\0b"), tmp_path / ("x" * 300)):
        with pytest.raises(nn.SaveError):
            nn.save(model, path)


@posix
def test_a_folder_that_cannot_be_listed_takes_files_all_the_same(model, tmp_path, monkeypatch):
    def refuses(path, *flags):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "listdir", refuses)
    monkeypatch.setattr(whole_file, "_sync_folder", lambda folder, real=whole_file._sync_folder: real(folder / "none"))
    assert nn.load(nn.save(model, tmp_path / "m.json"))(2.0).data == model(2.0).data


WRITER = """
import os, sys, time
from pathlib import Path
from glassgrad.autograd.text import whole_file
def waits(descriptor):
    print("writing", flush=True)
    time.sleep(60)
os.fsync = waits
whole_file.replace_whole(Path(sys.argv[1]), b"new")
"""


@posix
def test_what_a_killed_writer_left_is_removed_and_what_a_live_one_writes_is_not(model, tmp_path):
    path = nn.save(model, tmp_path / "m.json")
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout.readline() == "writing\n"
        nn.save(model, path)
        assert len(list(tmp_path.iterdir())) == 2  # the file, and what the other is writing
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    assert len(list(tmp_path.iterdir())) == 2
    other = tmp_path / ".m.json.notes.tmp"  # named by somebody else
    other.write_text("mine")
    nn.save(model, path)
    assert sorted(tmp_path.iterdir()) == sorted([path, other])


def test_without_locks_what_is_an_hour_old_is_abandoned(model, tmp_path, monkeypatch):
    monkeypatch.setattr(whole_file, "HAS_LOCKS", False)
    old, young = (tmp_path / f".m.json.{digit * 12}.tmp" for digit in "ab")
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * whole_file.ABANDONED_AFTER,) * 2)
    nn.save(model, tmp_path / "m.json")
    assert {path.name for path in tmp_path.iterdir()} == {"m.json", young.name}


# ── a run that cannot be saved ─────────────────────────────────────────────────────────────────────────────────────


def test_a_run_that_cannot_be_saved_loses_nothing(model, tmp_path, monkeypatch):
    optimizer = nn.Adam(model.parameters(), lr=0.1)
    path = tmp_path / "run.json"

    def vanish(training):
        if training.epoch == 3:
            monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space")))

    with pytest.raises(nn.SaveError, match="No space") as caught:
        nn.fit(model, X, Y, loss=nn.mse, optimizer=optimizer, batch_size=None, checkpoint=path, callbacks=vanish)
    history = caught.value.history
    assert len(history.iterations) == len(history.epochs) == optimizer.iteration == 3
    assert history.model is model
    monkeypatch.undo()
    other = nn.MLP(1, [1], seed=0)
    nn.fit(other, X, Y, loss=nn.mse, optimizer=nn.Adam(other.parameters(), lr=0.1), batch_size=None, epochs=3)
    assert [p.data for p in model.parameters()] == [p.data for p in other.parameters()]


def test_a_checkpoint_that_cannot_be_written_is_told_before_training(model, tmp_path):
    before = [p.data for p in model.parameters()]
    with pytest.raises(nn.SaveError, match="a folder"):
        nn.fit(model, X, Y, loss=nn.mse, checkpoint=tmp_path)
    assert [p.data for p in model.parameters()] == before
    with pytest.raises(nn.SaveError, match="cannot write run.json"):
        destination(tmp_path / "none" / "run.json")
