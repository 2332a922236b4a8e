"""The notify wall: puts one notice in front of the person and says what became of it."""
