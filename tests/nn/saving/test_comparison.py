"""What a file says is compared with what is given, and an error names both sides."""

from __future__ import annotations

import functools

import pytest

from glassgrad import Value, nn

X, Y = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [1.0, 0.0, 1.0]


def near_enough(outputs, targets):
    return nn.huber(outputs, targets, 0.5)


def squared(v):
    return v * v


def cubed(v):
    return v * v * v


class Own(nn.Module):
    def __init__(self, activation="tanh"):
        self.hidden, self.out = nn.Layer(2, 2, activation=activation, seed=0), nn.Neuron(2, activation="linear", seed=1)

    def __call__(self, x):
        return self.out(self.hidden(x))


class Other(Own):
    pass


BASE = {
    "model": lambda: nn.MLP(2, [2, 1], activation="tanh", seed=0),
    "optimizer": lambda p: nn.Adam(p, lr=0.1),
    "loss": nn.mse, "l2": 0.01, "seed": 0, "batch_size": 2,
}  # fmt: skip


def run(path, **changes):
    settings = {**BASE, **changes}
    model = settings.pop("model")()
    optimizer = settings.pop("optimizer")(model.parameters())
    before = [p.data for p in model.parameters()], optimizer.position
    try:
        return nn.fit(model, X, Y, optimizer=optimizer, epochs=4, engine="eager", **settings)
    except nn.CheckpointError:
        assert ([p.data for p in model.parameters()], optimizer.position) == before
        raise


RESUMED = {  # what the run was made with, what it is resumed with, and what both are called
    "activation": ({}, {"model": lambda: nn.MLP(2, [2, 1], activation="relu")}, "'tanh'.*'relu'"),
    "an activation of one's own": (
        {"model": lambda: nn.MLP(2, [2, 1], activation=squared)}, {"model": lambda: nn.MLP(2, [2, 1], activation=cubed)},
        "'squared'.*'cubed'",
    ),
    "class": ({"model": Own}, {"model": Other}, "'Own'.*'Other'"),
    "activation of one's own class": ({"model": Own}, {"model": lambda: Own("relu")}, "'tanh'.*'relu'"),
    "fused": ({}, {"model": lambda: nn.MLP(2, [2, 1], activation="tanh", fused=True)}, "fused False.*True"),
    "loss": ({}, {"loss": nn.mae}, "loss 'mse'.*'mae'"),
    "loss of one's own": ({}, {"loss": near_enough}, "loss 'mse'.*'near_enough'"),
    "a setting of the loss": (
        {"loss": functools.partial(nn.huber, delta=0.5)}, {"loss": functools.partial(nn.huber, delta=2.0)},
        r"'huber\(delta=0.5\)'.*'huber\(delta=2.0\)'",
    ),
    "l2": ({}, {"l2": 0.5}, "l2 0.01.*0.5"),
    "batch size": ({}, {"batch_size": None}, "batch_size 2.*None"),
    "seed": ({}, {"seed": 7}, "seed 0.*7"),
    "optimizer": ({}, {"optimizer": lambda p: nn.SGD(p, lr=0.1)}, "Adam.*SGD"),
    "order of the parameters": ({}, {"optimizer": lambda p: nn.Adam(p[::-1], lr=0.1)}, "in another order"),
    "betas": ({}, {"optimizer": lambda p: nn.Adam(p, lr=0.1, betas=(0.5, 0.9))}, r"betas \[0.9, 0.999\].*\[0.5, 0.9\]"),
    "weight decay": ({}, {"optimizer": lambda p: nn.Adam(p, lr=0.1, weight_decay=0.5)}, "weight_decay 0.0.*0.5"),
    "momentum": (
        {"optimizer": lambda p: nn.SGD(p, 0.1, momentum=0.5)}, {"optimizer": lambda p: nn.SGD(p, 0.1, momentum=0.9)},
        "momentum 0.5.*0.9",
    ),
    "nesterov": (
        {"optimizer": lambda p: nn.SGD(p, 0.1, momentum=0.5)},
        {"optimizer": lambda p: nn.SGD(p, 0.1, momentum=0.5, nesterov=True)}, "nesterov False.*True",
    ),
    "rate": ({}, {"optimizer": lambda p: nn.Adam(p, lr=0.2)}, r"fixed\(0.1\).*fixed\(0.2\).*without resume"),
    "schedule": (
        {"optimizer": lambda p: nn.Adam(p, nn.schedules.cosine(0.1, 9))},
        {"optimizer": lambda p: nn.Adam(p, nn.schedules.cosine(0.1, 8))}, r"cosine\(0.1, 0.0, 9\).*cosine\(0.1, 0.0, 8\)",
    ),
    "a schedule in a schedule": (
        {"optimizer": lambda p: nn.Adam(p, nn.schedules.warm_up(0.1, 3))},
        {"optimizer": lambda p: nn.Adam(p, nn.schedules.warm_up(0.2, 3))}, r"then=fixed\(0.1\).*then=fixed\(0.2\)",
    ),
    "a plateau's patience": (
        {"optimizer": lambda p: nn.Adam(p, nn.schedules.reduce_on_plateau(0.1, patience=3))},
        {"optimizer": lambda p: nn.Adam(p, nn.schedules.reduce_on_plateau(0.1, patience=4))}, "patience=3.*patience=4",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("made", "given", "match"), RESUMED.values(), ids=RESUMED)
def test_a_run_is_resumed_only_with_what_it_was_made_with(tmp_path, made, given, match):
    path = tmp_path / "run.json"
    run(path, checkpoint=path, **made)
    data = path.read_bytes()
    assert len(run(path, resume=path, **made).epochs) == 4
    with pytest.raises(nn.CheckpointError, match=match):
        run(path, resume=path, **{**made, **given})
    assert path.read_bytes() == data


@pytest.mark.parametrize("change", [
    {"metrics": nn.accuracy}, {"early_stopping": 9}, {"clip_norm": 9.0}, {"validation": (X, Y)}, {"snapshots": 2},
])  # fmt: skip
def test_what_does_not_change_the_past_may_change(tmp_path, change):
    path = tmp_path / "run.json"
    run(path, checkpoint=path)
    run(path, resume=path, **change)


LOADED = {name: RESUMED[name] for name in (
    "activation", "class", "activation of one's own class", "fused", "optimizer", "betas", "weight decay", "momentum",
)}  # fmt: skip


@pytest.mark.parametrize(("made", "given", "match"), LOADED.values(), ids=LOADED)
def test_load_into_compares_model_and_optimizer(tmp_path, made, given, match):
    path = tmp_path / "run.json"
    run(path, checkpoint=path, **made)
    settings = {**BASE, **made, **given}
    model = settings["model"]()
    optimizer = settings["optimizer"](model.parameters())
    before = [p.data for p in model.parameters()]
    with pytest.raises(nn.CheckpointError, match=match):
        nn.load(path, into=model, optimizer=optimizer)
    assert [p.data for p in model.parameters()] == before
    assert optimizer.iteration == 0


def test_how_a_model_starts_and_at_which_rate_it_goes_on_do_not_count(tmp_path):
    model = nn.MLP(2, [2, 1], init="he_normal", seed=0)
    path = nn.save(model, tmp_path / "m.json", optimizer=nn.SGD(model.parameters(), lr=0.1))
    other = nn.MLP(2, [2, 1], seed=1)
    nn.load(path, into=other, optimizer=nn.SGD(other.parameters(), lr=0.5))
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]


