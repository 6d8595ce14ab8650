"""The passes of the plan; specialization.py has them in their order."""
