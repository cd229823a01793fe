"""The rule book of the modelled DSP: each rule is data and one small predicate."""
