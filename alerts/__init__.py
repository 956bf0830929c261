"""Trends to people: policy decides, compose writes, receivers deliver, desk keeps the case."""
