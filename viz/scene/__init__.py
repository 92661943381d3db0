"""What a picture shows, as plain data: cards and edges, or a training run.

scene             the plain data of a graph
heading           what stands above a picture that is one of several
run               the plain data of a training run
choose            which scene a graph gets: whole, by neuron or by layer
cards             a card a value
folded_cards      a card a neuron or a layer
model_cards       a model without any input
program_cards     a compiled program, a card an array
text              letters and numbers: widths, cuts, digits
"""
