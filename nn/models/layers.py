"""Neuron, Layer and MLP: micrograd's three classes, with its constructors and more options.

``from glassgrad.nn import MLP`` in place of micrograd's import gives the same numbers: hidden layers are relu, the last
is linear, weights come from Python's global ``random`` in the same order unless a seed is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from ...autograd import ops
from ...autograd.numerics.floats import as_float
from ...autograd.value import Constant, Value
from ..checks import ArgumentError, counted, known, whole
from ..mistakes import guided
from . import init as initializers
from .activations import Activation, activation_of, has_name, linear
from .init import Initializer
from .module import Draws, Module, Seed, source_of

Number = float | Value
Inputs = Number | Iterable[Number]

_ONE = Constant(1.0)


class Neuron(Module):
    """activation(w₀·x₀ + … + b).

    Args:
        nin: how many inputs.
        nonlin: relu if true, linear if not; ignored where ``activation`` is given.
        activation: a name (``nn.models.activations.TABLE``, or any op of one operand) or a function of a Value.
        init: a name in ``nn.models.init.TABLE`` or a function (source, inputs, outputs) -> weight.
        seed: an int, a ``random.Random``, or None for Python's global ``random``.
        fused: make one ``dot`` node of the weighted sum and bias in place of 2·nin elementary ones.
        outputs: how many neurons share the inputs, for initializers that depend on it.
        scope: the neuron's name in its model: the ``.scope`` of its output, and the prefix of its parameters' labels.

    Raises:
        ArgumentError: an unknown name, or no input.

    >>> neuron = Neuron(2, activation="tanh", seed=0)
    >>> neuron
    TanhNeuron(2)
    >>> neuron([1.0, -2.0])
    Value(-0.3301297863037003, grad=0.0)
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: str | Activation | None = None,
        init: str | Initializer = "uniform",
        seed: Seed = None,
        fused: bool = False,
        outputs: int = 1,
        scope: str = "",
    ) -> None:
        prefix = f"{scope}." if scope else ""
        chosen = activation if activation is not None else ("relu" if nonlin else "linear")
        self.activation, self._activate = activation_of(chosen)
        self.fused, self.scope = fused, scope
        self.outputs = whole("outputs", outputs, 1)
        self._init = known(init, initializers.TABLE, "initializer") if isinstance(init, str) else init
        self.w = [Value(0.0, label=f"{prefix}w{i}") for i in range(whole("nin", nin, 1))]
        self.b = Value(0.0, label=f"{prefix}b")
        self.initialize(source_of(seed))

    @property
    def nonlin(self) -> bool:
        """Whether there is an activation."""
        return self._activate is not linear

    @property
    def is_portable(self) -> bool:
        """Whether the activation's name is enough to build the neuron again, so that a file can hold it."""
        return has_name(self.activation, self._activate)

    def initialize(self, source: Draws) -> None:
        """Draw the weights, first to last; the bias is 0."""
        for weight in self.w:
            weight.data = self._init(source, len(self.w), self.outputs)
        self.b.data = 0.0

    def __call__(self, x: Inputs) -> Value:
        """The neuron's output for one sample.

        Raises:
            ArgumentError: x has another number of inputs.
            TypeError: x holds something other than numbers and Values.
        """
        return self.fire(inputs_of(x, len(self.w), self))

    def fire(self, x: Sequence[Value]) -> Value:
        """The output for inputs that are already checked.

        Raises:
            ArgumentError: not as many inputs as weights.
        """
        if len(x) != len(self.w):
            raise ArgumentError(
                f"{self.scope or type(self).__name__} takes {counted(len(self.w), 'input')}, and gets {len(x)} from "
                "what feeds it: give a neuron as many weights as the layer before has neurons"
            )
        if self.fused:
            out = ops.dot_of(*self.w, self.b, *x, _ONE)
        else:
            out = self.b
            for weight, xi in zip(self.w, x):
                out = out + weight * xi
        out = self._activate(out)
        if not isinstance(out, Value):
            raise TypeError(
                f"the activation {self.activation} gives {type(out).__name__} {out!r:.60}, which leaves the graph: use "
                f"a name, such as 'tanh', or a function of glassgrad, such as gg.tanh"
            )
        if self.scope:
            out.scope = self.scope
        return out

    def __repr__(self) -> str:
        kind = "ReLU" if self.activation == "relu" else self.activation.capitalize()
        return f"{kind}Neuron({len(self.w)})"


