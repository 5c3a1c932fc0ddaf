"""One module for each table of docs/performance.md, with a function `measure(rounds) -> Table`."""
