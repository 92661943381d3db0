"""The page of a training run: its numbers against the history and the model, in data and in a real browser."""

from __future__ import annotations

from base64 import b64decode
from xml.etree import ElementTree

import numpy as np
import pytest

from glassgrad import nn, no_grad
from glassgrad.nn.training.history import History
from glassgrad.viz.paint.chart_svg import chart
from glassgrad.viz.run_page.array_mlp import array_mlp
from glassgrad.viz.run_page.training import TrainingPageError, training
from glassgrad.viz.scene.text import number


def corners(count=80, seed=0):
    """Two classes that no straight line parts."""
    X = np.random.default_rng(seed).normal(size=(count, 2))
    return X, (X[:, 0] * X[:, 1] > 0).astype(int)


def trained(model=None, epochs=12, snapshots=4, samples=None, loss=nn.binary_cross_entropy):
    model = model or nn.MLP(2, [6, 5, 1], activation=["relu", "tanh", "linear"], seed=1)
    X, y = samples or corners()
    optimizer = nn.Adam(model.parameters(), lr=0.05)
    return model, nn.fit(model, X, y, loss=loss, optimizer=optimizer, epochs=epochs, batch_size=20,
                         snapshots=snapshots, progress=False)  # fmt: skip


@pytest.fixture(scope="module")
def run():
    return trained()


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "leaky_relu", "elu", "gelu"])
def test_the_arrays_answer_as_the_model_does(activation):
    model = nn.MLP(3, [5, 4, 2], activation=activation, seed=3)
    network = array_mlp(model)
    X = np.random.default_rng(0).normal(size=(7, 3))
    with no_grad():
        expected = [[out.data for out in model(x)] for x in X.tolist()]
    parameters = [parameter.data for parameter in model.parameters()]
    assert network.outputs(parameters, X) == pytest.approx(np.array(expected), rel=1e-12)
    assert network.count == len(parameters)


def test_a_model_that_is_no_mlp_has_no_network():
    assert array_mlp(nn.Layer(2, 2)) is None
    assert array_mlp(nn.MLP(1, [2, 1], activation=lambda x: x * 2.0)) is None


def test_each_frame_has_the_history_s_numbers_and_the_snapshot_s_weights(run):
    model, history = run
    frames = training(history).data["frames"]
    assert len(frames) == len(history.snapshots) + 1
    for frame, snapshot in zip(frames, history.snapshots):
        record = history.iterations[snapshot.iteration]
        loss, rate, norm = map(number, (record.loss, record.learning_rate, record.gradient_norm))
        assert frame["said"].startswith(f"loss {loss} · learning rate {rate} · gradient norm {norm} · accuracy ")
        first = [snapshot.parameters[2], *snapshot.parameters[:2]]
        assert frame["weights"][0][0] == [number(w) for w in first]
    neuron = model.layers[-1].neurons[0]
    assert frames[-1]["weights"][-1][0] == [number(p.data) for p in (neuron.b, *neuron.w)]
    assert [p.data for p in model.parameters()] == pytest.approx([p.data for p in history.model.parameters()])


def test_the_boundary_is_where_the_model_changes_its_mind(run):
    model, history = run
    X, y = corners()
    page = training(history)
    plane = page.data["boundary"]
    codes = np.frombuffer(b64decode(plane["frames"][-1]), dtype=np.uint8).reshape(plane["size"], plane["size"])
    low, high = X.min(axis=0), X.max(axis=0)
    low, high = low - 0.12 * (high - low), high + 0.12 * (high - low)
    for i, j in ((0, 0), (0, 39), (39, 0), (20, 7), (11, 31)):
        x = [low[0] + (high[0] - low[0]) * j / 39, high[1] - (high[1] - low[1]) * i / 39]
        assert codes[i, j] >> 5 == int(model(x).data > 0)
    right = np.mean([(model(x).data > 0) == target for x, target in zip(X.tolist(), y.tolist())])
    last = page.data["frames"][-1]
    assert f" · accuracy {number(100 * right, 3)} % · " in last["said"]
    assert last["boundary"] == f"Decision boundary at iteration 48 of 48; accuracy {number(100 * right, 3)} %"
    assert [point[2] for point in plane["points"]] == y.tolist()


