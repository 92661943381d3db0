"""The picture itself: SVG, and what is made of it.

theme            every colour, of pictures, pages and plots
picture          what all pictures can do: be SVG, be saved, be shown by a notebook
graph_picture    the picture of a graph, as DOT and as a table too
graph_svg        a scene with its geometry as SVG
stylesheet       its style sheet
run_picture      the picture of a training run
chart_svg        a curve as SVG
png_pdf          SVG into PNG and PDF
whole_file       files that are whole or not there
"""
