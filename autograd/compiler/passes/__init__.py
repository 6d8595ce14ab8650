"""Plan: leave out calls that nothing needs, and give what is left memory. plan.py has the steps in their order."""
