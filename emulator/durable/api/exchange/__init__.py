"""Requests to the management API and its responses, read and written like in .NET."""
