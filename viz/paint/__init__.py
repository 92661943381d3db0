"""The picture itself: SVG, and what is made of it.

paint               a scene with its geometry as SVG
theme               colours and shapes
picture, drawing    what users get
render, files       PNG and PDF; files that are whole or not there
"""
