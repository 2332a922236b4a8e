"""The ground: pure decisions. No clock, no file, no environment, no logging, no asyncio."""
