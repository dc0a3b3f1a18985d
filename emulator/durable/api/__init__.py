"""Durable's management API over HTTP: routes, codes, headers and bodies as the real extension's."""
