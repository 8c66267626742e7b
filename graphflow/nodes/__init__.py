"""Nodes: what a calculator is written with: contracts, options, contexts, the registry."""
