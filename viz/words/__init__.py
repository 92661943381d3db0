"""Every word that people are shown, in one table per language.

    >>> from glassgrad.viz.words import say
    >>> say("card.edges", count=3)
    '3 edges'

lookup      a text by its key, in the language of the context
language    what a table is made of: texts with placeholders, forms for one and for many
english     the table

Cards, the player, pages, plots, explanations and the command ask here. Symbols, numbers, LaTeX, code and the names of
ops and values are no words. Exceptions speak English where they are raised; the command's own sentences are here.
"""

from .language import Language
from .lookup import current, listed, say, speaking

__all__ = ["Language", "current", "listed", "say", "speaking"]
