"""Emit: a plan as NumPy text, forward and reverse, and the text as functions.

build                  the whole program: its text, compiled and bound to its buffers
forward, reverse       the lines of the two passes
contract, gradients    products as matmul or einsum; where each gradient is added
writer, expression     lines, names, buffers and views; operands as formulas
members                what each member of a group reads of its operands
direct                 small programs as float arithmetic alone
"""
