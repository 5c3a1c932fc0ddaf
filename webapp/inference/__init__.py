"""The network behind the page: predictions within time limits, and models made of them."""
