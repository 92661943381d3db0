"""One run of a function, kept: what happened, and what it depends on beside its arguments.

record         the graph, the parameters and the guards
twice          once more: it has to do the same again
random_states  the states of sources of random numbers, put back after a run that is not the answer
closed_over    what the function reads beside its arguments, and what of it has changed since
reach          finds the containers that it reads from
"""
