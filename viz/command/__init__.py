"""The command ``glassgrad``.

cli           its arguments, and what each of them starts
learn         demo and train
expression    the formulas that it reads
"""
