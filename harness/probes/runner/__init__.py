"""Runs cases one after the other, from inside the sandbox.

A stand-alone package that needs nothing but the standard library, since it runs where the harness is not installed:
no module in here imports anything of the harness.

Whatever a program does becomes an answer, never an exception: one that hangs is killed, and so is what it left
running; one that writes too much is cut short; what it locked is opened again and cleared away.
"""
