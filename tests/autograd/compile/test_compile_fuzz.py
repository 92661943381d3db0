"""Seeded random functions that branch, select, and take arguments of all forms; compiled beside eager, called again and again."""

from __future__ import annotations

import dataclasses
import math
import random
import warnings

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.autograd.functional import flatten

SEEDS = 25
SELECTING = [gg.relu, gg.hardtanh, abs, gg.tanh, lambda x: gg.leaky_relu(x), lambda x: gg.sqrt(gg.relu(x))]


@dataclasses.dataclass
class Pair:
    a: float
    b: list


def tangle(seed, weights):
    """A function of a list, a dict, a dataclass and a keyword: with branches, ties, selections, sums that cancel."""

    def function(xs, table, pair, *, scale, mode="plain"):
        rng = random.Random(seed)
        pool = [*xs, table["u"], *table["v"], pair.a, *pair.b, scale, *weights]
        for _ in range(rng.randrange(4, 25)):
            x, y = rng.choice(pool), rng.choice(pool)
            kind = rng.randrange(9)
            if kind == 0 and bool(x < y) is rng.choice([True, False]):
                x = x * y
            elif kind == 1:
                x = x * 0.5 if y > 0.3 else x + y
            elif kind == 2:
                x = gg.where(gg.less(x, y), x * x, y)
            elif kind == 3:
                x = rng.choice([gg.maximum, gg.minimum])(x, y)
            elif kind == 4:
                x = (x + y) - x + rng.choice(pool)
            elif kind == 5:
                x = gg.sum([x, y, -1.0 * x, rng.choice(pool)])
            elif kind == 6:
                x = max(x, y) if mode == "plain" else min(x, y)
            elif kind == 7:
                x = gg.dot([x, y], [y, 0.25])
            else:
                x = rng.choice(SELECTING)(x)
            pool.append(gg.tanh(x) if rng.random() < 0.3 else x * 0.7)
        outs = [gg.sum(pool[-5:]), pool[-1] * pool[0], {"last": pool[-2]}]
        return outs[0] if rng.random() < 0.7 else rng.choice([outs, tuple(outs), [outs[0]]])

    return function


def numbers(rng):
    return rng.choice([0.0, 1.0, -0.5]) if rng.random() < 0.1 else rng.uniform(-1.5, 1.5)


def arguments(rng, shape):
    """Numbers for each place of a call; some stand in two places, for ties."""
    m, n, k = shape
    tied = numbers(rng)
    pick = lambda: tied if rng.random() < 0.15 else numbers(rng)  # noqa: E731  # short for what follows
    args = (
        [pick() for _ in range(m)],
        {"u": pick(), "v": [pick() for _ in range(n)]},
        Pair(pick(), [pick() for _ in range(k)]),
    )
    return args, {"scale": pick(), "mode": rng.choice(["plain", "other"])}


def parts(args, kwargs):
    xs, table, pair = args
    return [*xs, table["u"], *table["v"], pair.a, *pair.b, kwargs["scale"]]


def with_values(args, kwargs):
    made = [gg.Value(x) for x in parts(args, kwargs)]
    left = iter(made)
    xs, table, pair = args
    values = ([next(left) for _ in xs], {"u": next(left), "v": [next(left) for _ in table["v"]]},
              Pair(next(left), [next(left) for _ in pair.b]))  # fmt: skip
    return made, values, {**kwargs, "scale": next(left)}


def eager(function, args, kwargs, weights):
    made, values, named = with_values(args, kwargs)
    result = function(*values, **named)
    outs = [x.data if isinstance(x, gg.Value) else x for x in flatten(result)]
    if len(outs) > 1:
        return result, outs, None, None
    [out] = flatten(result)
    grads = gg.gradients(out, [*made, *weights]) if isinstance(out, gg.Value) and not out.is_constant else []
    slopes = [g.data for g in grads] or [0.0] * (len(made) + len(weights))
    return result, outs, slopes[: len(made)], slopes[len(made) :]


def shape_of(nested):
    if isinstance(nested, dict):
        return {key: shape_of(item) for key, item in nested.items()}
    return type(nested)(map(shape_of, nested)) if isinstance(nested, (list, tuple)) else None


def close(got, expected):
    return all(
        a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= 1e-9 * max(1.0, abs(b))
        for a, b in zip(got, expected, strict=True)
    )


def check(seed, sums):
    rng = random.Random(seed)
    weights = [gg.Value(rng.uniform(-1.0, 1.0)) for _ in range(3)]
    shape = [rng.randrange(1, 5) for _ in range(3)]
    function = tangle(seed, weights)
    program = gg.compile(function, sums=sums)
    for turn in range(8):
        args, kwargs = arguments(rng, shape)
        result, outs, slopes, by_weight = eager(function, args, kwargs, weights)
        answer = program(*args, **kwargs)
        assert shape_of(answer) == shape_of(result), turn
        assert close(flatten(answer), outs), (turn, answer, outs)
        if slopes is not None:
            value, (gradients, by_parameter) = program.value_and_grad(*args, **kwargs, wrt="both")
            *given, scale = gradients
            found = parts(given, {"scale": scale})
            at = dict(zip(program.parameters, by_parameter.tolist()))
            assert close([value], outs), (turn, value, outs)
            assert close(found, slopes), (turn, found, slopes)
            assert close([at.get(w, 0.0) for w in weights], by_weight), (turn, at, by_weight)
        weights[turn % 3].data = rng.uniform(-1.0, 1.0)


def check_batch(seed):
    rng = random.Random(seed)
    weights = [gg.Value(rng.uniform(-1.0, 1.0)) for _ in range(3)]
    inner = tangle(seed, weights)

    def function(sample, scale, *, mode):
        result = inner(
            list(sample["x"]), {"u": sample["u"], "v": [scale]}, Pair(sample["u"], [scale]), scale=scale, mode=mode
        )
        return gg.sum(flatten(result))

    program = gg.compile(function, batch=True)
    for samples in (3, 1, 4):
        X, u, scale = (
            np.random.default_rng(seed + samples).uniform(-1.5, 1.5, s) for s in ((samples, 2), samples, samples)
        )
        xs, us, scales = ([gg.Value(x) for x in part.ravel().tolist()] for part in (X, u, scale))
        total = gg.mean(
            [function({"x": xs[2 * i : 2 * i + 2], "u": us[i]}, scales[i], mode="plain") for i in range(samples)]
        )
        expected = [g.data for g in gg.gradients(total, [*xs, *us, *scales, *weights])]
        value, ((by_sample, by_scale), by_parameter) = program.value_and_grad(
            {"x": X, "u": u.tolist()}, scale, mode="plain", wrt="both"
        )
        at = dict(zip(program.parameters, by_parameter.tolist()))
        found = [*by_sample["x"].ravel(), *by_sample["u"], *by_scale, *(at.get(w, 0.0) for w in weights)]
        assert close([value, program({"x": X, "u": u}, scale, mode="plain")], [total.data] * 2)
        assert close(found, expected), (found, expected)


@pytest.mark.parametrize("way", ["fast", "exact", "batch"])
def test_random_functions_agree_with_the_eager_engine(way):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", gg.ManyPathsWarning)
        for seed in range(SEEDS):
            try:
                check_batch(seed) if way == "batch" else check(seed, way)
            except Exception as error:
                raise AssertionError(f"{way}, seed {seed}: {error!r}") from error
