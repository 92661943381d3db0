"""fit: the numbers of a loop written by hand, histories, stopping, interrupts, resuming, and words for bad arguments."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import textwrap
from typing import get_args

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn
from glassgrad.nn.fit import ENGINES, EngineName

X, Y = nn.two_moons(30, noise=0.1, seed=0)
SIGNS = 2 * Y - 1
RATE = 0.05


@pytest.fixture(autouse=True)
def _ctrl_c_interrupts():
    """As in a terminal; a shell starts what runs in the background with Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def net(outputs=1, **how):
    return nn.MLP(2, [4, outputs], activation="tanh", seed=1, fused=True, **how)


def numbers(model):
    return [p.data for p in model.parameters()]


def fitted(model=None, X=X, y=Y, **how):
    """A short run; its model and history."""
    model = model or net()
    optimizer = how.pop("optimizer", None) or nn.SGD(model.parameters(), lr=RATE, momentum=0.9)
    how = {"loss": nn.binary_cross_entropy, "epochs": 3, "batch_size": 8, "optimizer": optimizer, **how}
    return model, nn.fit(model, X, y, **how)


# ── the numbers ────────────────────────────────────────────────────────────────────────────────────────────────────


def by_hand(model, loss, y, epochs, batch_size, seed):
    optimizer, losses = nn.SGD(model.parameters(), lr=RATE, momentum=0.9), []
    for epoch in range(epochs):
        for rows in nn.batches(len(X), batch_size, seed, epoch):
            optimizer.zero_grad()
            total = gg.mean([loss(model(X[i]), y[i]) for i in rows])
            total.backward()
            optimizer.step()
            losses.append(total.data)
    return losses


CASES = {
    "mse": (nn.mse, Y.astype(float), 1), "hinge": (nn.hinge, SIGNS, 1), "huber": (nn.huber, Y.astype(float), 1),
    "mae": (nn.mae, Y.astype(float), 1), "binary_cross_entropy": (nn.binary_cross_entropy, Y, 1),
    "cross_entropy": (nn.cross_entropy, Y, 2), "weights": (nn.cross_entropy, np.eye(2)[Y], 2),
    "columns": (nn.mse, np.column_stack([Y, SIGNS]), 2),
}  # fmt: skip


