"""Where everything stands: a layout computes geometry and nothing else.

geometry      what it answers
layouts       which layout a scene gets
dot           Graphviz, from a wheel or the system
layered       a small layout of our own
extent        how far a picture reaches
panels        the parts of a training run's picture
"""
