"""One offline file of HTML: its frame, its style and its scripts, which stand in ``assets``.

page    the frame, and what is put into it
"""
