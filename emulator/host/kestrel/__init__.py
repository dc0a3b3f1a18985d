"""A server for HTTP/1.1 that reads, refuses and answers as Kestrel, the real host's server, does.

No parser of Python's libraries fits: they refuse what Kestrel accepts (any method, lines ended by
LF, a length beside chunks) and cannot send what it sends (a wrong length, a status of 1000).
"""
