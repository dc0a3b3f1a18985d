"""Histories and instances in storage, and the admission of starts by them."""
