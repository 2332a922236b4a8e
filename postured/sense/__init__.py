"""The wall towards the person: is there input, is the screen locked, did the machine sleep, what else is on.

`activity` tells work from silence, `holds` looks for calls, full screen and do-not-disturb. Booleans and durations
leave this room, nothing else: no keys, no window titles, no names of programs.
"""
