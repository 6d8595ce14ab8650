"""Run: does a program fit a call (`guards`), the call itself (`binding`), and the comparison in the second call."""
