"""The JSON Schema of graph files, with which editors complete and check them."""
