"""The one error that the wire raises."""


class GbcsError(ValueError):
    """A message, payload or certificate that is not what GBCS says it should be.

    ``where`` names the field by its path (``grouping header/target``), ``what`` says what was found
    and what was expected, ``offset`` is the octet position in the input where known. No other exception
    leaves a decoder, whatever the input.
    """

    def __init__(self, where: str, what: str, offset: int | None = None) -> None:
        # The three parts stay the arguments, so that the error survives the way between processes.
        super().__init__(where, what, offset)
        self.where = where
        self.what = what
        self.offset = offset

    def __str__(self) -> str:
        position = "" if self.offset is None else f" at octet {self.offset}"
        return f"{self.where}{position}: {self.what}"
