"""The test suites of HIPS autograd and of projects that stand on it, run on this engine in its place.

python -m benchmarks.conformance hips pymanopt
"""
