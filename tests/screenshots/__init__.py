"""Makes the pictures of the console that stand in the README."""
