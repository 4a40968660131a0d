"""Reading rustdoc JSON: crates as rustdoc wrote them, to items as `harness.compare.surface` knows them."""
