"""Description: calculators and graphs as data, for whoever shows or documents them."""
