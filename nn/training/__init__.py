"""Training by gradient descent: batch, stochastic and mini-batch.

fit         what users call: its arguments, and the starts that it tries
run         one run, iteration by iteration
eager       the loss and its gradient by eager graphs
compiled    the same by a compiled program
history     what a run has done
resume      a run in progress as a file, and back
"""
