"""Networks of Values, and what trains them.

>>> import nn
>>> X, y = nn.two_moons(100, noise=0.1, seed=0)
>>> model = nn.MLP(2, [8, 1], activation="tanh", seed=0, fused=True)
>>> optimizer = nn.Adam(model.parameters(), lr=0.1)
>>> history = nn.fit(model, X, y, loss=nn.binary_cross_entropy, optimizer=optimizer, epochs=30, seed=0)
>>> nn.accuracy(nn.predict(model, X), y) > 0.9
True

    module, layers, activations, init   models and their parameters
    losses, metrics                     what training makes small, and what one reads of it
    optim, clipping, schedules          one update: its equation, its gradient cut down, its rate
    data, datasets                      samples, batches, splits; small sets, iris, and a CSV reader
    trainer, training, history          fit: its arguments and starts; one run; what it has done
    engine, compiled                    what computes the loss and its gradient, eagerly or as an array program
    checkpoint, resume, files           models and runs as JSON, and back
    checks, own_autograd                arguments; whose package ``autograd`` is
"""

from __future__ import annotations

import nn.own_autograd  # noqa: F401  # first: is the package called autograd ours?
from nn import schedules
from nn.checkpoint import load, save
from nn.checks import ArgumentError
from nn.clipping import clip_norm, clip_value
from nn.data import Samples, batches, blobs, circles, iterations, spirals, split, two_moons, xor
from nn.files import CheckpointError, SaveError
from nn.history import Epoch, History, Iteration, Snapshot
from nn.layers import MLP, Layer, Neuron
from nn.losses import binary_cross_entropy, cross_entropy, hinge, huber, l2_penalty, mae, mse
from nn.metrics import accuracy, predict
from nn.module import Module
from nn.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from nn.trainer import fit
from nn.training import DivergedError, EarlyStopping, Training

__all__ = [
    "Module", "Neuron", "Layer", "MLP",
    "mse", "mae", "huber", "hinge", "binary_cross_entropy", "cross_entropy", "l2_penalty",
    "Optimizer", "SGD", "RMSprop", "Adagrad", "Adam", "AdamW", "clip_norm", "clip_value", "schedules",
    "fit", "Training", "EarlyStopping", "History", "Iteration", "Epoch", "Snapshot", "predict", "accuracy",
    "Samples", "batches", "iterations", "split", "two_moons", "circles", "spirals", "blobs", "xor",
    "save", "load", "ArgumentError", "CheckpointError", "SaveError", "DivergedError",
]  # fmt: skip
