"""Backward one edge at a time, alone or beside a classic mistake.

steps                     what users call: the page that plays it
frames, folded_frames     what each step says
trace, mistakes           backward as data, by the right algorithm and by wrong ones
still                     one step as a picture
"""
