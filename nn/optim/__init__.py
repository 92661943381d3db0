"""One update: its equation, the clipping of its gradient, its rate.

optimizers    SGD, RMSprop, Adagrad, Adam, AdamW
clipping      gradients made shorter, by norm or by value
rate          what a learning rate may be: a number, step -> rate, or a Schedule
schedules     learning rates that change with training
"""
