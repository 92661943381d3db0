"""Models and runs as JSON, with no code in them, and back.

checkpoint    models, optimizers and histories as plain data
resume        a run in progress
files         one document in one file: checked, and whole or not there
"""
