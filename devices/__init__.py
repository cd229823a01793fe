"""What is installed in a home: devices that speak GBCS; they know nothing of the DCC."""