class Layer(Module):
    """``nout`` neurons that share their ``nin`` inputs; the other arguments are those of ``Neuron``.

    >>> Layer(2, 3, activation="sigmoid", seed=0)
    Layer of [SigmoidNeuron(2), SigmoidNeuron(2), SigmoidNeuron(2)]
    """

    @guided
    def __init__(
        self,
        nin: int,
        nout: int,
        *,
        nonlin: bool = True,
        activation: str | Activation | None = None,
        init: str | Initializer = "uniform",
        seed: Seed = None,
        fused: bool = False,
        scope: str = "",
    ) -> None:
        chosen = activation if activation is not None else ("relu" if nonlin else "linear")
        prefix, source = (f"{scope}." if scope else ""), source_of(seed)
        self.scope = scope
        self.neurons = [
            Neuron(nin, activation=chosen, init=init, seed=source, fused=fused, outputs=nout,
                   scope=f"{prefix}neurons.{i}")
            for i in range(whole("nout", nout, 1))
        ]  # fmt: skip

    def __call__(self, x: Inputs) -> Value | list[Value]:
        """The outputs for one sample: a list, or the one Value of a layer of one neuron (as in micrograd).

        Raises:
            ArgumentError: x has another number of inputs.
        """
        out = self.fire(inputs_of(x, len(self.neurons[0].w), self))
        return out[0] if len(out) == 1 else out

    def fire(self, x: Sequence[Value]) -> list[Value]:
        """The outputs, always as a list, for inputs that are already checked."""
        return [neuron.fire(x) for neuron in self.neurons]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """A multi-layer perceptron: layers of ``nouts`` neurons, each fed by the one before.

    Args:
        nin: how many inputs.
        nouts: how many neurons in each layer.
        activation: that of the hidden layers, relu by default; the last layer is linear, since losses take logits. Or a
            list with one for each layer. Names and functions are those of ``Neuron``.
        init, seed, fused: as for ``Neuron``.

    Raises:
        ArgumentError: an unknown name, no layer, a list of activations of another length, a size below 1.
        TypeError: a size that is not a whole number.

    >>> model = MLP(2, [16, 16, 1], activation="tanh", seed=0)
    >>> len(model.parameters())
    337
    >>> model.named_parameters()[1]
    ('layers.0.neurons.0.w1', Value(0.515908805880605, grad=0.0, label='layers.0.neurons.0.w1'))
    >>> model([1.0])
    Traceback (most recent call last):
    glassgrad.nn.checks.ArgumentError: MLP takes 2 inputs, got 1: [1.0]
    """

    @guided
    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: str | Activation | Sequence[str | Activation] | None = None,
        init: str | Initializer = "uniform",
        seed: Seed = None,
        fused: bool = False,
    ) -> None:
        if isinstance(nouts, (str, bytes)) or not isinstance(nouts, Iterable):
            raise TypeError(f"nouts must be a list with the size of each layer, such as [16, 1], got {nouts!r:.60}")
        sizes = [whole("nin", nin, 1), *(whole("a layer's size", size, 1) for size in nouts)]
        if len(sizes) == 1:
            raise ArgumentError("nouts is empty: give the size of at least one layer, such as [1]")
        self.nin, self.nouts, self.fused = sizes[0], sizes[1:], fused
        self.init = init
        source = source_of(seed)
        self.layers = [
            Layer(*shape, activation=chosen, init=init, seed=source, fused=fused, scope=f"layers.{i}")
            for i, (shape, chosen) in enumerate(zip(pairwise(sizes), _one_each(activation, len(self.nouts))))
        ]

    @property
    def activations(self) -> list[str]:
        """The name of each layer's activation."""
        return [layer.neurons[0].activation for layer in self.layers]

    def __call__(self, x: Inputs) -> Value | list[Value]:
        """The outputs for one sample: a list, or one Value if the last layer has one neuron.

        Raises:
            ArgumentError: x has another number of inputs, or the layers do not fit each other.
            TypeError: x holds something other than numbers and Values.
        """
        check_wiring(self)
        out: Sequence[Value] = inputs_of(x, self.nin, self)
        for layer in self.layers:
            out = layer.fire(out)
        return out[0] if len(out) == 1 else list(out)

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"


