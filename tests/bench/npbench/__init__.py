"""What `make bench` measures with: see tests/bench/README."""
