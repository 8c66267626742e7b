"""From YAML text to a plan: reading, names, subgraphs, contracts, order; every fault located."""
