"""One turn of an orchestration as a pure function: history and the SDK's answer in, outcome out.

Knows neither storage, nor HTTP, nor how Python functions are called.
"""
