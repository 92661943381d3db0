"""Every public loss, optimizer, schedule, activation and initializer beside a reference that shares no code with it.

Whoever adds one adds its reference to a table here. The tests at the end say, in a sentence, what is missing.
"""

from __future__ import annotations

import inspect
import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.nn import losses
from glassgrad.nn.models import activations, init
from glassgrad.nn.optim import optimizers, schedules

ROOT = Path(__file__).parents[2]
TORCH = json.loads((Path(__file__).parent / "reference" / "torch_reference.json").read_text(encoding="utf-8"))


# ── losses ─────────────────────────────────────────────────────────────────────────────────────────────────────────

RNG = np.random.RandomState(0)
ONE, THREE = 2.0 * RNG.standard_normal(40), 2.0 * RNG.standard_normal((40, 3))  # outputs of 40 samples
REAL, SIGNS, CHANCES, CLASSES = RNG.standard_normal(40), RNG.choice([-1, 1], 40), RNG.rand(40), RNG.randint(3, size=40)

LOSSES = {  # outputs, targets, and the formula on arrays
    "mse": (ONE, REAL, lambda o, t: np.mean((o - t) ** 2)),
    "mae": (ONE, REAL, lambda o, t: np.mean(np.abs(o - t))),
    "huber": (ONE, REAL, lambda o, t: np.mean(np.where(np.abs(o - t) <= 1, (o - t) ** 2 / 2, np.abs(o - t) - 0.5))),
    "hinge": (ONE, SIGNS, lambda o, t: np.mean(np.maximum(0, 1 - t * o))),
    "binary_cross_entropy": (ONE, CHANCES, lambda o, t: np.mean(np.log(1 + np.exp(o)) - t * o)),
    "cross_entropy": (THREE, CLASSES, lambda o, t: np.mean(np.log(np.exp(o).sum(1)) - o[np.arange(40), t])),
}


def values(outputs):
    return [list(map(Value, o)) if isinstance(o, list) else Value(o) for o in outputs.tolist()]


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_its_formula(name):
    outputs, targets, formula = LOSSES[name]
    loss = losses.TABLE[name](values(outputs), targets.tolist())
    assert loss.data == pytest.approx(formula(outputs, targets), rel=1e-13)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_of_a_batch_is_the_mean_of_its_samples(name):
    outputs, targets, _ = LOSSES[name]
    singles = [losses.TABLE[name](o, t).data for o, t in zip(values(outputs), targets.tolist())]
    assert losses.TABLE[name](values(outputs), targets).data == pytest.approx(np.mean(singles), rel=1e-14)


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_of_a_loss_agrees_with_finite_differences(name):
    outputs, targets, _ = LOSSES[name]
    assert gg.gradcheck(lambda o: losses.TABLE[name](o, targets[:3].tolist()), (outputs[:3].tolist(),))


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_restricted_if_it_refuses_targets(name):
    outputs, refuses = LOSSES[name][0], False
    for target in (-2.5, -1.0, 0.0, 0.25, 1.0, 1e3):
        try:
            losses.TABLE[name](values(outputs[:1])[0], target)
        except (ValueError, TypeError):
            refuses = True
    assert refuses == (losses.TABLE[name] in losses.RESTRICTED), f"RESTRICTED in nn/losses.py is wrong about {name}"


# ── optimizers ─────────────────────────────────────────────────────────────────────────────────────────────────────

EQUATIONS = {  # settings, and one update of one parameter, (x, gradient, memory, t) -> x; memory is a dict to write to
    "SGD": ({"lr": 0.01}, lambda x, g, memory, t: x - 0.01 * g),
}
CASES = [pytest.param(case, id=f"{case['name']}-{i}") for i, case in enumerate(TORCH["optimizers"])]
TORCH_SETTINGS = {"lr_decay": "decay"}  # ours are called otherwise


def loss_of(w):
    """The function whose minimum make_torch_reference.py looks for, too."""
    curved = sum(scale * x * x for scale, x in zip([1.0, 10.0, 0.1, 3.0], w)) / 2
    return curved + sum(gg.sin(3 * x) for x in w) + w[0] * w[3] / 5


def moved(optimizer):
    """The parameters after one more update."""
    optimizer.zero_grad()
    loss_of(optimizer.parameters).backward()
    optimizer.step()
    return [x.data for x in optimizer.parameters]


