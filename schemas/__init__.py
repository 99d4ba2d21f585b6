"""The published contract, made from the code; part of the wheel."""
