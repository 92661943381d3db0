"""A gradient in words and formulas.

explain        what users call
derivation     the chain rule on the user's graph, told line by line
paths          the paths along which it multiplies
named_graph    a recorded graph as names, numbers and formulas
formula        formulas, as plain text and in LaTeX
notation       how plain text and LaTeX write a derivative
"""
