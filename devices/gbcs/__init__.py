"""The language of the wire, sans I/O: messages, cryptography, payloads, tables."""