@pytest.mark.parametrize(("loss", "y", "outputs"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("batch_size", [8, None, 1])
@pytest.mark.parametrize("engine", ["compiled", "eager"])
def test_fit_does_what_a_loop_does(loss, y, outputs, batch_size, engine):
    model, twin = net(outputs), net(outputs)
    wanted = by_hand(twin, loss, y, 2, batch_size, seed=5)
    _, history = fitted(model, y=y, loss=loss, epochs=2, batch_size=batch_size, seed=5, engine=engine)
    assert history.engine == engine
    assert history.loss == pytest.approx(wanted, rel=1e-10)
    assert numbers(model) == pytest.approx(numbers(twin), rel=1e-10)
    assert len(history.loss) == 2 * nn.iterations(len(X), batch_size)


def test_the_same_run_has_the_same_bits():
    runs = [fitted(seed=3, validation=0.2, metrics={"accuracy": nn.accuracy}) for _ in range(2)]
    assert runs[0][1] == runs[1][1]
    assert numbers(runs[0][0]) == numbers(runs[1][0])
    assert fitted(seed=4)[1].loss != fitted(seed=3)[1].loss


def test_a_metric_may_stand_alone():
    assert fitted(metrics=nn.accuracy)[1].metric("accuracy") == fitted(metrics={"accuracy": nn.accuracy})[1].metric(
        "accuracy"
    )


def test_lists_arrays_and_names_are_taken():
    _, history = fitted()
    assert fitted(X=X.tolist(), y=Y.tolist(), loss="binary_cross_entropy")[1] == history


def test_the_history_has_every_number():
    model = net()
    optimizer = nn.Adam(model.parameters(), lr=nn.schedules.exponential(0.1, 0.9))
    metrics = {"accuracy": nn.accuracy}
    _, history = fitted(model, optimizer=optimizer, validation=(X[:10], Y[:10]), metrics=metrics, snapshots=4)
    assert len(history.loss) == len(history.learning_rate) == len(history.gradient_norm) == 12
    assert history.learning_rate == pytest.approx([0.1 * 0.9**i for i in range(12)])
    sizes = [8, 8, 8, 6]
    weighted = [sum(a * b for a, b in zip(history.loss[i : i + 4], sizes)) / 30 for i in (0, 4, 8)]
    assert history.epoch_loss == pytest.approx(weighted)
    outputs = nn.predict(model, X[:10])
    assert history.validation_loss[-1] == pytest.approx(
        nn.binary_cross_entropy([Value(o) for o in outputs], Y[:10]).data
    )
    assert history.validation_metric("accuracy")[-1] == nn.accuracy(outputs, Y[:10])
    assert history.metric("accuracy")[-1] == nn.accuracy(nn.predict(model, X), Y)
    assert [s.iteration for s in history.snapshots] == [0, 4, 8]
    assert history.snapshots[0].parameters == numbers(net())
    assert (history.iterations_per_epoch, history.stopped) == (4, "epochs")


def test_a_model_of_ones_own_trains():
    class Line(nn.Module):
        def __init__(self):
            self.slope, self.start = Value(0.0), Value(0.0)

        def __call__(self, x):
            return self.slope * x[0] + self.start

    line = Line()
    nn.fit(line, [0.0, 1.0, 2.0], [1.0, 3.0, 5.0], loss=nn.mse, optimizer=nn.SGD(line.parameters(), lr=0.1), epochs=300)
    assert numbers(line) == pytest.approx([2.0, 1.0], abs=1e-3)


def test_only_the_optimizers_parameters_move():
    model = net()
    before = numbers(model)
    last = model.layers[1].parameters()
    fitted(model, optimizer=nn.SGD(last, lr=0.1))
    assert numbers(model)[: -len(last)] == before[: -len(last)]
    assert numbers(model)[-len(last) :] != before[-len(last) :]


def test_l2_adds_its_gradient():
    model, history = fitted(epochs=1, batch_size=None, l2=0.5, optimizer=None)
    twin = net()
    loss = nn.binary_cross_entropy([twin(x) for x in X], Y) + nn.l2_penalty(twin.parameters(), 0.5)
    assert history.loss == pytest.approx([loss.data], rel=1e-12)
    loss.backward()
    nn.SGD(twin.parameters(), lr=RATE, momentum=0.9).step()
    assert numbers(model) == pytest.approx(numbers(twin), rel=1e-12)


@pytest.mark.parametrize(("limits", "size"), [({"clip_norm": 0.01}, 0.01), ({"clip_value": 1e-3}, None)])
def test_gradients_are_clipped(limits, size):
    model = net()
    before = np.array(numbers(model))
    _, history = fitted(model, optimizer=nn.SGD(model.parameters(), lr=1.0), epochs=1, batch_size=None, **limits)
    moved = before - numbers(model)
    assert history.gradient_norm[0] > 0.05
    assert np.linalg.norm(moved) == pytest.approx(size) if size else np.abs(moved).max() == pytest.approx(1e-3)


# ── stopping ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_early_stopping_keeps_the_best_epoch():
    seen = []
    model = net()
    far = (X, 1 - Y)
    _, history = fitted(
        model, epochs=50, validation=far, early_stopping=3, callbacks=lambda t: seen.append(numbers(model))
    )
    best = int(np.argmin(history.validation_loss))
    assert history.stopped == "early"
    assert len(history.epoch_loss) == best + 4 < 50
    assert numbers(model) == seen[best]
    rule = nn.EarlyStopping(patience=3, restore_best=False)
    twin, again = fitted(epochs=50, validation=far, early_stopping=rule)
    assert again.validation_loss == history.validation_loss
    assert numbers(twin) == seen[-1]


def test_a_gain_of_less_than_min_delta_is_none():
    _, any_gain = fitted(epochs=9, early_stopping=nn.EarlyStopping(patience=3))
    _, large_gain = fitted(epochs=9, early_stopping=nn.EarlyStopping(patience=3, min_delta=10.0))
    assert (len(any_gain.epochs), any_gain.stopped) == (9, "epochs")
    assert (len(large_gain.epochs), large_gain.stopped) == (4, "early")


def test_an_epoch_that_equals_the_best_is_no_improvement():
    best = []
    model = net()
    still = nn.SGD(model.parameters(), lr=0.0)
    _, history = fitted(
        model,
        epochs=9,
        batch_size=None,
        optimizer=still,
        early_stopping=3,
        callbacks=lambda t: best.append(t.best.epoch),
    )
    assert len(set(history.epoch_loss)) == 1
    assert (best, history.stopped) == ([1, 1, 1, 1], "early")


def test_restarts_go_by_the_validation_loss_where_there_is_one():
    _, history = fitted(restarts=3, validation=(X[:9], 1 - Y[:9]))
    assert history.monitored == history.validation_loss
    assert min(history.starts) == history.validation_loss[-1] != history.epoch_loss[-1]
    assert nn.History(epochs=[nn.Epoch(1.5, None, {}, {})]).monitored == [1.5]


def test_a_run_that_stopped_early_stays_stopped(tmp_path):
    how = {"epochs": 50, "validation": (X, 1 - Y), "early_stopping": 3, "checkpoint": tmp_path / "run.json"}
    model, history = fitted(**how)
    again, rest = fitted(resume=True, **how)
    assert rest == history
    assert numbers(again) == numbers(model)


def test_checkpoints_come_every_so_many_epochs_and_at_the_end(tmp_path):
    path, seen = tmp_path / "run.json", []

    def look(training):
        seen.append(path.read_bytes() if path.exists() else None)

    fitted(epochs=5, checkpoint=path, checkpoint_every=2, callbacks=look)
    assert [bool(s) for s in seen] == [False, False, True, True, True]
    assert seen[2] == seen[3] != seen[4] != path.read_bytes()


def test_callbacks_see_the_model_as_it_is_and_can_stop():
    seen = []

    def look(training):
        seen.append((training.epoch, training.iteration, numbers(training.model), training.optimizer.iteration))
        assert all(p.grad for p in training.model.layers[0].neurons[0].w)
        if training.epoch == 2:
            training.stop()

    model, history = fitted(epochs=9, callbacks=[look])
    assert [(epoch, iteration, count) for epoch, iteration, _, count in seen] == [(1, 4, 4), (2, 8, 8)]
    assert seen[-1][2] == numbers(model)
    assert history.stopped == "callback"
    assert seen[0][2] == numbers(fitted(epochs=1)[0])


def test_what_a_callback_changes_is_taken_up():
    def nudge(training):
        training.model.parameters()[0].data = 0.125
        training.optimizer.lr = 0.0

    model, history = fitted(epochs=3, optimizer=None, callbacks=nudge)
    assert numbers(model)[0] == 0.125
    assert history.learning_rate == [RATE] * 4 + [0.0] * 8


def test_on_iteration_is_called_after_every_update():
    counts = []
    fitted(on_iteration=lambda training: counts.append(training.iteration))
    assert counts == list(range(1, 13))


def test_plateau_schedules_hear_of_each_epoch():
    model = net()
    plateau = nn.schedules.reduce_on_plateau(0.1, factor=0.5, patience=0)
    _, history = fitted(model, optimizer=nn.SGD(model.parameters(), lr=plateau), validation=(X, 1 - Y), epochs=6)
    assert history.learning_rate[0] == 0.1
    assert history.learning_rate[-1] < 0.1
    worse = sum(b >= min(history.validation_loss[:i]) * (1 - 1e-4) for i, b in enumerate(history.validation_loss) if i)
    assert plateau(0) == pytest.approx(0.1 * 0.5**worse)


def test_restarts_keep_the_best():
    model = net()
    _, history = fitted(model, restarts=4, epochs=2, seed=7)
    assert len(history.starts) == 4
    assert len(set(history.starts)) == 4
    assert history.epoch_loss[-1] == min(history.starts)
    assert history.starts[0] == fitted(epochs=2, seed=7)[1].epoch_loss[-1]
    assert fitted(restarts=4, epochs=2, seed=7)[1] == history


def test_restarts_begin_alike_and_leave_the_optimizer_as_the_best_left_it():
    rates, memories = [], []

    def halve(training):
        rates.append(training.optimizer.lr)
        training.optimizer.lr = training.optimizer.lr / 2

    model = net()
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    fitted(model, restarts=3, epochs=2, optimizer=optimizer, callbacks=halve)
    assert rates == [0.1, 0.05] * 3
    assert optimizer.lr == 0.025
    optimizer.lr = nn.schedules.reduce_on_plateau(0.5, patience=1)

    def remember(training):
        memories[training.start :] = [training.optimizer.schedule.memory()]

    _, history = fitted(model, restarts=4, epochs=8, optimizer=optimizer, callbacks=remember)
    best = history.starts.index(min(history.starts))
    assert optimizer.schedule.memory() == memories[best] != memories[-1]


def test_restarts_draw_only_what_the_optimizer_moves():
    model = net()
    first = [p.data for p in model.layers[0].parameters()]
    _, history = fitted(model, restarts=3, optimizer=nn.SGD(model.layers[1].parameters(), lr=0.1))
    assert [p.data for p in model.layers[0].parameters()] == first
    assert len(set(history.starts)) == 3
    with gg.no_grad():
        loss = nn.binary_cross_entropy([model(x) for x in X], Y).data
    assert loss < min(history.starts)


def test_divergence_is_an_error_and_the_model_stays_finite():
    model = net()
    with pytest.raises(nn.DivergedError, match="iteration .* lower it") as caught:
        fitted(model, y=Y * 1e150, loss=nn.mse, optimizer=nn.SGD(model.parameters(), lr=1e100), epochs=50)
    assert isinstance(caught.value, FloatingPointError)
    assert all(map(math.isfinite, numbers(model)))
    assert all(map(math.isfinite, caught.value.history.loss))


# ── interrupts and resuming ────────────────────────────────────────────────────────────────────────────────────────


def interrupt_at(iteration):
    def callback(training):
        if training.iteration == iteration:
            signal.raise_signal(signal.SIGINT)

    return callback


@pytest.mark.parametrize("iteration", [1, 4, 6])
def test_an_interrupt_leaves_the_last_update(iteration):
    seen = {}
    fitted(on_iteration=lambda training: seen.update({training.iteration: numbers(training.model)}))
    model, history = fitted(on_iteration=interrupt_at(iteration))
    assert history.stopped == "interrupted"
    assert len(history.loss) == iteration
    assert numbers(model) == seen[iteration]


def test_an_interrupt_within_an_update_leaves_no_mixture():
    calls = []

    def loss(output, target):
        calls.append(1)
        if len(calls) == 30:
            raise KeyboardInterrupt
        return nn.binary_cross_entropy(output, target)

    model, history = fitted(loss=loss, engine="eager")
    count = len(history.loss)
    assert count == 3
    seen = {0: numbers(net())}
    fitted(on_iteration=lambda training: seen.update({training.iteration: numbers(training.model)}), engine="eager")
    assert numbers(model) == seen[count]


OPTIMIZERS = {
    "SGD": lambda p: nn.SGD(p, lr=nn.schedules.cosine(0.2, 30), momentum=0.9),
    "Adam": lambda p: nn.Adam(p, lr=0.05),
    "plateau": lambda p: nn.RMSprop(p, lr=nn.schedules.reduce_on_plateau(0.05, factor=0.5, patience=0)),
}


@pytest.mark.parametrize("iteration", [3, 8, 10])
@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_resuming_continues_bit_for_bit(tmp_path, make, iteration):
    how = {"epochs": 6, "validation": (X[:9], 1 - Y[:9]), "metrics": {"accuracy": nn.accuracy}, "seed": 3,
           "early_stopping": nn.EarlyStopping(patience=50), "snapshots": 5}  # fmt: skip
    whole = net()
    _, history = fitted(whole, optimizer=make(whole.parameters()), **how)
    path = tmp_path / "run.json"
    first = net()
    _, part = fitted(
        first, optimizer=make(first.parameters()), checkpoint=path, on_iteration=interrupt_at(iteration), **how
    )
    assert len(part.loss) == iteration
    assert numbers(nn.load(path)) == numbers(first)
    again = nn.MLP(2, [4, 1], activation="tanh", seed=99, fused=True)
    _, rest = fitted(again, optimizer=make(again.parameters()), resume=path, checkpoint=path, **how)
    assert rest == history
    assert numbers(again) == numbers(whole)


def test_more_epochs_may_follow(tmp_path):
    path = tmp_path / "run.json"
    fitted(epochs=2, checkpoint=path, resume=True)
    model, history = fitted(
        nn.MLP(2, [4, 1], activation="tanh", seed=5, fused=True), epochs=5, checkpoint=path, resume=True
    )
    whole, wanted = fitted(epochs=5)
    assert (history.loss, numbers(model)) == (wanted.loss, numbers(whole))
    _, done = fitted(epochs=5, resume=path)
    assert done.loss == wanted.loss


OTHERS = {
    "other samples": {"X": X + 1.0}, "other targets": {"y": 1 - Y}, "another batch size": {"batch_size": 9}, "another seed": {"seed": 1},
    "another network": {"model": nn.MLP(2, [5, 1], seed=0)},
    "another optimizer": {"optimizer": "adam"},
}  # fmt: skip


@pytest.mark.parametrize("how", OTHERS.values(), ids=OTHERS)
def test_resuming_something_else_is_refused(tmp_path, how):
    path = tmp_path / "run.json"
    fitted(checkpoint=path)
    how = dict(how)
    model = how.pop("model", None) or net()
    optimizer = nn.Adam(model.parameters()) if how.pop("optimizer", None) else None
    before = numbers(model)
    with pytest.raises(nn.CheckpointError, match="run.json"):
        fitted(model, optimizer=optimizer, resume=path, **how)
    assert numbers(model) == before


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent Ctrl-C there")
def test_a_process_that_is_interrupted_leaves_a_run_to_resume(tmp_path):
    code = """
        import sys
        from glassgrad import nn
        X, y = nn.two_moons(30, noise=0.1, seed=0)
        model = nn.MLP(2, [4, 1], activation="tanh", seed=1)
        first = lambda training: training.iteration == 1 and print("begun", flush=True)
        history = nn.fit(model, X, y, loss=nn.binary_cross_entropy, epochs=10**9, checkpoint=sys.argv[1], on_iteration=first)
        print(history.stopped, len(history.loss))
    """
    path = tmp_path / "run.json"
    command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "begun\n"
            process.send_signal(signal.SIGINT)
            stopped, count = process.communicate(timeout=60)[0].split()
        finally:
            process.kill()
    assert stopped == "interrupted"
    assert nn.load(path)([0.0, 0.0]).data is not None
    assert int(count) >= 1
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


# ── arguments ──────────────────────────────────────────────────────────────────────────────────────────────────────

BAD = {
    "batch_size 0": ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
    "negative epochs": ({"epochs": -1}, ValueError, "epochs"),
    "half an epoch": ({"epochs": 1.5}, TypeError, "epochs"),
    "an unknown loss": ({"loss": "cross_entrpy"}, ValueError, "nearest is 'cross_entropy'"),
    "no function": ({"loss": 3}, TypeError, "loss must be a function"),
    "an engine to come": ({"engine": "jax"}, ValueError, "no engine is called 'jax': known are auto, compiled, eager"),
    "no engine's name": ({"engine": True}, TypeError, "engine must be a name, one of auto, compiled, eager; got bool"),
    "a loss that leaves the graph": ({"loss": lambda o, t: (o.data - t) ** 2}, TypeError, "leaves the graph"),
    "an optimizer's name": ({"optimizer": "adam"}, TypeError, r"nn.Adam\(model.parameters\(\)\)"),
    "a function as model": ({"model": lambda x: x}, TypeError, "Module"),
    "another model's optimizer": ({"optimizer": nn.SGD(net().parameters(), lr=1.0)}, ValueError, "not this model's"),
    "targets for another loss": ({"loss": nn.hinge}, ValueError, r"y\[0\]: hinge takes the targets -1 and 1, got 0"),
    "signs": ({"y": SIGNS}, ValueError, r"y\[0\]: binary_cross_entropy takes targets from 0 to 1, got -1"),
    "classes for one output": ({"loss": nn.cross_entropy}, ValueError, "binary_cross_entropy"),
    "no such class": ({"model": net(2), "y": Y + 1, "loss": nn.cross_entropy}, ValueError, r"y\[15\]: .*no class 2"),
    "3 inputs": ({"X": np.ones((30, 3))}, ValueError, "MLP takes 2 inputs, got 3"),
    "nan": ({"X": np.where(X > 1.5, math.nan, X)}, ValueError, "is nan"),
    "nothing": ({"X": [], "y": []}, ValueError, "X is empty"),
    "lengths": ({"y": Y[:-1]}, ValueError, "30 samples and y has 29"),
    "validation of 3": ({"validation": (X, Y, X)}, TypeError, r"\(X, y\)"),
    "validation of 3 inputs": ({"validation": (np.ones((2, 3)), [0, 1])}, ValueError, "validation X"),
    "nan in validation": ({"validation": (X * math.nan, Y)}, ValueError, "validation X"),
    "signs in validation": ({"validation": (X, SIGNS)}, ValueError, r"validation y\[0\]"),
    "all for validation": ({"validation": 1.0}, ValueError, "validation"),
    "patience 0": ({"early_stopping": 0}, ValueError, "early_stopping"),
    "negative l2": ({"l2": -1.0}, ValueError, "l2"),
    "clip to 0": ({"clip_norm": 0.0}, ValueError, "clip_norm"),
    "metrics by name alone": ({"metrics": ["accuracy"]}, TypeError, "metrics must be a function"),
    "no start": ({"restarts": 0}, ValueError, "restarts"),
    "restarts of a file": ({"restarts": 2, "checkpoint": "x.json"}, ValueError, "restarts"),
    "resume from nowhere": ({"resume": True}, ValueError, "checkpoint="),
    "no such folder": ({"checkpoint": "no/such/run.json"}, ValueError, "no folder"),
    "no such file": ({"resume": "no-such.json"}, FileNotFoundError, "no-such.json"),
}


@pytest.mark.parametrize(("how", "error", "names"), BAD.values(), ids=BAD)
def test_bad_arguments_are_named_and_nothing_is_done(how, error, names):
    model = net()
    how = {"model": model, "X": X, "y": Y, "loss": nn.binary_cross_entropy, **how}
    before = numbers(model)
    with pytest.raises(error, match=names):
        nn.fit(**how)
    assert numbers(model) == before


def test_the_type_of_engine_lists_the_engines_that_there_are():
    assert get_args(EngineName) == tuple(ENGINES)


def test_no_epochs_are_no_training():
    model, history = fitted(epochs=0)
    assert numbers(model) == numbers(net())
    assert (history.loss, history.stopped) == ([], "epochs")


def test_a_progress_bar_is_shown_on_request(capsys):
    fitted(progress=True)
    assert "12/12" in capsys.readouterr().err
    fitted()
    assert capsys.readouterr().err == ""


def test_a_metric_that_fails_is_no_reason_to_train_eagerly():
    def broken(outputs, targets):
        raise ZeroDivisionError("of the metric")

    model = nn.MLP(1, [1], seed=0)
    with pytest.raises(
        ZeroDivisionError, match="of the metric"
    ):  # and no EagerTrainingWarning, which would be an error
        nn.fit(model, [[1.0], [2.0]], [1.0, 2.0], loss=nn.mse, epochs=1, metrics=broken, progress=False)
    with pytest.raises(TypeError, match="'nothing' gives None"):
        nn.fit(model, [[1.0]], [1.0], loss=nn.mse, epochs=1, metrics={"nothing": lambda o, t: None}, progress=False)


@pytest.mark.parametrize("engine", ["auto", "eager", "compiled"])
def test_a_nan_in_the_weights_is_not_blamed_on_the_rate(engine):
    def spoil(training):
        training.model.parameters()[0].data = math.nan

    model = nn.MLP(1, [1], seed=0)
    told = {"loss": nn.mse, "epochs": 2, "progress": False, "engine": engine}
    with pytest.raises(nn.DivergedError, match="is nan after a callback"):
        nn.fit(model, [[1.0], [2.0]], [1.0, 2.0], callbacks=spoil, **told)
    model.parameters()[0].data = math.nan
    with pytest.raises(nn.DivergedError, match="is nan before the first update"):
        nn.fit(model, [[1.0], [2.0]], [1.0, 2.0], **told)
