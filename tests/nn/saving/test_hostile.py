"""Hostile files: each is refused in a sentence, and model, optimizer, schedule and file stay as they were."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys

import pytest

from glassgrad import nn
from glassgrad.nn.saving import files

X, Y = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]], [1, 1, 0, 0]
W = "layers.0.neurons.0.w0"
HUGE, BEYOND = 10**400, float(2**60)


def made(seed=0):
    """A model, its optimizer, and a run of both."""
    model = nn.MLP(2, [2, 1], activation="tanh", seed=seed)
    rates = nn.schedules.reduce_on_plateau(0.1, patience=2)
    optimizer = nn.Adam(model.parameters(), lr=rates)

    def run(**more):
        settings = {
            "loss": nn.binary_cross_entropy, "optimizer": optimizer, "epochs": 6, "batch_size": 2, "seed": 1, "l2": 0.01,
            "metrics": nn.accuracy, "early_stopping": 50, "snapshots": 4, "engine": "eager",
        }  # fmt: skip
        return nn.fit(model, X, Y, **{**settings, **more})

    return model, optimizer, run


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "run.json"
    made()[2](checkpoint=path)
    return path.read_bytes()


def state_of(model, optimizer):
    memory = {name: array.tolist() for name, array in optimizer.position.state.items()}
    return [p.data for p in model.parameters()], optimizer.iteration, memory, optimizer.schedule.memory()


def signed(body):
    """A file whose checksum is right, whatever its content."""
    tail = body + b"}"
    header = files._encoded({})[: -len(b"{}}")]
    return header.replace(hashlib.sha256(b"{}}").hexdigest().encode(), hashlib.sha256(tail).hexdigest().encode()) + tail


def refused(path, *, load=True):
    """Neither resume nor load takes it; nothing is changed by the attempt."""
    before = path.read_bytes() if path.is_file() else None
    for attempt in ("resume", "load") if load else ("resume",):
        model, optimizer, run = made(seed=5)
        run(epochs=1)
        started = state_of(model, optimizer)
        with pytest.raises(nn.CheckpointError) as caught:
            run(resume=path) if attempt == "resume" else nn.load(path, into=model, optimizer=optimizer)
        said = str(caught.value)
        assert path.name in said
        assert 20 < len(said) < 600
        assert "\n" not in said
        assert state_of(model, optimizer) == started
    assert (path.read_bytes() if path.is_file() else None) == before


def at(*keys, value):
    """Set what stands there; a function changes what does."""

    def alter(content):
        *inner, last = keys
        for key in inner:
            content = content[key]
        content[last] = value(content[last]) if callable(value) else value

    return alter


def without(*keys):
    def alter(content):
        *inner, last = keys
        for key in inner:
            content = content[key]
        del content[last]

    return alter


# what load and resume read, and what resume alone reads
BOTH = {
    "no model": without("model"),
    "the model is a list": at("model", value=[1]),
    "the model is null": at("model", value=None),
    "another class": at("model", "type", value="Transformer"),
    "a class that is a number": at("model", "type", value=3),
    "a class that is nested": at("model", "type", value=[[[]]] * 1000),
    "no parameters": without("model", "parameters"),
    "parameters are a list": at("model", "parameters", value=[1.0]),
    "a parameter is text": at("model", "parameters", W, value="1.0"),
    "a parameter is true": at("model", "parameters", W, value=True),
    "a parameter is null": at("model", "parameters", W, value=None),
    "a parameter is a list": at("model", "parameters", W, value=[1.0]),
    "a parameter beyond floats": at("model", "parameters", W, value=HUGE),
    "a parameter too few": without("model", "parameters", W),
    "a parameter too many": at("model", "parameters", "layers.9", value=1.0),
    "a name of a million letters": at("model", "parameters", "w" * 10**6, value=1.0),
    "another activation": at("model", "activations", value=[["relu", 2], ["linear", 1]]),
    "activations are text": at("model", "activations", value="tanh"),
    "no activations": without("model", "activations"),
    "other sizes": at("model", "settings", "nouts", value=[3, 1]),
    "other inputs": at("model", "settings", "nin", value=HUGE),
    "settings are a list": at("model", "settings", value=[2, [2, 1]]),
    "no optimizer": without("optimizer"),
    "the optimizer is text": at("optimizer", value="Adam"),
    "another optimizer": at("optimizer", "type", value="SGD"),
    "an optimizer of no kind": at("optimizer", "type", value=None),
    "other betas": at("optimizer", "settings", "betas", value=[0.5, 0.999]),
    "another eps": at("optimizer", "settings", "eps", value=1.0),
    "another decay": at("optimizer", "settings", "weight_decay", value=0.5),
    "no settings": without("optimizer", "settings"),
    "settings are text": at("optimizer", "settings", value="default"),
    "updates: 10**400": at("optimizer", "iteration", value=HUGE),
    "updates: 2**60": at("optimizer", "iteration", value=2**60),
    "updates: negative": at("optimizer", "iteration", value=-1),
    "updates: a fraction": at("optimizer", "iteration", value=12.5),
    "updates: true": at("optimizer", "iteration", value=True),
    "updates: text": at("optimizer", "iteration", value="12"),
    "updates: null": at("optimizer", "iteration", value=None),
    "updates: 0, with a memory": at("optimizer", "iteration", value=0),
    "no memory": at("optimizer", "state", value={}),
    "the memory is a list": at("optimizer", "state", value=[]),
    "half a memory": without("optimizer", "state", "mean"),
    "a memory of another kind": at("optimizer", "state", "velocity", value=[0.0] * 9),
    "a memory too short": at("optimizer", "state", "mean", value=lambda m: m[:-1]),
    "a memory too long": at("optimizer", "state", "mean", value=lambda m: [*m, 0.0]),
    "a memory of text": at("optimizer", "state", "mean", value=["0.0"] * 9),
    "a memory with null": at("optimizer", "state", "squares", value=lambda m: [None, *m[1:]]),
    "a memory beyond floats": at("optimizer", "state", "mean", value=lambda m: [HUGE, *m[1:]]),
    "negative squares": at("optimizer", "state", "squares", value=lambda m: [-1.0, *m[1:]]),
    "a memory that overflows": at("optimizer", "state", "squares", value=lambda m: [[1e308], *m[1:]]),
    "no schedule": at("optimizer", "schedule", value=None),
    "a schedule with another memory": at("optimizer", "schedule", value=[0.1]),
    "a schedule of text": at("optimizer", "schedule", value=["0.1", 1.0, 0.0]),
    "a schedule that is an object": at("optimizer", "schedule", value={"rate": 0.1}),
    "a negative rate": at("optimizer", "schedule", value=[-0.1, 1.0, 0.0]),
    "an infinite rate": at("optimizer", "schedule", value=[None, 1.0, 0.0]),
    "a rate beyond floats": at("optimizer", "schedule", value=[HUGE, 1.0, 0.0]),
    "a patience beyond reason": at("optimizer", "schedule", value=[0.1, 1.0, -1e300]),
}
RESUME = {
    "no run": without("training"),
    "the run is a list": at("training", value=[]),
    "other samples": at("training", "data", value="0" * 64),
    "samples of a number": at("training", "data", value=0),
    "another loss": at("training", "loss", value="mse"),
    "no loss": without("training", "loss"),
    "another l2": at("training", "l2", value=0.5),
    "another batch size": at("training", "batch_size", value=4),
    "another seed": at("training", "seed", value=2),
    "another rate": at("optimizer", "rate", value="fixed(0.1)"),
    "another patience": at("optimizer", "rate", value=lambda rate: rate.replace("patience=2", "patience=3")),
    "iterations: 10**400": at("training", "iteration", value=HUGE),
    "iterations: other than the history's": at("training", "iteration", value=11),
    "iterations: a fraction": at("training", "iteration", value=12.0),
    "iterations: true": at("training", "iteration", value=True),
    "no history": without("history"),
    "the history is a list": at("history", value=[]),
    "a history without iterations": without("history", "iterations"),
    "iterations are a number": at("history", "iterations", value=12),
    "an iteration of two numbers": at("history", "iterations", 0, value=[1.0, 2.0]),
    "an iteration of text": at("history", "iterations", 0, value="abc"),
    "an iteration beyond floats": at("history", "iterations", 0, value=[HUGE, 0.1, 1.0]),
    "an iteration lost": without("history", "iterations", 0),
    "epochs lost": at("history", "epochs", value=[]),
    "an epoch of one number": at("history", "epochs", 0, value=[1.0]),
    "an epoch of five": at("history", "epochs", 0, value=[1.0, None, {}, {}, {}]),
    "metrics are a list": at("history", "epochs", 0, value=[1.0, None, [], {}]),
    "a metric is text": at("history", "epochs", 0, value=[1.0, None, {"accuracy": "high"}, {}]),
    "epochs of no length": at("history", "iterations_per_epoch", value=0),
    "epochs of another length": at("history", "iterations_per_epoch", value=3),
    "epochs of a huge length": at("history", "iterations_per_epoch", value=HUGE),
    "a snapshot of text": at("history", "snapshots", 0, value=[0, ["w"]]),
    "a snapshot too short": at("history", "snapshots", 0, value=[0, [1.0]]),
    "a snapshot at no time": at("history", "snapshots", 0, value=[-1, [1.0] * 9]),
    "an engine that is a list": at("history", "engine", value=[["eager"]]),
    "the best epoch is text": at("training", "best", value="3"),
    "the best epoch lacks its loss": at("training", "best", value=[1, [0.0] * 9]),
    "the best epoch is yet to come": at("training", "best", 1, value=99),
    "the best epoch is 10**400": at("training", "best", 1, value=HUGE),
    "the best epoch is true": at("training", "best", 1, value=True),
    "the best epoch has other parameters": at("training", "best", 2, value=[0.0]),
    "the best loss is beyond floats": at("training", "best", 0, value=HUGE),
}


@pytest.mark.parametrize(
    ("alter", "load"),
    [*[pytest.param(a, True, id=k) for k, a in BOTH.items()], *[pytest.param(a, False, id=k) for k, a in RESUME.items()]],
)  # fmt: skip
def test_a_right_checksum_excuses_nothing(content, tmp_path, alter, load):
    document = json.loads(content)["content"]
    alter(document)
    path = tmp_path / "hostile.json"
    path.write_bytes(signed(json.dumps(document).encode()))
    refused(path, load=load)


BODIES = {
    "nan": b'{"model": {"parameters": {"w": NaN}}}',
    "infinity": b'{"model": {"parameters": {"w": -Infinity}}}',
    "beyond floats": b'{"model": {"parameters": {"w": 1e999}}}',
    "an int of 10,000 digits": b'{"model": {"parameters": {"w": ' + b"9" * 10_000 + b"}}}",
    "deep lists": b"[" * 200_000 + b"]" * 200_000,
    "deep objects": b'{"model": ' * 100_000 + b"1" + b"}" * 100_000,
    "a key twice": b'{"model": 1, "model": 2}',
    "an inner key twice": b'{"model": {"parameters": {"w": 1.0, "w": 2.0}}}',
    "a key twice among 100,000": b"{" + b",".join(b'"k%d": 0' % (i % 99_999) for i in range(100_000)) + b"}",
    "no JSON": b"model",
    "two documents": b"{} {}",
    "a comma too many": b'{"model": {},}',
    "comments": b'{"model": {} /* mine */}',
    "single quotes": b"{'model': {}}",
    "an open string": b'{"model',
    "a lonely surrogate": b'{"\\ud800": "\\udfff"}',
    "a list": b"[1]",
    "a number": b"1",
    "null": b"null",
    "nothing": b"",
    "not UTF-8": b'"\xff\xfe"',
    "UTF-16": '{"model": {}}'.encode("utf-16"),
    "a byte-order mark": b"\xef\xbb\xbf{}",
    "NULs": b"\0" * 100,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_signed_body_that_is_no_document(tmp_path, body):
    path = tmp_path / "hostile.json"
    path.write_bytes(signed(body))
    refused(path)


RAW = {
    "empty": lambda data: b"",
    "blank": lambda data: b" \n\t",
    "cut in the header": lambda data: data[:50],
    "cut in the middle": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "a line added": lambda data: data + b"\n",
    "twice": lambda data: data * 2,
    "Windows line ends": lambda data: b"\r\n" + data,
    "a byte-order mark": lambda data: b"\xef\xbb\xbf" + data,
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "pretty-printed": lambda data: json.dumps(json.loads(data), indent=2).encode(),
    "version 0": lambda data: data.replace(b'"version": 1', b'"version": 0', 1),
    "version 2": lambda data: data.replace(b'"version": 1', b'"version": 2', 1),
    "version -1": lambda data: data.replace(b'"version": 1', b'"version": -1', 1),
    "a version of 1,000 digits": lambda data: data.replace(b'"version": 1', b'"version": ' + b"1" * 1000, 1),
    "another checksum": lambda data: data.replace(data[45:55], b"0" * 10, 1),
    "a checksum in capitals": lambda data: data[:45] + data[45:109].upper() + data[109:],
    "another format": lambda data: data.replace(b"glassgrad", b"glassgrab", 1),
    "a pickle": lambda data: b"\x80\x04K\x01.",
    "a picture": lambda data: b"\x89PNG\r\n\x1a\n" * 99,
    "a megabyte of noise": lambda data: hashlib.shake_256(data).digest(2**20),
    "nested lists": lambda data: b"[" * 100_000,
}


@pytest.mark.parametrize("alter", RAW.values(), ids=RAW)
def test_bytes_that_were_not_written_by_save(content, tmp_path, alter):
    path = tmp_path / "hostile.json"
    path.write_bytes(alter(content))
    refused(path)


def test_there_are_enough_of_them():
    assert len(BOTH) + len(RESUME) + len(BODIES) + len(RAW) >= 140


def test_the_file_that_they_are_made_of_is_good(content, tmp_path):
    path = tmp_path / "run.json"
    path.write_bytes(signed(json.dumps(json.loads(content)["content"]).encode()))
    assert path.read_bytes() == content
    model, optimizer, run = made(seed=5)
    assert len(run(resume=path, epochs=8).iterations) == 16
    nn.load(path, into=model, optimizer=optimizer)
    assert optimizer.iteration == 12


def test_a_file_that_is_too_large_is_refused_before_it_is_read(content, tmp_path):
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.write(content)
        file.truncate(2**40)  # a terabyte with nothing in it: to read it would be noticed
    model, _, run = made()
    before = [p.data for p in model.parameters()]
    with pytest.raises(nn.CheckpointError, match=r"large\.json has 1,048,576 MiB, and the largest .* 512 MiB"):
        run(resume=path)
    assert [p.data for p in model.parameters()] == before


def test_what_could_not_be_read_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 100)
    path = tmp_path / "model.json"
    with pytest.raises(nn.SaveError, match="fewer snapshots"):
        nn.save(made()[0], path)
    assert not path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="FIFOs and sockets are POSIX's")
@pytest.mark.parametrize("kind", ["folder", "FIFO", "socket", "device"])
def test_what_is_no_file_is_neither_read_nor_replaced(tmp_path, kind):
    path = tmp_path / "thing"
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "folder":
            path.mkdir()
        elif kind == "FIFO":
            os.mkfifo(path)
        elif kind == "socket":
            listener.bind(str(path))
        else:
            path.symlink_to("/dev/null")
        before = path.stat()
        refused(path)
        model, _, run = made()
        for write in (lambda: nn.save(model, path), lambda: run(checkpoint=path)):
            with pytest.raises(nn.SaveError, match=f"it is a {kind}.*Nothing was changed"):
                write()
        assert (path.stat().st_ino, path.stat().st_mode) == (before.st_ino, before.st_mode)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thing"]