def check_wiring(model: Module) -> None:
    """Refuse an MLP whose layers are not those that it was built with, or do not fit each other.

    Raises:
        ArgumentError: names the layer, what it has, and what it should have.

    >>> model = MLP(2, [4, 3, 1], seed=0)
    >>> del model.layers[1]
    >>> check_wiring(model)
    Traceback (most recent call last):
    glassgrad.nn.checks.ArgumentError: this MLP was built with 3 layers and has 2: build nn.MLP(2, [4, 1]) instead
    """
    if not isinstance(model, MLP):
        return
    layers, sizes = model.layers, model.nouts
    if len(layers) != len(sizes):
        found = [len(layer.neurons) for layer in layers]
        raise ArgumentError(
            f"this MLP was built with {counted(len(sizes), 'layer')} and has {len(layers)}: build "
            f"nn.MLP({model.nin}, {found}) instead"
        )
    inputs = model.nin
    for i, (layer, size) in enumerate(zip(layers, sizes)):
        neurons = layer.neurons
        if len(neurons) != size:
            raise ArgumentError(
                f"layers[{i}] was built with {counted(size, 'neuron')} and has {len(neurons)}: build an MLP of the "
                "sizes that you want"
            )
        for j, neuron in enumerate(neurons):
            if len(neuron.w) != inputs:
                before = f"layers[{i - 1}] has {counted(inputs, 'neuron')}" if i else f"the MLP takes {inputs}"
                raise ArgumentError(
                    f"layers[{i}].neurons[{j}] takes {counted(len(neuron.w), 'input')}, and {before}: give each neuron "
                    "as many weights as there are numbers that feed it"
                )
        inputs = size


def _one_each(choice: str | Activation | Sequence[str | Activation] | None, layers: int) -> list[str | Activation]:
    """An activation for each layer."""
    if isinstance(choice, Sequence) and not isinstance(choice, str):
        if len(choice) != layers:
            raise ArgumentError(f"{len(choice)} activations for {layers} layers: give one for each, the last one too")
        return list(choice)
    hidden = "relu" if choice is None else choice
    activation_of(hidden)  # so that an unknown name is reported even where no layer is hidden
    return [*[hidden] * (layers - 1), "linear"]


def inputs_of(x: Inputs, nin: int, taker: Module) -> list[Value]:
    """One sample's inputs as Values, numbers as constants; a bare number stands for a list of one.

    Raises:
        ArgumentError: not ``nin`` inputs, or a batch of samples.
        TypeError: something other than numbers and Values.
    """
    name = type(taker).__name__
    items: list[object]
    if isinstance(x, np.ndarray):
        x = x.tolist()
    items = list(x) if isinstance(x, Iterable) and not isinstance(x, (str, bytes)) else [x]
    if items and isinstance(items[0], (list, tuple, np.ndarray)):
        raise ArgumentError(
            f"{name} takes one sample, a flat list of {nin} inputs, got a list of lists: call it for each row"
        )
    if len(items) != nin:
        raise ArgumentError(f"{name} takes {counted(nin, 'input')}, got {len(items)}: {x!r:.60}")
    return [xi if isinstance(xi, Value) else Constant(as_float(xi)) for xi in items]
