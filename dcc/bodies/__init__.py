"""Bodies of service requests as values, one module a family of services (DUIS 3.8)."""
