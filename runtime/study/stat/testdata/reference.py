"""Computes with SciPy what the Go package computes, for the comparison in scipy_test.go.

Reads a JSON list of {"on": [...], "off": [...], "margin": m, "a": [...], "b": [...]} from standard
input and writes a JSON list of results. Needs SciPy 1.9 or later (Debian: python3-scipy).
"""
import itertools
import json
import sys

import numpy as np
from scipy import stats


def hartigan(d, alpha):
    """The interval that inverts the exact sign-flip test: order statistics of all subset means."""
    n = len(d)
    patterns = np.array(list(itertools.product([0, 1], repeat=n)))[1:]
    means = np.sort(patterns @ d / patterns.sum(axis=1))
    k = int(np.floor(alpha / 2 * 2**n + 1e-6))
    return [means[k - 1], means[-k]] if k >= 1 else None


def nct_power(n, effect, sd, alpha):
    t, nc = stats.t.isf(alpha / 2, n - 1), effect / sd * np.sqrt(n)
    return stats.nct.sf(t, n - 1, nc) + stats.nct.cdf(-t, n - 1, nc)


def one(case):
    on, off, m = np.array(case["on"]), np.array(case["off"]), case["margin"]
    d = on - off
    n = len(d)
    t = stats.ttest_rel(on, off)
    half = stats.t.isf(0.025, n - 1) * stats.sem(d)
    flip = {
        side: stats.permutation_test((d,), np.mean, permutation_type="samples", n_resamples=np.inf,
                                     vectorized=False if n < 3 else None, alternative=side).pvalue
        for side in ("two-sided", "greater", "less")
    }
    out = {
        "t": t.statistic, "t_p": t.pvalue, "t_lo": d.mean() - half, "t_hi": d.mean() + half,
        "flip_p": flip["two-sided"], "flip_greater": flip["greater"], "flip_less": flip["less"],
        "flip_interval": hartigan(d, 0.05),
        "tost_lower": stats.ttest_1samp(d, -m, alternative="greater").pvalue,
        "tost_upper": stats.ttest_1samp(d, m, alternative="less").pvalue,
        "pearson": stats.pearsonr(on, off)[0], "spearman": stats.spearmanr(on, off)[0],
        "power": nct_power(n, m, d.std(ddof=1), 0.05),
        "mcnemar": stats.binomtest(case["a"], case["a"] + case["b"]).pvalue if case["a"] + case["b"] else 1.0,
        "wilcoxon": stats.wilcoxon(d, mode="exact").pvalue,
    }
    if case["bootstrap"]:
        b = stats.bootstrap((d,), np.mean, n_resamples=20000, method="BCa", random_state=1, batch=5000).confidence_interval
        out["bca_lo"], out["bca_hi"] = b.low, b.high
    return out


json.dump([one(c) for c in json.load(sys.stdin)], sys.stdout)
