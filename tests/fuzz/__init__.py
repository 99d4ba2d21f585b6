"""Messages that nobody would send, for as long as one likes: `make fuzz`."""
