"""SimPy scenarios, parties that act in them, and the ``dccbench`` command."""
