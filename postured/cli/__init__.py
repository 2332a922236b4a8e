"""The commands: read the command line, ask or do, print, and say how it went by the exit code."""
