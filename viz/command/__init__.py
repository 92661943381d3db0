"""The command ``glassgrad``.

cli           what each of its commands does
arguments     what can be typed, with its help
learn         demo and train
expression    the formulas that it reads
"""
