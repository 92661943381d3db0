"""Models and runs as JSON, with no code in them, and back.

checkpoint    models, with an optimizer and a history, as plain data
resume        a run in progress
updates       how far an optimizer has come
histories     what training has done
described     what models, optimizers and losses are, to compare a file with what is given
sections      the parts of a document, checked
files         one document in one file: checked, and whole or not there
"""
