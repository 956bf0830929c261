"""Groundswell (暗涌): a self-hosted monitor of what customers say, and of which complaint is spreading."""

__version__ = "0.1.0"
