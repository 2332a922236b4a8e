"""The wall towards the person: is there input, is the screen locked, did the machine sleep.

Booleans and durations leave this room, nothing else: no keys, no window titles, no names of programs.
"""
