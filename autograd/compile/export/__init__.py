"""Export: a program as a script of its own, which needs nothing of ours and prints the same numbers.

script        which writer serves which language
with_reverse  NumPy and plain Python, with our reverse pass
forward_only  languages that differentiate by themselves: the forward pass, written anew
languages     a row for each of those: what differs between them
spellings     how they spell our ops
sources       the text of a function with everything that it needs
"""