def like_torch(case, w):
    settings = {TORCH_SETTINGS.get(key, key): value for key, value in case["settings"].items()}
    return optimizers.TABLE[case["name"]](w, **settings)


@pytest.mark.parametrize("case", CASES)
def test_an_optimizer_moves_as_pytorchs(case):
    optimizer = like_torch(case, [Value(x) for x in TORCH["start"]])
    for expected in case["path"]:
        assert moved(optimizer) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert optimizer.iteration == len(case["path"]) == 100


@pytest.mark.parametrize("name", EQUATIONS)
def test_an_optimizer_moves_by_its_equation(name):
    settings, equation = EQUATIONS[name]
    optimizer = optimizers.TABLE[name]([Value(x) for x in TORCH["start"]], **settings)
    theta, memories = TORCH["start"], [{} for _ in TORCH["start"]]
    for t in range(1, 51):
        gradient = gg.grad(loss_of)(theta)
        theta = [equation(x, g, memory, t) for x, g, memory in zip(theta, gradient, memories)]
        assert moved(optimizer) == pytest.approx(theta, rel=1e-11, abs=1e-11)


def settings_of(kind):
    """The numeric settings of an optimizer: a name, and what makes its keyword argument of one number."""
    for name, parameter in inspect.signature(kind).parameters.items():
        default = parameter.default
        if isinstance(default, tuple):
            for i in range(len(default)):
                yield f"{name}[{i}]", lambda x, n=name, d=default, i=i: {n: (*d[:i], x, *d[i + 1 :])}
        elif name == "lr" or (isinstance(default, (int, float)) and not isinstance(default, bool)):
            yield name, lambda x, n=name: {n: x}


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -1.0])
@pytest.mark.parametrize("kind", optimizers.TABLE.values(), ids=optimizers.TABLE)
def test_an_optimizer_refuses_settings_out_of_range(kind, wrong):
    names = dict(settings_of(kind))
    assert {"lr", "weight_decay"} <= names.keys()
    accepted = [name for name, setting in names.items() if not refusal(kind, {"lr": 0.1, **setting(wrong)})]
    assert not accepted, (
        f"{kind.__name__} accepts {wrong} as {', '.join(accepted)}: check it in __init__, as "
        f"self.eps = real('eps', eps, 0.0) does"
    )
    for name in names.keys() - {"lr"}:
        assert refusal(kind, {"lr": 0.1, **names[name](wrong)}).startswith(f"{name} must be")


def refusal(kind, settings):
    try:
        kind([Value(1.0)], **settings)
    except nn.ArgumentError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("case", CASES)
def test_flat_arrays_move_as_values_do(case):
    optimizer, flat = (like_torch(case, [Value(x) for x in TORCH["start"]]) for _ in range(2))
    theta, position = np.array(TORCH["start"]), flat.position
    for _ in range(20):
        before = theta.copy()
        further, position = flat.advanced(theta, np.array(gg.grad(loss_of)(theta.tolist())), position)
        assert theta.tolist() == before.tolist()
        theta = further
        assert moved(optimizer) == pytest.approx(theta.tolist(), rel=1e-13)


@pytest.mark.parametrize("name", optimizers.TABLE)
def test_an_update_depends_on_its_arguments_alone(name, tmp_path):
    """All that an optimizer remembers is in its state, so that it can be saved and an interrupted update repeated."""
    model = nn.MLP(1, [4], seed=0)
    optimizer = optimizers.TABLE[name](model.parameters(), lr=0.1)
    path = nn.save(model, tmp_path / "begun.json", optimizer=optimizer)
    for _ in range(3):
        for i, parameter in enumerate(optimizer.parameters):
            parameter.grad = math.sin(1.0 + i) * parameter.data
        optimizer.step()
        path = nn.save(model, path, optimizer=optimizer)
    gradient = np.sin(1.0 + np.arange(8))
    theta = np.array([parameter.data for parameter in optimizer.parameters])
    once, again = (optimizer.advanced(theta, gradient, optimizer.position)[0].tolist() for _ in range(2))
    fresh = optimizers.TABLE[name](nn.MLP(1, [4]).parameters(), lr=0.1)
    nn.load(path, into=model, optimizer=fresh)
    assert once == again == fresh.advanced(theta, gradient, fresh.position)[0].tolist()


