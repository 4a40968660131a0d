"""How fast the harness is, as ratios of runs side by side. `make bench` prints them and writes out/bench.json."""
