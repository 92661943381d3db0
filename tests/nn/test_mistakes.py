"""What newcomers type: each slip ends in one sentence that names the thing and the remedy."""

from __future__ import annotations

import decimal
import math
import warnings

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, nn

X, Y = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]], [1, 1, 0, 0]
NAN, INF = math.nan, math.inf


def mlp(*sizes, **settings):
    return nn.MLP(2, list(sizes) or [3, 1], seed=0, **settings)


def parameters():
    return mlp().parameters()


def fit(model=None, x=X, y=Y, **settings):
    settings = {"loss": nn.binary_cross_entropy, "epochs": 1, "engine": "eager", **settings}
    return nn.fit(model or mlp(), x, y, **settings)


def _silent(model):
    with gg.no_grad():
        return model([1.0, 2.0])


def at_rate(rate):
    model = mlp()
    return fit(model, optimizer=nn.SGD(model.parameters(), lr=rate))


MISTAKES = {  # what is typed, the error, and the words that name thing and remedy
    # optimizers
    "Adam(model)": (lambda: nn.Adam(mlp()), TypeError, r"model\.parameters\(\).*got a MLP"),
    "SGD(model)": (lambda: nn.SGD(mlp(), lr=0.1), TypeError, r"model\.parameters\(\).*got a MLP"),
    "SGD(model.parameters)": (lambda: nn.SGD(mlp().parameters, lr=0.1), TypeError, "got a method: call it"),
    "SGD of named ones": (lambda: nn.SGD(mlp().named_parameters(), lr=0.1), TypeError, r"model\.parameters\(\), got tuple"),
    "SGD without a rate": (lambda: nn.SGD(parameters()), TypeError, r"SGD lacks lr.*lr=0\.1"),
    "learning_rate=": (lambda: nn.SGD(parameters(), learning_rate=0.1), TypeError, r"learning_rate: write lr=0\.1"),
    "beta1=": (lambda: nn.Adam(parameters(), beta1=0.9), TypeError, r"beta1: write betas=\(0\.9, 0\.999\)"),
    "betas=0.9": (lambda: nn.Adam(parameters(), betas=0.9), TypeError, r"betas must be two numbers, such as"),
    "betas=(1, 1)": (lambda: nn.Adam(parameters(), betas=(1.0, 1.0)), nn.ArgumentError, r"betas\[0\].*below 1"),
    "momentum as text": (lambda: nn.SGD(parameters(), 0.1, momentum="a"), TypeError, "momentum must be a number"),
    "a negative rate": (lambda: nn.SGD(parameters(), lr=-1.0), nn.ArgumentError, "rate must be.*at least 0"),
    "a rate that is text": (lambda: nn.SGD(parameters(), lr="0.1"), TypeError, "rate must be a number, got str"),
    "clip_norm(model)": (lambda: nn.clip_norm(mlp(), 1.0), TypeError, r"model\.parameters\(\)"),
    "l2_penalty(model)": (lambda: nn.l2_penalty(mlp()), TypeError, r"model\.parameters\(\)"),
    # schedules
    "a schedule of text": (lambda: at_rate(lambda step: "0.1"), TypeError, r"gives '0\.1' at step 0: let it return"),
    "a schedule of None": (lambda: at_rate(lambda step: None), TypeError, "gives None at step 0: let it return a number"),
    "a schedule of a Value": (lambda: at_rate(lambda step: Value(0.1)), TypeError, r"gives Value\(0\.1"),
    "a schedule of an array": (lambda: at_rate(lambda step: np.ones(2)), TypeError, "gives array.*let it return a number"),
    "a schedule of nan": (lambda: at_rate(lambda step: NAN), nn.ArgumentError, "gives nan at step 0"),
    "a schedule without a step": (lambda: at_rate(lambda: 0.1), TypeError, "called with the step alone"),
    "a schedule that is not made yet": (lambda: at_rate(nn.schedules.cosine), TypeError, r"cosine.*cosine\(0\.1, steps="),
    "a schedule that overflows": (
        lambda: at_rate(lambda step: math.exp(step + 1000)), nn.ArgumentError, "overflows at step 0",
    ),
    # models
    "MLP(2, 4, 1)": (lambda: nn.MLP(2, 4, 1), TypeError, r"one list.*nn\.MLP\(2, \[16, 1\]\)"),
    "MLP([2, 4, 1])": (lambda: nn.MLP([2, 4, 1]), TypeError, r"lacks nouts.*nn\.MLP\(2, \[16, 1\]\)"),
    "MLP(2, 4)": (lambda: nn.MLP(2, 4), TypeError, r"nouts must be a list.*\[16, 1\]"),
    "MLP(2, [4.0, 1])": (lambda: nn.MLP(2, [4.0, 1]), TypeError, "size must be a whole number"),
    "MLP(hidden=)": (lambda: nn.MLP(2, hidden=[4]), TypeError, r"hidden.*nn\.MLP\(2, \[16, 1\]\)"),
    "MLP(nonlin=)": (lambda: nn.MLP(2, [1], nonlin=False), TypeError, 'nonlin: write activation="tanh"'),
    "rleu": (lambda: mlp(activation="rleu"), nn.ArgumentError, "nearest is 'relu'"),
    "math.tanh": (lambda: _silent(mlp(activation=math.tanh)), TypeError, r"tanh gives float.*gg\.tanh"),
    "a seed of text": (lambda: nn.MLP(2, [1], seed="a"), TypeError, "a seed is an int"),
    "Layer(2)": (lambda: nn.Layer(2), TypeError, "Layer lacks nout"),
    "a batch": (lambda: mlp()(X), nn.ArgumentError, "one sample.*call it for each row"),
    # fit
    "fit(lr=)": (lambda: fit(lr=0.1), TypeError, r"lr: the rate belongs to the optimizer: optimizer=nn\.Adam"),
    "fit(learning_rate=)": (lambda: fit(learning_rate=0.1), TypeError, "belongs to the optimizer"),
    "fit(momentum=)": (lambda: fit(momentum=0.9), TypeError, "setting of the optimizer"),
    "fit(epoch=)": (lambda: fit(epoch=3), TypeError, "epoch: the nearest is epochs"),
    "fit(verbose=)": (lambda: fit(verbose=1), TypeError, "verbose: write progress="),
    "fit(validation_split=)": (lambda: fit(validation_split=0.2), TypeError, r"write validation=0\.2"),
    "fit(validation_data=)": (lambda: fit(validation_data=(X, Y)), TypeError, r"write validation=\(X, y\)"),
    "fit(xyz=)": (lambda: fit(xyz=1), TypeError, "xyz: it takes model, X, y, loss"),
    "fit without a loss": (lambda: nn.fit(mlp(), X, Y), TypeError, r"lacks loss.*loss=nn\.mse"),
    "fit without y": (lambda: nn.fit(mlp(), X, loss=nn.mse), TypeError, "lacks y: give the targets too"),
    "the loss by place": (lambda: nn.fit(mlp(), X, Y, nn.mse), TypeError, r"by name.*loss=nn\.mse"),
    "the model last": (lambda: nn.fit(X, Y, mlp(), loss=nn.mse), TypeError, "model must be a Module.*got list"),
    "the class of the model": (lambda: nn.fit(nn.MLP, X, Y, loss=nn.mse), TypeError, "model must be a Module"),
    "the class of the optimizer": (lambda: fit(optimizer=nn.Adam), TypeError, r"nn\.Adam\(model\.parameters\(\)\)"),
    "an optimizer by name": (lambda: fit(optimizer="adam"), TypeError, r"nn\.Adam\(model\.parameters\(\)\)"),
    "another model's optimizer": (
        lambda: fit(optimizer=nn.SGD(parameters(), 0.1)), nn.ArgumentError, r"not this model's.*model\.parameters\(\)",
    ),
    "a loss misspelt": (lambda: fit(loss="msee"), nn.ArgumentError, "nearest is 'mse'"),
    "a loss that is a number": (lambda: fit(loss=3.0), TypeError, "loss must be a function"),
    "a loss of one argument": (lambda: fit(loss=lambda o: o), TypeError, "must take two arguments"),
    "a loss that gives a float": (lambda: fit(loss=lambda o, t: o.data), (TypeError, gg.GlassgradError), "loss|data"),
    "a loss that gives a list": (lambda: fit(loss=lambda o, t: [o]), TypeError, "must return one Value, got list"),
    "callbacks=[3]": (lambda: fit(callbacks=[3]), TypeError, "callbacks must be functions.*got 3"),
    "callbacks=3": (lambda: fit(callbacks=3), TypeError, "callbacks must be functions.*got 3"),
    "callbacks=None": (lambda: fit(callbacks=None), TypeError, "callbacks must be functions.*got None"),
    "a callback without an argument": (lambda: fit(callbacks=lambda: 0), TypeError, "must take one argument, the Training"),
    "on_iteration=5": (lambda: fit(on_iteration=5), TypeError, "on_iteration must be functions.*got 5"),
    "epochs=10.0": (lambda: fit(epochs=10.0), TypeError, "epochs must be a whole number"),
    "batch_size=0": (lambda: fit(batch_size=0), nn.ArgumentError, "batch_size must be at least 1"),
    "metrics by name": (lambda: fit(metrics="accuracy"), TypeError, r"such as nn\.accuracy"),
    "metrics in a list": (lambda: fit(metrics=[nn.accuracy]), TypeError, r'\{"accuracy": nn\.accuracy\}'),
    "validation=1.5": (lambda: fit(validation=1.5), nn.ArgumentError, "validation must be.*below 1"),
    "validation of X alone": (lambda: fit(validation=X), TypeError, r"validation must be \(X, y\)"),
    "an engine misspelt": (lambda: fit(engine="compile"), nn.ArgumentError, "nearest is 'compiled'"),
    "resume a file that is not there": (lambda: fit(resume="none.json"), FileNotFoundError, r"there is no file none\.json"),
    "resume=True alone": (lambda: fit(resume=True), nn.ArgumentError, "needs checkpoint="),
    "resume=None": (lambda: fit(resume=None), TypeError, "given by its path"),
    "checkpoint=True": (lambda: fit(checkpoint=True), TypeError, r"path, such as 'model\.json', got bool"),
    # data
    "X and y of different lengths": (lambda: fit(y=[1, 1, 0]), nn.ArgumentError, "4 samples and y has 3.*one for each"),
    "other features": (lambda: fit(x=[[1.0] * 3] * 4), nn.ArgumentError, "MLP takes 2 inputs, got 3"),
    "ragged rows": (lambda: fit(x=[[1.0], [1.0, 2.0]], y=[0, 1]), nn.ArgumentError, "X is ragged.*equally long"),
    "no samples": (lambda: fit(x=[], y=[]), nn.ArgumentError, "X is empty"),
    "nan": (lambda: fit(x=[[0.0, NAN], *X[1:]]), nn.ArgumentError, r"X\[0\]\[1\] is nan.*drop that row"),
    "infinity": (lambda: fit(x=[[0.0, INF], *X[1:]]), nn.ArgumentError, r"X\[0\]\[1\] is inf"),
    "nan in y": (lambda: fit(y=[1, 1, 0, NAN]), nn.ArgumentError, r"y\[3\] is nan"),
    "None in X": (lambda: fit(x=[[0.0, None], *X[1:]]), TypeError, r"NoneType None at \[0\]\[1\].*fill what is missing"),
    "strings": (lambda: fit(x=[["0", "1"]] * 4), TypeError, r"str_ 0 at \[0\]\[0\].*float"),
    "string targets": (lambda: fit(y=["a", "b", "a", "b"]), TypeError, r"np\.unique\(y, return_inverse=True\)"),
    "a column of strings": (
        lambda: fit(x=np.array([["x", 1.0]] * 4, dtype=object)), TypeError, r"str x at \[0\]\[0\]",
    ),
    "Values": (lambda: fit(x=[[Value(1.0), Value(2.0)]] * 4), TypeError, r"Value.* at \[0\]\[0\]"),
    "complex": (lambda: fit(x=np.array(X) * 1j), TypeError, "complex"),
    "Decimals": (lambda: fit(x=[[decimal.Decimal(1), 1]] * 4), TypeError, "Decimal 1 at.*float"),
    "an int beyond floats": (lambda: fit(x=[[10**400, 1]] * 4), TypeError, r"int 1000\d+ at \[0\]\[0\]"),
    "dates": (lambda: fit(x=np.array([["2020-01-01"] * 2] * 4, dtype="datetime64[D]")), TypeError, "datetime64"),
    "a generator": (lambda: fit(x=(row for row in X)), TypeError, "list or array with a row.*got generator"),
    "a dict": (lambda: fit(x={"a": [1, 2]}), TypeError, "list or array with a row.*got dict"),
    "a masked array": (
        lambda: fit(x=np.ma.array(X, mask=[[0, 1]] * 4)), nn.ArgumentError, r"4 numbers masked.*\.filled\(0\.0\)",
    ),
    "masked targets": (lambda: fit(y=np.ma.array([1.0, 1, 0, 0], mask=[1, 0, 0, 0])), nn.ArgumentError, "1 number masked"),
    "classes from 1": (lambda: fit(mlp(2), y=[1, 2, 1, 2], loss=nn.cross_entropy), nn.ArgumentError, "no class 2.*0 to 1"),
    "-1 for 0": (lambda: fit(y=[-1, 1, 1, -1]), nn.ArgumentError, r"from 0 to 1, got -1.*\(y \+ 1\) / 2"),
    "split(test_size=)": (lambda: nn.split(X, Y, test_size=0.25), TypeError, r"write fraction=0\.25"),
    "split(random_state=)": (lambda: nn.split(X, Y, random_state=0), TypeError, "write seed=0"),
    "two_moons(n_samples=)": (lambda: nn.two_moons(n_samples=3), TypeError, "write samples=100"),
    # after training
    "accuracy the wrong way round, by shape": (
        lambda: nn.accuracy([1, 1], [[0.1, 0.2], [0.2, 0.1]]), nn.ArgumentError, "outputs first, then targets",
    ),
    "accuracy the wrong way round": (lambda: nn.accuracy([1, 0], [0.3, -2.0]), nn.ArgumentError, "a target is 0.3.*outputs first"),
    "accuracy of a model": (lambda: nn.accuracy(mlp(), Y), TypeError, r"nn\.accuracy\(nn\.predict\(model, X\), y\)"),
    "accuracy(model, X, y)": (lambda: nn.accuracy(mlp(), X, Y), TypeError, r"nn\.accuracy\(nn\.predict\(model, X\), y\)"),
    "accuracy of names": (lambda: nn.accuracy([0.1, 0.2], ["a", "b"]), TypeError, "classes as numbers from 0"),
    "accuracy of nan": (lambda: nn.accuracy([NAN, 0.9], [0, 1]), nn.ArgumentError, "nan in the outputs"),
    "a class beyond the outputs": (lambda: nn.accuracy([[0.1, 0.9]] * 2, [0, 2]), nn.ArgumentError, "a target is 2.*0 to 1"),
    "predict(X, model)": (lambda: nn.predict(X, mlp()), TypeError, "the model first, then X"),
    "predict of strings": (lambda: nn.predict(mlp(), [["a", "b"]]), TypeError, "row of numbers for each sample"),
    "predict of None": (lambda: nn.predict(mlp(), None), TypeError, "row of numbers for each sample"),
    "a metric that was not measured": (lambda: fit().metric("accuracy"), nn.ArgumentError, r"'accuracy'.*nn\.fit\(metrics="),
    "save(path, model)": (lambda: nn.save("x.json", mlp()), TypeError, "the model first, then the path"),
    "save(model, 3)": (lambda: nn.save(mlp(), 3), TypeError, "given by its path.*got int"),
    "load(model)": (lambda: nn.load(mlp()), TypeError, "given by its path.*got MLP"),
    "gg.compile(3)": (lambda: gg.compile(3), TypeError, "takes a function of Values, got int: 3"),
    "gg.compile(loss)": (lambda: gg.compile(Value(1.0)), TypeError, "takes a function of Values, got Value"),
}  # fmt: skip


