"""The schema, as numbered plain SQL; part of the wheel."""
