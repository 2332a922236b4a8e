"""Work or silence: the ways of knowing when the last input was, and which of them is used."""
