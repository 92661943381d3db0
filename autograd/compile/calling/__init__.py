"""From a call to the numbers that a program takes, and back.

calls        arguments of all kinds: what varies, and the form around it
arguments    numbers into a program's buffers, and results out of them
choices      which gradients are asked for, by which arguments
quick        replays of arrays like those of the call before
splitting    batches whose samples go different ways
backing_off  when to record one more way, and when to leave it to eager code
eager        one run of the function on Values, in place of a replay
watch        whether a program still stands for its function
audits       its numbers beside those of one run of the function
inside       a program inside another function: it calls its function
"""
