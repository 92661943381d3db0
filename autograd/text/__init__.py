"""Text and files, for all that prints and writes.

text_width  how many columns a text takes
whole_file  a file is written whole or not at all
"""
