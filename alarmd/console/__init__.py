"""The console: the pages that operators and dispatchers look at. Their scripts speak to the same API as everybody."""