def test_three_classes_have_a_boundary_too():
    X, _ = corners()
    y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5).astype(int)
    model = nn.MLP(2, [6, 3], activation="tanh", seed=0)
    _, history = trained(model, samples=(X, y), loss=nn.cross_entropy, epochs=40)
    plane = training(history).data["boundary"]
    codes = np.frombuffer(b64decode(plane["frames"][-1]), dtype=np.uint8)
    assert {code >> 5 for code in codes.tolist()} == {0, 1, 2}
    assert "Samples: circle: 0, square: 1, triangle: 2." in plane["legend"]


def test_dead_and_saturated_neurons_are_pointed_out():
    model = nn.MLP(2, [3, 3, 1], activation=["relu", "tanh", "linear"], seed=0)
    model.layers[0].neurons[1].b.data = -50.0
    model.layers[1].neurons[2].b.data = 6.0
    _, history = trained(model, epochs=1, snapshots=1)
    page = training(history)
    faults = page.data["frames"][0]["faults"]
    assert faults[0][1] == "dead"
    assert faults[1][2] == "saturated"
    assert faults[2] == [""]
    assert "1 dead (learn from no sample): 0.1" in page.data["frames"][0]["said"]
    assert "1 saturated (learn from hardly any): 1.2" in page.text


def test_without_snapshots_the_curves_remain_and_it_says_how_to_keep_them():
    _, history = trained(snapshots=0)
    page = training(history)
    assert "nn.fit(..., snapshots=10)" in page.text
    assert "boundary" not in page.data
    assert all("weights" not in frame for frame in page.data["frames"])
    assert page.data["frames"][-1]["title"] == "Iteration 48 of 48"


def test_regression_has_weights_but_no_boundary():
    X = np.linspace(-1, 1, 30)[:, None]
    model = nn.MLP(1, [4, 1], activation="tanh", seed=0)
    _, history = trained(model, samples=(X, X[:, 0] ** 2), loss=nn.mse)
    page = training(history)
    assert "boundary" not in page.data
    assert "accuracy" not in page.data["frames"][0]["said"]
    assert page.data["frames"][0]["faults"][0] == [""] * 4


def test_a_long_run_has_at_most_sixty_frames_with_both_ends():
    _, history = trained(epochs=40, snapshots=1)
    frames = training(history).data["frames"]
    assert len(frames) == 60
    assert (frames[0]["title"], frames[-1]["title"]) == ("Iteration 0 of 160", "Iteration 160 of 160")


def test_a_wide_layer_is_cut_and_says_so():
    _, history = trained(nn.MLP(2, [40, 1], seed=0), epochs=1)
    html = training(history).html
    assert "40 × relu, 2 inputs; shown: 24 neurons, 2 weights of each" in html
    assert "1 × linear, 40 inputs; shown: 1 neurons, 12 weights of each" in html


def test_a_history_equals_another_whatever_the_model(run):
    assert History() == History(model=run[0])
    assert "model" not in repr(run[1])


@pytest.mark.parametrize(
    ("history", "error", "said"),
    [([1.0, 0.5], TypeError, "must be what nn.fit returned"), (History(), TrainingPageError, "holds no iteration")],
)
def test_what_is_no_training_run_says_why(history, error, said):
    with pytest.raises(error, match=said):
        training(history)


def test_a_chart_tells_its_range_and_its_scale():
    svg = chart("loss", [100.0, 10.0, 1.0])
    assert "loss (logarithmic)" in svg
    assert 'aria-label="loss over 3 iterations, from 1 to 100"' in svg
    assert "logarithmic" not in chart("rate", [0.1, 0.1])
    assert "polyline" in chart("loss", [float("nan")])


