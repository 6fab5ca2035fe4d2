"""Answers for given images."""
