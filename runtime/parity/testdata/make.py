#!/usr/bin/python3
"""Writes the fixtures of this folder: what PyTorch computes for the programs beside this file.

    python3 make.py            all of them, a few minutes
    python3 make.py layers     one of them: mlp, lenet, resnet20, layers, published

Made with PyTorch 1.13 (Debian's python3-torch); numpy is the only other import.

Inputs, weights and labels are not stored. Both sides draw them from the same integer hash (uniform in common.py and in
numbers_test.go). Everything runs in float64 on numbers that float32 holds exactly, so a fixture carries no rounding of its
own; each network then runs in float32 too, and how far PyTorch strays from itself is noted in the metadata.
"""
import sys

sys.dont_write_bytecode = True  # no __pycache__ among the fixtures

import layers
import networks
import published

if __name__ == "__main__":
    for what in sys.argv[1:] or [*networks.NETWORKS, "layers", "published"]:
        if what == "layers":
            layers.make()
        elif what == "published":
            published.make()
        else:
            networks.make(what)
