"""The daemon: events in, `step`, effects out. Assembled, begun and ended here, in that order and its reverse."""
