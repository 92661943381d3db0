"""Samples, batches, splits, small sets, and how often a model is right."""

from __future__ import annotations

import math

import numpy as np
import pytest

from glassgrad import nn
from glassgrad.nn.data import samples_of


@pytest.mark.parametrize(
    ("samples", "batch_size", "count"),
    [(50_000, 256, 196), (10, 3, 4), (10, 10, 1), (10, 99, 1), (10, 1, 10), (7, None, 1)],
)
def test_an_epoch_has_so_many_batches_and_every_sample_once(samples, batch_size, count):
    rows = nn.batches(samples, batch_size, seed=3, epoch=2)
    assert len(rows) == count == nn.iterations(samples, batch_size)
    assert sorted(np.concatenate(rows).tolist()) == list(range(samples))
    assert {len(r) for r in rows[:-1]} <= {batch_size}


def test_batches_depend_on_seed_and_epoch_alone():
    def order(**how):
        return np.concatenate(nn.batches(50, 8, **how)).tolist()

    assert order(seed=1, epoch=2) == order(seed=1, epoch=2)
    assert len({tuple(order(seed=s, epoch=e)) for s in range(3) for e in range(3)}) == 9
    assert order(seed=0, epoch=0)[:8] == [32, 29, 13, 49, 14, 18, 30, 27]


def test_split_is_seeded_and_disjoint():
    X, y = np.arange(20.0), np.arange(20)
    train, held_out = nn.split(X, y, 0.25, seed=1)
    assert (len(train), len(held_out)) == (15, 5)
    assert sorted([*train.y.tolist(), *held_out.y.tolist()]) == list(range(20))
    assert (train.X[:, 0] == train.y).all()
    assert nn.split(X, y, 0.25, seed=1)[1].y.tolist() == held_out.y.tolist()
    assert nn.split(X, y, 0.25, seed=2)[1].y.tolist() != held_out.y.tolist()


@pytest.mark.parametrize(("fraction", "sizes"), [(0.01, (3, 1)), (0.99, (1, 3))])
def test_split_leaves_neither_part_empty(fraction, sizes):
    assert tuple(map(len, nn.split(range(4), range(4), fraction))) == sizes


SETS = {"two_moons": nn.two_moons, "circles": nn.circles, "spirals": nn.spirals, "blobs": nn.blobs, "xor": nn.xor}


@pytest.mark.parametrize("make", SETS.values(), ids=SETS)
@pytest.mark.parametrize("count", [7, 90])
def test_small_sets_are_seeded_and_balanced(make, count):
    X, y = make(count, seed=1)
    assert X.shape == (count, 2)
    assert np.isfinite(X).all()
    sizes = np.bincount(y)
    assert sizes.max() - sizes.min() <= 2
    assert (make(count, seed=1)[0] == X).all()
    assert (make(count, seed=2)[0] != X).any()


def test_two_moons_are_half_circles():
    X, y = nn.two_moons(50, noise=0.0)
    assert np.hypot(*X[y == 0].T) == pytest.approx(1.0)
    assert np.hypot(*(X[y == 1] - [1.0, 0.5]).T) == pytest.approx(1.0)


KINDS = {
    "lists": ([[1, 2], [3, 4]], [0, 1], np.int64),
    "arrays": (np.float32([[1, 2], [3, 4]]), np.array([0, 1], dtype=np.uint8), np.int64),
    "floats": ([[1, 2], [3, 4]], [0.0, 1.0], np.float64),
    "truths": ([[1, 2], [3, 4]], [True, False], np.int64),
    "rows of targets": ([[1, 2], [3, 4]], [[0.5, 0.5], [1.0, 0.0]], np.float64),
}


@pytest.mark.parametrize(("X", "y", "dtype"), KINDS.values(), ids=KINDS)
def test_samples_come_as_plain_numbers(X, y, dtype):
    samples = samples_of(X, y)
    assert samples.y.dtype == dtype
    x, target = samples.sample(1)
    assert x == [3.0, 4.0]
    assert isinstance(x[0], float)
    assert isinstance(target, {np.int64: int, np.float64: (float, list)}[dtype])


