"""The command ``glassgrad``.

cli           what each of its commands does
arguments     what can be typed, with its help
train         demo and train: from a table to a trained model in a folder
expression    the formulas that draw and check read
"""
