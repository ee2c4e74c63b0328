"""Speed and bytes on the wire, as ratios measured in one run: `make bench`."""