# ── schedules ──────────────────────────────────────────────────────────────────────────────────────────────────────

RATES = {  # the schedule, and its rate as a function of the step
    "constant": (schedules.constant(0.3), lambda step: 0.3),
    "inverse_time": (schedules.inverse_time(0.5, 0.1), lambda step: 0.5 / (1 + step / 10)),
    "warm_up": (
        schedules.warm_up(lambda step: 2 - step / 100, 5),
        lambda step: min(0.4 * (step + 1), 2.05 - step / 100),
    ),
}
TORCH_SCHEDULES = {  # ours, made from the settings of PyTorch's
    "step_decay": lambda s: schedules.step_decay(0.5, s["step_size"], s["gamma"]),
    "exponential": lambda s: schedules.exponential(0.5, s["gamma"]),
    "cosine": lambda s: schedules.cosine(0.5, s["T_max"], s["eta_min"]),
    "one_cycle": lambda s: schedules.one_cycle(s["max_lr"], s["total_steps"]),
}
AFTER_LOSSES = {  # a schedule with a memory, the losses that it observes, and its rate after each
    "reduce_on_plateau": (
        lambda: schedules.reduce_on_plateau(0.5, factor=0.5, patience=2, least=0.1), *TORCH["plateau"].values()
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RATES)
def test_a_schedule_is_its_formula(name):
    rates, formula = RATES[name]
    assert [rates(step) for step in range(100)] == pytest.approx([formula(step) for step in range(100)], rel=1e-14)


@pytest.mark.parametrize("case", TORCH["schedules"], ids=lambda case: case["name"])
def test_a_schedule_is_that_of_pytorch(case):
    rates = TORCH_SCHEDULES[case["name"]](case["settings"])
    assert [rates(step) for step in range(100)] == pytest.approx(case["rates"], rel=1e-12, abs=1e-17)


@pytest.mark.parametrize("name", AFTER_LOSSES)
@pytest.mark.parametrize("warm", [False, True])
def test_a_schedule_with_a_memory_follows_the_losses_forgets_and_remembers(name, warm):
    make, heard, wanted = AFTER_LOSSES[name]
    rates, copy = (schedules.warm_up(make(), 1) if warm else make() for _ in range(2))
    first, found = rates(1), []
    for loss in heard:
        rates.observe(loss)
        copy.restore(rates.memory())
        assert copy(1) == rates(1)
        found.append(rates(1))
    assert found == wanted
    assert len(set(found)) > 2
    rates.reset()
    assert rates(1) == first


# ── activations and initializers ───────────────────────────────────────────────────────────────────────────────────

ACTIVATIONS = {
    "linear": lambda z: z,
    "relu": lambda z: max(z, 0.0),
    "leaky_relu": lambda z: z if z > 0.0 else z / 100,
    "tanh": math.tanh,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "elu": lambda z: z if z > 0.0 else math.exp(z) - 1,
    "silu": lambda z: z / (1 + math.exp(-z)),
    "gelu": lambda z: z * (1 + math.erf(z / math.sqrt(2))) / 2,
    "hardtanh": lambda z: min(max(z, -1.0), 1.0),
    "logsigmoid": lambda z: -math.log(1 + math.exp(-z)),
}
VARIANCES = {  # of the weights of neurons with 40 inputs, in layers of 10
    "uniform": 1 / 3, "normal": 1.0, "xavier_uniform": 2 / 50, "xavier_normal": 2 / 50, "he_uniform": 2 / 40,
    "he_normal": 2 / 40, "lecun_normal": 1 / 40, "zeros": 0.0,
}  # fmt: skip


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("z", [-2.5, -0.75, 0.5, 2.0])
def test_an_activation_is_its_formula(name, z):
    neuron = nn.Neuron(1, activation=name)
    neuron.w[0].data = 1.0
    assert neuron([z]).data == pytest.approx(ACTIVATIONS[name](z), rel=1e-14)


@pytest.mark.parametrize("name", VARIANCES)
def test_an_initializer_has_the_variance_of_its_source(name):
    weights = [w.data for n in nn.Layer(40, 10, init=name, seed=0).neurons for w in n.w]
    assert np.mean(weights) == pytest.approx(0.0, abs=0.1)
    assert np.var(weights) == pytest.approx(VARIANCES[name], rel=0.2)
    assert all(n.b.data == 0.0 for n in nn.Layer(4, 2, init=name).neurons)


# ── what a new one needs ───────────────────────────────────────────────────────────────────────────────────────────


class Kind(NamedTuple):
    """What a module is a collection of, what else it defines, what has a reference, and how to add one."""

    module: object
    helpers: set[str]
    references: set[str]
    remedy: str


KINDS = {
    "loss": Kind(losses, {"l2_penalty", "check_targets", "loss_value"}, set(LOSSES), "a row to LOSSES"),
    "optimizer": Kind(
        optimizers, {"Optimizer", "Position"}, {*EQUATIONS, *(case["name"] for case in TORCH["optimizers"])},
        "its update to EQUATIONS (or PyTorch's numbers, by tests/nn/reference/make_torch_reference.py)",
    ),
    "schedule": Kind(
        schedules, set(), {*RATES, *AFTER_LOSSES, *(case["name"] for case in TORCH["schedules"])},
        "its formula to RATES (to AFTER_LOSSES, if it observes losses)",
    ),
    "activation": Kind(activations, {"activation_of", "has_name"}, set(ACTIVATIONS), "its formula to ACTIVATIONS"),
    "initializer": Kind(init, set(), set(VARIANCES), "its variance to VARIANCES"),
}  # fmt: skip


def file_of(module):
    return module.__name__.removeprefix("glassgrad.").replace(".", "/") + ".py"


def public_names(kind):
    """What the module defines that could be one of its kind, in the table or not."""
    module, helpers, _, _ = KINDS[kind]
    found = [
        name
        for name, thing in vars(module).items()
        if callable(thing) and not name.startswith("_") and getattr(thing, "__module__", "") == module.__name__
    ]
    return sorted({*found, *module.TABLE} - helpers)


def lacks(kind, name):
    """All that this one still needs, each in a sentence."""
    module, _, references, remedy = KINDS[kind]
    thing, where = module.TABLE.get(name, getattr(module, name, None)), Path(__file__).relative_to(ROOT).as_posix()
    said = thing.__doc__ or ""
    if name not in module.TABLE:
        yield f"it is not in TABLE of {file_of(module)}: add it there, or, if it is no {kind}, begin its name with _"
    if name not in references:
        yield f"it has no reference: add {remedy} in {where}"
    if kind in ("loss", "optimizer") and not (getattr(nn, name, None) is thing and name in nn.__all__):
        yield f"nn.{name} is missing: import it in nn/__init__.py, and add it to __all__ there"
    if kind in ("loss", "optimizer", "schedule") and ">>> " not in said:
        yield "its docstring has no example: add two lines with >>>"
    if kind == "optimizer" and "Source: " not in said:
        yield "its docstring has no source: add 'Source: author year'"


@pytest.mark.parametrize("kind", KINDS)
def test_each_one_has_all_that_it_needs(kind):
    missing = [f"the {kind} {name}: {what}" for name in public_names(kind) for what in lacks(kind, name)]
    assert not missing, "\n" + "\n".join(missing)


def test_all_that_is_missing_is_told_at_once(monkeypatch):
    def lonely(outputs, targets):
        """A loss that somebody has just begun."""

    class Lonely(optimizers.Optimizer):
        """An optimizer that somebody has just begun."""

    lonely.__module__, Lonely.__module__ = losses.__name__, optimizers.__name__
    monkeypatch.setattr(losses, "lonely", lonely, raising=False)
    monkeypatch.setattr(optimizers, "Lonely", Lonely, raising=False)
    assert "lonely" in public_names("loss")
    assert [what.split(":")[0] for what in lacks("loss", "lonely")] == [
        "it is not in TABLE of nn/losses.py",
        "it has no reference",
        "nn.lonely is missing",
        "its docstring has no example",
    ]
    assert "Lonely" in public_names("optimizer")
    assert len(list(lacks("optimizer", "Lonely"))) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_no_reference_is_left_over(kind):
    assert not KINDS[kind].references - set(KINDS[kind].module.TABLE)
