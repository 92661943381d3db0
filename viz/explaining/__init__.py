"""A gradient in words and formulas.

explain              what users call
account, notation    the chain rule on the user's graph, told line by line
chain, formula       paths and derivatives in symbols
"""
