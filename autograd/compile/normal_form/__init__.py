"""One way to write each thing: sums of products of scalars.

normalise   a recording in normal form
scalars     what it is made of, and how chains become sums
cancelling  sums whose terms cancel stay as they were written
"""
