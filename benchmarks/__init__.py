"""Figures that take longer than a test: each module prints what it measured, and nothing of it is a test."""
