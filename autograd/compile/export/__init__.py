"""Export: a program as a script of its own, in other people's languages.

script       the program in NumPy, plain Python, PyTorch or JAX
spellings    what PyTorch and JAX call our ops
sources      the text of a function with all that it needs, so that a script stands by itself
"""
