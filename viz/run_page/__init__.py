"""A training run: as plots, as a page that plays it, as a picture of how it ended.

training            the page
training_still      the picture
plots, curves       plots by matplotlib; the page's own curves
network             what each neuron of a network computes, for the page
"""
