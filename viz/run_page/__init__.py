"""A training run: as plots, as a page that plays it, as a picture of how it ended.

training     what users call: the page
run          the run that it plays
moments      what it shows at one moment
boundary     the classes over two inputs
array_mlp    a network on arrays, which can be asked about thousands of points
plots        plots by matplotlib
"""
