"""The steps of a press, one a file: accept, deliver, inform, sweep. They meet only in the database."""
