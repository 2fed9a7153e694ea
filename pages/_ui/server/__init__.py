"""What browsers fetch: one way to make a route, one cache, and what stands behind each address."""
