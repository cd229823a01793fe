"""What goes wrong at the edge, where people and files meet the bench."""


class InputError(ValueError):
    """An argument or input that cannot be used; the text is one line for the user."""
