"""How quick the console is in a browser, with all stores of a country."""