# ── in a browser ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_slider_moves_numbers_cursor_and_boundary(opened, run):
    page = training(run[1])
    browser = opened(page)
    pixels = "return document.getElementById('boundary').toDataURL()"
    before = browser.run(pixels)
    frames = page.data["frames"]
    for i in (len(frames) - 1, 3, 0):
        browser.slide(i)
        frame = frames[i]
        assert browser.text("title") == frame["title"]
        assert browser.text("said") == frame["said"]
        cells = (
            "return [...document.querySelectorAll('table[data-layer=\"1\"] tbody tr')].map((row) => "
            "[...row.querySelectorAll('td span')].map((s) => s.textContent))"
        )
        assert browser.run(cells) == frame["weights"][1]
        assert float(browser.run("return document.querySelector('.cursor').getAttribute('x1')")) == frame["x"]
        if i:
            assert browser.run(pixels) != before
    assert browser.run(pixels) == before
    browser.press("ArrowRight")
    assert browser.step == 1


def test_dead_neurons_are_marked_by_a_word_and_a_frame(opened):
    model = nn.MLP(2, [3, 1], seed=0)
    model.layers[0].neurons[0].b.data = -50.0
    _, history = trained(model, epochs=1)
    browser = opened(training(history), dark=True)
    cells = "return [...document.querySelector('tr.dead').cells].map((cell) => cell.textContent)"
    name, *_, state = browser.run(cells)
    assert (name, state) == ("0.0", "dead")


@pytest.mark.parametrize("dark", [False, True])
def test_at_phone_width_nothing_sticks_out(opened, run, dark):
    browser = opened(training(run[1]), width=390, height=844, dark=dark)
    assert browser.run("return document.documentElement.scrollWidth") <= 390
    heights = set()
    for _ in range(4):
        heights.add(browser.run("return document.getElementById('formula').offsetHeight"))
        browser.press("ArrowRight")
    assert len(heights) == 1


# ── the still ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_still_shows_every_sample_and_all_three_curves(run):
    history = run[1]
    still = training(history).picture
    root = ElementTree.fromstring(still.svg)
    classes = [element.get("class") for element in root.iter()]
    assert classes.count("sample") == len(history.samples.X)
    assert classes.count("curve") == 3
    assert str(still) in "".join(root.itertext())
    assert still.svg == training(history).picture.svg


def test_the_still_colours_the_plane_as_the_network_decides(run):
    model, history = run
    plane = training(history).picture.scene.plane
    size = len(plane.codes)
    (x_low, y_low), (x_high, y_high) = (f(history.samples.X, axis=0) for f in (np.min, np.max))
    margins = 0.12 * (x_high - x_low), 0.12 * (y_high - y_low)
    across = np.linspace(x_low - margins[0], x_high + margins[0], size)
    down = np.linspace(y_high + margins[1], y_low - margins[1], size)
    with no_grad():
        chosen = [[int(model([float(a), float(b)]).data > 0) for a in across] for b in down]
    assert plane.kinds == chosen


def test_each_class_has_a_shape_and_a_line_around_it_so_that_colours_do_not_matter():
    X, y = nn.blobs(70, classes=7, seed=0)
    _, history = trained(nn.MLP(2, [7], seed=0), samples=(X, y), loss=nn.cross_entropy)
    root = ElementTree.fromstring(training(history).picture.svg)
    outlines = {path.get("d").partition("m")[2] for path in root.iter() if path.get("class") == "sample"}
    assert len(outlines) == 7
    assert [path.get("d").count("M") > 0 for path in root.iter() if path.get("class") == "between"] == [True]


def test_a_run_without_a_plane_has_a_still_of_curves_alone():
    model = nn.MLP(3, [4, 1], activation="tanh", seed=0)
    X = np.random.default_rng(0).normal(size=(12, 3))
    history = nn.fit(model, X, X[:, 0], loss=nn.mse, epochs=2, progress=False)
    still = training(history).picture
    assert still.scene.plane is None
    assert "polyline" in still.svg


def test_a_browser_fills_no_curve_of_the_still(run, browser, tmp_path):
    path = training(run[1]).picture.save(tmp_path / "still.svg")
    for dark, paper in ((False, "rgb(255, 255, 255)"), (True, "rgb(18, 22, 28)")):
        browser.open(path, dark=dark)
        style = "return getComputedStyle(document.querySelector(arguments[0])).fill"
        assert browser.run(style, ".curve") == "none"
        assert browser.run(style, ".paper") == paper
