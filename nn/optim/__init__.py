"""One update: its equation, its gradient cut down, its rate.

optimizers    SGD, RMSprop, Adagrad, Adam, AdamW
clipping      gradients cut down, by norm or by value
schedules     learning rates that change with training: step -> rate
"""
