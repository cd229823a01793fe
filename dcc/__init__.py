"""The modelled DCC: SMKI, registration data, inventory, rule book, service providers."""
