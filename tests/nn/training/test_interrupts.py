"""An interrupt at any line: the run that resumes ends with the bits of one that nothing interrupted.

Every (file, line) of ours that runs in one eager and one compiled fit with all options on is a case. The README's test
command takes a seeded sample of them; ``pytest -m slow`` takes all, and prints how many there are.
"""

from __future__ import annotations

import collections
import gc
import random
import sys
from pathlib import Path

import pytest

import glassgrad as gg
from glassgrad import nn
from glassgrad.autograd.context import state

ROOTS = tuple(str(Path(module.__file__).parent) for module in (gg.autograd, nn))
X, Y = nn.two_moons(10, noise=0.1, seed=0)
LEAST = {"eager": 400, "compiled": 1500}  # lines that a sweep meets; they may grow


class Watch:
    """Counts the lines of ours that run, and raises at one visit of one of them."""

    def __init__(self, file=None, line=0, visit=0):
        self.file, self.line, self.left = file, line, visit
        self.visits = collections.Counter()

    def __call__(self, frame, event, arg):
        file = frame.f_code.co_filename
        return self.at_line if file == self.file or (self.file is None and file.startswith(ROOTS)) else None

    def at_line(self, frame, event, arg):
        if event == "line":
            if self.file is None:
                self.visits[frame.f_code.co_filename, frame.f_lineno] += 1
            elif frame.f_lineno == self.line:
                self.left -= 1
                if self.left == 0:
                    sys.settrace(None)
                    raise KeyboardInterrupt
        return self.at_line


class Net(nn.Module):
    """A parameter that the optimizer does not move, and a network."""

    def __init__(self, seed):
        self.shift = gg.Value(0.25)
        self.body = nn.MLP(2, [2, 1], activation="tanh", seed=seed)

    def __call__(self, x):
        return self.body(x) + self.shift


def nudge(training):
    """Change all that a callback may: parameters that move, one that does not, and the rate, by what it is."""
    training.model.shift.data *= 0.5
    training.model.parameters()[1].data += 0.125 * training.epoch
    training.optimizer.schedule.observe(training.history.loss[-1])


def push(training):
    if training.iteration % 3 == 2:
        training.model.parameters()[2].data *= 0.75


def trained(path, engine, seed=1, watch=None, **how):
    """A run with all options on: its model, optimizer and history, None for the latter where an interrupt came out."""
    model = Net(seed)
    rate = nn.schedules.reduce_on_plateau(0.05, factor=0.5, patience=0)
    optimizer = nn.Adam(model.body.parameters(), lr=rate, weight_decay=0.01)
    before, history = sys.gettrace(), None
    try:
        sys.settrace(watch)
        history = nn.fit(
            model, X, Y, loss=nn.binary_cross_entropy, optimizer=optimizer, epochs=5, batch_size=4, seed=3,
            validation=0.3, metrics={"accuracy": nn.accuracy}, early_stopping=nn.EarlyStopping(patience=2),
            callbacks=[nudge, lambda training: None], on_iteration=push, l2=0.001, clip_norm=0.5, clip_value=0.2,
            snapshots=2, checkpoint=path, checkpoint_every=2, progress=False, engine=engine, **how,
        )  # fmt: skip
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return model, optimizer, history


def outcome(model, optimizer, history):
    arrays = {name: array.tolist() for name, array in optimizer.position.state.items()}
    return [p.data for p in model.parameters()], optimizer.iteration, arrays, optimizer.schedule.memory(), history


def lines_of(engine, tmp_path):
    """Each line that runs, with the number of its visits; and how the run ends."""
    watch = Watch()
    whole = outcome(*trained(tmp_path / "whole.json", engine, watch=watch))
    return sorted(watch.visits.items()), whole


def fault(engine, where, visit, whole, path):
    """What is wrong after an interrupt there; "" where nothing is."""
    path.unlink(missing_ok=True)
    before = gc.isenabled(), gc.get_threshold(), state.watched, state.records()
    model, _, history = trained(path, engine, watch=Watch(*where, visit))
    if before != (gc.isenabled(), gc.get_threshold(), state.watched, state.records()):
        return "a block was left open, or the collector as it is in one"
    if path.exists() and history is not None and history.stopped == "interrupted":
        kept = nn.load(path, into=Net(7))
        if [p.data for p in kept.parameters()] != [p.data for p in model.parameters()]:
            return "the model is not the checkpoint's"
    again = trained(path, engine, seed=99 if path.exists() else 1, resume=True)
    return "" if outcome(*again) == whole else "the resumed run differs"


def swept(engine, tmp_path, most=None):
    lines, whole = lines_of(engine, tmp_path)
    draws = random.Random(0)
    cases = lines if most is None else draws.sample(lines, most)
    wrong = []
    for where, visits in cases:
        visit = draws.choice([1, visits, draws.randint(1, visits)])
        found = fault(engine, where, visit, whole, tmp_path / "run.json")
        if found:
            wrong.append((*where, visit, found))
    return len(lines), wrong


@pytest.mark.parametrize("engine", ["eager", "compiled"])
def test_an_interrupt_at_a_line_resumes_to_the_same_bits(engine, tmp_path):
    count, wrong = swept(engine, tmp_path, most=20)
    assert not wrong
    assert count >= LEAST[engine]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["eager", "compiled"])
def test_an_interrupt_at_any_line_resumes_to_the_same_bits(engine, tmp_path, capsys):
    count, wrong = swept(engine, tmp_path)
    with capsys.disabled():
        print(f"\n{engine}: interrupted at each of {count} lines")
    assert not wrong, f"{len(wrong)} of {count} lines"
    assert count >= LEAST[engine]
