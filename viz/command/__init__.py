"""The command ``glassgrad``.

cli           its arguments, and what each of them starts
train         demo and train: from a table to a trained model in a folder
expression    the formulas that draw and check read
"""
