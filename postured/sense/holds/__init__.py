"""What may keep notices back: calls, full screen, do-not-disturb. Asked when it matters, told by events if offered."""
