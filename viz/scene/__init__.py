"""What a picture shows, as plain data: cards and edges.

scene             the plain data
choose            which scene a graph gets: whole, by neuron or by layer
cards, fold       the scenes of a graph, a card a node or a card a neuron
model, program    the scenes of a model and of a compiled program
text              letters and numbers: widths, cuts, digits
"""
