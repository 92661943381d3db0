"""Networks of Values, and what trains them.

>>> from glassgrad import nn
>>> X, y = nn.two_moons(100, noise=0.1, seed=0)
>>> model = nn.MLP(2, [8, 1], activation="tanh", seed=0, fused=True)
>>> optimizer = nn.Adam(model.parameters(), lr=0.1)
>>> history = nn.fit(model, X, y, loss=nn.binary_cross_entropy, optimizer=optimizer, epochs=30, seed=0)
>>> nn.accuracy(nn.predict(model, X), y) > 0.9
True

    fit                        the one call that trains
    losses, metrics            what training makes small, and what one reads of it
    predict                    what a model gives for rows of inputs
    models/                    Module, Neuron, Layer, MLP; activations by name; how weights start
    optim/                     optimizers, clipping, schedules
    training/                  one run, the engines that compute its losses, its history
    saving/                    models and runs as JSON, and back
    data, datasets/            samples, batches, splits; small sets, iris, and a CSV reader
    parameters, checks         parameters as one flat array; the checks of arguments
    mistakes                   what was probably meant by a call that does not fit
"""

from __future__ import annotations

if __name__ == "nn":
    raise ImportError("type `from glassgrad import nn`: this folder is a part of glassgrad")

from .checks import ArgumentError, EagerTrainingWarning, ZeroGradientWarning
from .data import DataWarning, Samples, batches, blobs, circles, iterations, spirals, split, two_moons, xor
from .fit import fit
from .losses import binary_cross_entropy, cross_entropy, hinge, huber, l2_penalty, mae, mse
from .metrics import accuracy
from .models.layers import MLP, Layer, Neuron
from .models.module import Module
from .optim import schedules
from .optim.clipping import clip_norm, clip_value
from .optim.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from .optim.rate import Schedule
from .predict import predict
from .saving.checkpoint import load, save
from .saving.files import CheckpointError, SaveError
from .training.history import Epoch, History, Iteration, Snapshot
from .training.run import DivergedError, Training
from .training.settings import EarlyStopping

__all__ = [
    "Module", "Neuron", "Layer", "MLP",
    "mse", "mae", "huber", "hinge", "binary_cross_entropy", "cross_entropy", "l2_penalty",
    "Optimizer", "SGD", "RMSprop", "Adagrad", "Adam", "AdamW", "clip_norm", "clip_value",
    "schedules", "Schedule",
    "fit", "Training", "EarlyStopping", "History", "Iteration", "Epoch", "Snapshot", "predict", "accuracy",
    "Samples", "batches", "iterations", "split", "two_moons", "circles", "spirals", "blobs", "xor",
    "save", "load", "ArgumentError", "CheckpointError", "SaveError", "DivergedError",
    "DataWarning", "EagerTrainingWarning", "ZeroGradientWarning",
]  # fmt: skip
