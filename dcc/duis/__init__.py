"""DUIS documents: requests and responses as XML, signed and checked."""
