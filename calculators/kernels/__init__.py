"""Pure numeric functions over numpy arrays; they know nothing of packets, ports or graphs.

All of them work in float32 in the operation order of MediaPipe's C++ source, because tracking
amplifies a difference in the last bit. Where a formula is evaluated in float64 the docstring
says so.
"""
