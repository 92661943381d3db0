"""Files: what is saved comes back bit for bit, and no damaged, foreign or failed file changes anything."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import stat
import sys

import pytest

from glassgrad import Value, nn
from glassgrad.nn.saving import files


def numbers(model):
    return [p.data for p in model.parameters()]


@pytest.fixture
def model():
    return nn.MLP(3, [4, 1, 2], activation=["tanh", "gelu", "linear"], init="he_normal", seed=0, fused=True)


@pytest.fixture
def path(model, tmp_path):
    return nn.save(model, tmp_path / "model.json")


def test_a_model_comes_back_bit_for_bit(model, path):
    again = nn.load(path)
    assert numbers(again) == numbers(model)
    assert (again.nouts, again.activations, again.fused) == (model.nouts, model.activations, True)
    assert nn.predict(again, [[0.1, 0.2, 0.3]]) == nn.predict(model, [[0.1, 0.2, 0.3]])
    assert path.is_absolute()
    assert json.loads(path.read_bytes())["format"] == "glassgrad"


@pytest.mark.parametrize("x", [0.1, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, 2.0**-1074 * 3])
def test_every_finite_double_comes_back(x, tmp_path):
    model = nn.Neuron(1)
    model.w[0].data = x
    nn.save(model, tmp_path / "m.json")
    other = nn.load(tmp_path / "m.json", into=nn.Neuron(1))
    assert other.w[0].data.hex() == x.hex()


def test_models_of_ones_own_are_loaded_into(tmp_path):
    class Line(nn.Module):
        def __init__(self):
            self.slope, self.start = Value(1.5), Value(0.5)

    class Hidden(nn.Module):
        def __init__(self):
            values = [Value(2.5), Value(3.5)]
            self._get = lambda: values

        def parameters(self):
            return self._get()

    for cls in (Line, Hidden):
        path, fresh = nn.save(cls(), tmp_path / "own.json"), cls()
        for p in fresh.parameters():
            p.data = 0.0
        with pytest.raises(nn.CheckpointError, match="into=model"):
            nn.load(path)
        assert nn.load(path, into=fresh) is fresh
        assert numbers(fresh) == numbers(cls())


def test_an_activation_of_ones_own_needs_the_model(tmp_path):
    model = nn.MLP(1, [2, 1], activation=lambda v: v * v, seed=0)
    path = nn.save(model, tmp_path / "m.json")
    with pytest.raises(nn.CheckpointError, match="into=model"):
        nn.load(path)
    assert numbers(nn.load(path, into=nn.MLP(1, [2, 1], activation=lambda v: v * v))) == numbers(model)


def test_an_optimizer_goes_on_where_it_was(tmp_path):
    def steps(model, optimizer, count):
        for _ in range(count):
            model.zero_grad()
            nn.mse(model([0.5, -0.5]), 1.0).backward()
            optimizer.step()

    model = nn.MLP(2, [3, 1], seed=0)
    optimizer = nn.Adam(model.parameters(), lr=0.1)
    steps(model, optimizer, 5)
    path = nn.save(model, tmp_path / "m.json", optimizer=optimizer, history=nn.History())
    steps(model, optimizer, 5)
    other = nn.MLP(2, [3, 1], seed=1)
    fresh = nn.Adam(other.parameters(), lr=0.1)
    nn.load(path, into=other, optimizer=fresh)
    assert fresh.iteration == 5
    steps(other, fresh, 5)
    assert numbers(other) == numbers(model)
    with pytest.raises(nn.CheckpointError, match="saved with Adam, not SGD"):
        nn.load(path, into=other, optimizer=nn.SGD(other.parameters(), lr=0.1))


# ── damage ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def refuses(path, match=None):
    """Loading fails, into a new model and into one that stays as it was; the message names the file."""
    into = nn.MLP(3, [4, 1, 2], activation=["tanh", "gelu", "linear"], seed=9)
    before = numbers(into)
    for target in (None, into):
        with pytest.raises(nn.CheckpointError, match=match) as caught:
            nn.load(path, into=target)
        assert path.name in str(caught.value)
        assert len(str(caught.value)) < 600
    assert numbers(into) == before


def test_every_truncation_is_noticed(path, tmp_path):
    data, cut = path.read_bytes(), tmp_path / "cut.json"
    for length in [*range(140), *range(140, len(data), 37), len(data) - 1]:
        cut.write_bytes(data[:length])
        refuses(cut)


def test_every_flipped_bit_is_noticed(path, tmp_path):
    data, flipped = path.read_bytes(), tmp_path / "flipped.json"
    places = random.Random(0).sample(range(140 * 8, len(data) * 8), 300)
    for place in [*range(140 * 8), *places]:
        altered = bytearray(data)
        altered[place // 8] ^= 1 << place % 8
        flipped.write_bytes(altered)
        refuses(flipped)


@pytest.mark.parametrize("tail", [b"\n", b" ", b"x", b"{}", b"\0" * 100])
def test_what_is_appended_is_noticed(path, tail):
    with path.open("ab") as file:
        file.write(tail)
    refuses(path, "damaged")


def forged(path, body):
    """A file whose checksum is right, whatever its content."""
    tail = body + b"}"
    header = files._encoded({})[: -len(b"{}}")].replace(
        hashlib.sha256(b"{}}").hexdigest().encode(), hashlib.sha256(tail).hexdigest().encode()
    )
    path.write_bytes(header + tail)
    return path


def content_of(path):
    return json.loads(path.read_bytes())["content"]


def altered(section, key, value):
    def alter(content):
        (content[section] if section else content)[key] = value

    return alter


def settings(key, value):
    def alter(content):
        content["model"]["settings"][key] = value

    return alter


def parameters(change):
    return lambda content: change(content["model"]["parameters"])


W = "layers.0.neurons.0.w0"
CONTENTS = {
    "no model": lambda c: c.pop("model"),
    "a model that is a list": altered("", "model", [1]),
    "parameters that are a list": altered("model", "parameters", [1.0]),
    "a parameter that is text": parameters(lambda p: p.update({W: "1.0"})),
    "a parameter that is true": parameters(lambda p: p.update({W: True})),
    "a parameter that is null": parameters(lambda p: p.update({W: None})),
    "a parameter that is a list": parameters(lambda p: p.update({W: [1.0]})),
    "a parameter beyond floats": parameters(lambda p: p.update({W: 10**400})),
    "a parameter too few": parameters(lambda p: p.pop(W)),
    "a parameter too many": parameters(lambda p: p.update({"layers.9": 1.0})),
    "a parameter renamed": parameters(lambda p: p.update({"w": p.pop(W)})),
}
BUILDS = {
    "another kind": altered("model", "type", "Transformer"),
    "a size that is text": settings("nin", "3"),
    "a size that is true": settings("nin", True),
    "a negative size": settings("nouts", [-4, 1, 2]),
    "a huge size": settings("nouts", [10**12, 1, 2]),
    "other sizes": settings("nouts", [5, 1, 2]),
    "no layers": settings("nouts", []),
    "an unknown activation": settings("activations", ["tanh", "tahn", "linear"]),
    "activations for other layers": settings("activations", ["tanh"]),
    "an unknown initializer": settings("init", "ones"),
    "fused that is text": settings("fused", "yes"),
}


@pytest.mark.parametrize("alter", CONTENTS.values(), ids=CONTENTS)
def test_a_right_checksum_does_not_excuse_wrong_content(path, alter):
    content = content_of(path)
    alter(content)
    refuses(forged(path, json.dumps(content).encode()))


@pytest.mark.parametrize("alter", BUILDS.values(), ids=BUILDS)
def test_a_network_that_cannot_be_built_is_refused(path, alter):
    content = content_of(path)
    alter(content)
    forged(path, json.dumps(content).encode())
    with pytest.raises(nn.CheckpointError):
        nn.load(path)


BODIES = {
    "nan": b'{"model": {"parameters": {"w": NaN}}}',
    "infinity": b'{"model": {"parameters": {"w": -Infinity}}}',
    "beyond floats": b'{"model": {"parameters": {"w": 1e999}}}',
    "nested lists": b"[" * 200_000 + b"]" * 200_000,
    "nested objects": b'{"model": ' * 100_000 + b"1" + b"}" * 100_000,
    "a huge int": b'{"model": {"parameters": {"w": ' + b"9" * 10_000 + b"}}}",
    "no JSON": b"model",
    "a list": b"[1]",
    "a number": b"1",
    "not UTF-8": b'"\xff\xfe"',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_json_that_is_no_model_is_refused(path, body):
    refuses(forged(path, body))


FOREIGN = {
    "empty": (b"", "empty"), "blank": (b" \n", "empty"), "other JSON": (b'{"layers": []}', "not a file saved by glassgrad"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "not a file saved"), "a pickle": (b"\x80\x04K\x01.", "not a file saved"),
    "nested": (b"[" * 100_000, "not a file saved"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "match"), FOREIGN.values(), ids=FOREIGN)
def test_foreign_files_are_refused(tmp_path, data, match):
    path = tmp_path / "foreign.json"
    path.write_bytes(data)
    refuses(path, match)


def test_a_newer_version_says_to_upgrade(path):
    path.write_bytes(path.read_bytes().replace(b'"version": 1', b'"version": 2', 1))
    refuses(path, "version 2.*upgrade")


def test_a_file_of_another_network_names_the_difference(path):
    other = nn.MLP(3, [4, 2], seed=0)
    with pytest.raises(
        nn.CheckpointError, match=r"has 25 parameters and the model 26; the file lacks layers\.\S+, .* besides"
    ):
        nn.load(path, into=other)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        nn.load(tmp_path / "none.json")


# ── failed writes ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=["full", "Ctrl-C"]
)
def test_a_failed_write_leaves_the_old_file_whole(model, path, monkeypatch, call, error):
    before = path.read_bytes()

    def fails(*args):
        raise error

    monkeypatch.setattr(os, call, fails)
    model.parameters()[0].data += 1.0
    expected = nn.SaveError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected, match="No space left.*Nothing was changed" if isinstance(error, OSError) else None):
        nn.save(model, path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="folders are synced by POSIX systems only")
def test_file_and_folder_are_synced(model, tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(stat.S_IFMT(os.fstat(descriptor).st_mode)))
    nn.save(model, tmp_path / "model.json")
    assert synced == [stat.S_IFREG, stat.S_IFDIR]


def test_folders_that_cannot_be_written_to(model, tmp_path):
    for path in (tmp_path / "none" / "model.json", tmp_path):
        with pytest.raises(nn.SaveError) as caught:
            nn.save(model, path)
        assert isinstance(caught.value, OSError)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_read_only_folder(model, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(nn.SaveError, match="Permission denied"):
        nn.save(model, tmp_path / "model.json")


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a privilege there")
def test_a_link_keeps_pointing_to_the_file(model, path):
    link = path.with_name("link.json")
    link.symlink_to(path)
    model.parameters()[0].data = 7.0
    nn.save(model, link)
    assert link.is_symlink()
    assert numbers(nn.load(path))[0] == 7.0


@pytest.mark.parametrize("x", [float("nan"), float("inf")])
def test_a_model_that_is_not_finite_is_not_saved(model, path, x):
    before = path.read_bytes()
    model.parameters()[3].data = x
    with pytest.raises(nn.CheckpointError, match=r"layers.0.neurons.0.b is (nan|inf)"):
        nn.save(model, path)
    assert path.read_bytes() == before
