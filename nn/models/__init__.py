"""Models and their parameters.

module         anything with parameters that can be found, zeroed, drawn afresh and saved
layers         Neuron, Layer and MLP
activations    by name: every op of one operand, and functions made of ops
init           how weights start
"""
