"""Trace: run a function once, with traced values in place of all that it reaches, and note every call.

Begin with trace.py: it finds what the function reaches (`walker`; `sources` says where), takes a `snapshot`, lets
traced values take the place of state (`capture`, `traced`), runs the function under the `tracer`, whose `recorder`
notes the calls, and collects what it has left behind (`capture`).
"""