def test_a_flat_list_has_one_input_a_sample():
    assert samples_of([1.0, 2.0], [0, 1]).X.tolist() == [[1.0], [2.0]]


ACCURACIES = [
    ([[0.1, 2.0], [3.0, -1.0]], [1, 1], 0.5), ([[0.1, 2.0], [3.0, -1.0]], [[0, 1], [1, 0]], 1.0),
    ([0.3, -4.0], [1, 0], 1.0), ([0.3, -4.0], [1, -1], 1.0), ([[0.3], [4.0]], [[1], [0]], 0.5), ([0.0], [1], 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("outputs", "targets", "wanted"), ACCURACIES)
def test_accuracy(outputs, targets, wanted):
    assert nn.accuracy(outputs, targets) == nn.accuracy(np.array(outputs), np.array(targets)) == wanted


def test_predict_gives_numbers_and_records_nothing():
    model = nn.MLP(2, [3, 2], seed=0)
    outputs = nn.predict(model, np.ones((2, 2)))
    assert outputs == [[v.data for v in model([1.0, 1.0])]] * 2
    assert nn.predict(nn.MLP(2, [1], seed=0), [[1, 2]]) == [nn.MLP(2, [1], seed=0)([1, 2]).data]


BAD = {
    "no samples": (lambda: samples_of([], []), ValueError, "X is empty"),
    "lengths": (lambda: samples_of([[1.0], [2.0]], [1]), ValueError, "X has 2 samples and y has 1"),
    "nan": (lambda: samples_of([[1.0, 2.0], [3.0, math.nan]], [0, 1]), ValueError, r"X\[1\]\[1\] is nan"),
    "inf in y": (lambda: samples_of([1.0, 2.0], [0.0, math.inf]), ValueError, r"y\[1\] is inf"),
    "ragged": (lambda: samples_of([[1.0, 2.0], [3.0]], [0, 1]), ValueError, "X is ragged"),
    "text": (lambda: samples_of([[1.0, "a"]], [0]), TypeError, "X must hold real numbers, got str"),
    "None": (lambda: samples_of([[1.0], [None]], [0, 1]), TypeError, r"NoneType None at \[1\]\[0\]"),
    "complex": (lambda: samples_of([1j], [0]), TypeError, "complex"),
    "a number": (lambda: samples_of(1.0, 2.0), TypeError, "got the number"),
    "a generator": (lambda: samples_of((x for x in [1.0]), [1]), TypeError, "generator"),
    "Values": (lambda: samples_of([nn.MLP(1, [1]).parameters()], [1]), TypeError, "Value"),
    "named part": (lambda: samples_of([1.0], [math.nan], "validation "), ValueError, r"validation y\[0\]"),
    "batch_size 0": (lambda: nn.batches(10, 0), ValueError, "batch_size must be at least 1, got 0"),
    "half a batch": (lambda: nn.batches(10, 2.5), TypeError, "batch_size"),
    "negative seed": (lambda: nn.batches(10, 2, seed=-1), ValueError, "seed"),
    "huge seed": (lambda: nn.batches(10, 2, seed=2**32), ValueError, r"2\*\*32"),
    "all held out": (lambda: nn.split([1.0, 2.0], [1, 2], 1.0), ValueError, "fraction"),
    "one sample": (lambda: nn.split([1.0], [1]), ValueError, "at least 2"),
    "negative noise": (lambda: nn.two_moons(10, noise=-1.0), ValueError, "noise"),
    "too few": (lambda: nn.blobs(2, classes=3), ValueError, "samples must be at least 3"),
    "accuracy of nothing": (lambda: nn.accuracy([], []), ValueError, "at least one"),
    "accuracy of lengths": (lambda: nn.accuracy([1.0, 2.0], [1]), ValueError, "one target for each"),
}


@pytest.mark.parametrize(("call", "error", "names"), BAD.values(), ids=BAD)
def test_bad_data_is_named(call, error, names):
    with pytest.raises(error, match=names):
        call()