@pytest.mark.parametrize(("typed", "error", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_slip_is_told_in_one_sentence(typed, error, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=words) as caught:
        typed()
    said = str(caught.value)
    assert 20 < len(said) < 500
    assert "\n" not in said
    assert "__init__" not in said


def test_there_are_enough_of_them():
    assert len(MISTAKES) >= 105


def test_what_is_no_mistake_is_taken():
    fit(x=np.ma.array(X))
    fit(x=np.array(X, dtype=object))
    fit(x=np.array(X, dtype=np.float32), y=np.array(Y, dtype=bool))
    fit(callbacks=lambda training, more=None: None, loss=lambda o, t, scale=1.0: scale * (o - t) ** 2)
    assert nn.accuracy([[0.2, 0.1]] * 2, [[1, 0], [0, 1]]) == 0.5
    assert nn.accuracy([[0.3], [-1.0]], [[1], [0]]) == 1.0


def test_an_error_of_ones_own_code_stays_as_it_is():
    def own(training):
        raise TypeError("mine")

    with pytest.raises(TypeError, match="^mine$"):
        fit(callbacks=own)


def remarks(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert all(remark.filename == __file__ for remark in caught)
    return [str(remark.message) for remark in caught if issubclass(remark.category, nn.DataWarning)]


def test_unscaled_inputs_are_remarked_on_once_with_the_remedy():
    large = np.array(X)
    large[2, 1] = -5000.0
    model = mlp()
    (said,) = remarks(lambda: nn.fit(model, large, Y, loss=nn.binary_cross_entropy, epochs=2, engine="eager"))
    assert "X[:, 1] go up to 5000" in said
    assert "X.std(axis=0)" in said
    assert not remarks(lambda: nn.fit(model, X, Y, loss=nn.binary_cross_entropy, epochs=2, engine="eager"))


@pytest.mark.parametrize(("last", "count"), [("sigmoid", 1), ("linear", 0)])
def test_a_sigmoid_before_a_loss_that_has_one_is_remarked_on(last, count):
    model = mlp(activation=["tanh", last])
    assert len(remarks(lambda: nn.fit(model, X, Y, loss="binary_cross_entropy", epochs=1, engine="eager"))) == count


def test_tables_of_pandas():
    pd = pytest.importorskip("pandas")
    fit(x=pd.DataFrame({"a": pd.array([1, 5, 2, 3], dtype="Int64"), "b": [1.5, 2, 3, 4]}), y=pd.Series(Y))
    with pytest.raises(TypeError, match=r"str x at \[0\]\[0\]"):
        fit(x=pd.DataFrame({"a": list("xyxy"), "b": [1, 2, 3, 4]}))
    with pytest.raises(TypeError, match="number classes from 0"):
        fit(y=pd.Series(list("xyxy"), dtype="category"))
    with pytest.raises(TypeError, match=r"<NA> at \[1\]\[0\].*missing"):
        fit(x=pd.DataFrame({"a": pd.array([1, None, 2, 3], dtype="Int64"), "b": [1, 2, 3, 4]}))
