"""Where everything stands: the layout engines compute geometry and nothing else.

engines       which engine lays a scene out
dot           Graphviz, from a wheel or the system
layered       a small layout of our own
extent        how far a picture reaches
"""
