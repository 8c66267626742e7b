"""The node library: calculators, their payload types and the pure kernels under them.

Layers, lowest first: ``types`` (payloads), ``kernels`` (pure functions over numpy arrays, no
engine words), then one package of calculators per domain. A calculator never imports another.
"""
