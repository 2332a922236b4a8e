"""postured: notices long work with head and hands in front, and suggests what the upper back needs."""

__version__ = "0.1.0"