def test_a_metric_that_is_new_after_a_resume_is_nan_before_it(tmp_path):
    path = tmp_path / "run.json"
    model = nn.MLP(2, [1], seed=0)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    nn.fit(model, X, Y, loss=nn.mse, optimizer=optimizer, epochs=2, validation=(X, Y), checkpoint=path)
    history = nn.fit(
        model, X, Y, loss=nn.mse, optimizer=optimizer, epochs=3, validation=(X, Y), metrics=nn.accuracy, resume=path
    )
    found = history.metric("accuracy")
    assert len(found) == 3
    assert found[0] != found[0]
    assert found[1] != found[1]
    assert found[2] == found[2]
    assert history.validation_metric("accuracy")[-1] == found[2]
    with pytest.raises(nn.ArgumentError, match="no epoch has measured 'acuracy': measured are accuracy"):
        history.metric("acuracy")


def test_a_file_to_resume_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file none\.json in .*: nothing to load or resume"):
        run(None, resume=tmp_path / "none.json")


# ── what save writes, load reads ───────────────────────────────────────────────────────────────────────────────────


def mixed(model):
    model.layers[0].neurons[0] = nn.Neuron(2, activation="relu", seed=3)


def tied(model):
    model.layers[0].neurons[1].w = model.layers[0].neurons[0].w


def unlike(model):
    model.layers[0].neurons[0].fused = True


@pytest.mark.parametrize("change", [mixed, tied, unlike])
def test_a_network_that_no_mlp_is_comes_back_into_its_like_or_not_at_all(tmp_path, change):
    model, like, plain = (nn.MLP(2, [2, 1], activation="tanh", seed=seed) for seed in (0, 1, 2))
    change(model)
    change(like)
    path = nn.save(model, tmp_path / "m.json")
    with pytest.raises(nn.CheckpointError, match="into=model"):
        nn.load(path)
    assert nn.load(path, into=like)([1.0, 2.0]).data == model([1.0, 2.0]).data
    if change is not unlike:
        with pytest.raises(nn.CheckpointError):
            nn.load(path, into=plain)


WRONG = {
    "the path first": (lambda m, p: nn.save(p, m), TypeError, "the model first, then the path"),
    "the optimizer as history": (lambda m, p: nn.save(m, p, history=nn.SGD(m.parameters(), 0.1)), TypeError, "nn.fit"),
    "the class of the optimizer": (lambda m, p: nn.save(m, p, optimizer=nn.SGD), TypeError, r"model\.parameters\(\)"),
    "another model's optimizer": (
        lambda m, p: nn.save(m, p, optimizer=nn.SGD([Value(1.0)], 0.1)), nn.ArgumentError, "not this model's",
    ),
    "into a path": (lambda m, p: nn.load(p, into=p), TypeError, "into= takes a model"),
    "into a class": (lambda m, p: nn.load(p, into=nn.MLP), TypeError, "into= takes a model"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "error", "match"), WRONG.values(), ids=WRONG)
def test_slips_in_save_and_load_are_told(tmp_path, call, error, match):
    model = nn.MLP(2, [1], seed=0)
    path = nn.save(model, tmp_path / "m.json")
    data = path.read_bytes()
    with pytest.raises(error, match=match):
        call(model, path)
    assert path.read_bytes() == data
