"""Backward one edge at a time, alone or beside a classic mistake.

steps             what users call: the page that plays it
frame             one step, and how it is said
node_frames       the steps of a graph that is shown whole
folded_frames     of one that is folded
mistake_frames    of the right algorithm beside a wrong one
writes            backward as data: each write into a gradient, by the right algorithm and by wrong ones
frame_picture     one step as a picture
"""
