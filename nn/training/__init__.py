"""Training by gradient descent: batch, stochastic and mini-batch.

engine      the protocol: the loss and its gradient, as a function of flat parameters
eager       the same by eager graphs
compiled    the same by a compiled program
surroundings what the model and the loss read besides, compared with what it is now, and put back
auto        compiled while that gives the eager numbers, else eager
history     what a run has done
settings    the arguments of ``fit``, checked
point       where a run stands, and the way back
lazy        the model's Values, in step when somebody looks
run         one run, iteration by iteration
"""
