"""What stands around alarmd in a demo or a test: stores, buttons and a police station. Imports nothing of alarmd."""
