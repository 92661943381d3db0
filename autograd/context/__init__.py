"""What holds while code runs.

state      who watches or differentiates, who records nothing, and when a number was last changed
leaving    a number is read out of a Value, and no gradient flows back: an error or a warning
collector  Python's cyclic collector, paused while graphs are recorded
reloaded   two classes called Value, after a reload
"""
