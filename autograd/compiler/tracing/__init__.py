"""Trace: run a function once, with what stands for arrays in place of all that it reaches, and note every call.

Begin with capture.py: it finds what the function reaches (`reaching`), lets stand-ins take its place (`entering`,
`traced`), runs the function under the `tracer`, and collects what it left behind (`leaving`).
"""
