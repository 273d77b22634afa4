"""What Go draws too, and the form of the fixtures."""
import hashlib
import json
import math
import os
import struct
import zlib

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = 64       # stored elements of a tensor of more than WHOLE
WHOLE = 512
PROJECTIONS = 8    # the first is the plain sum


# ---- Numbers that Go draws too ------------------------------------------------------------------------------------

def uniform(stream, n):
    """n numbers in [0, 1), multiples of 2^-24: MurmurHash3's finalizer over a Weyl sequence keyed by the name."""
    with np.errstate(over="ignore"):
        h = np.arange(n, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(zlib.crc32(stream.encode()))
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
    return (h >> np.uint32(8)).astype(np.float64) / (1 << 24)


def fill(stream, name, shape):
    """A parameter or state in netc's layout, float32 values in float64."""
    u = uniform(stream + "/" + name, int(np.prod(shape)))
    kind = name.rsplit(".", 1)[1]
    if kind == "weight":
        v = (2 * u - 1) * math.sqrt(6 / np.prod(shape[:-1]))
    elif kind == "scale":
        v = 0.5 + u
    elif kind == "moments":  # means, then variances
        v = np.where(np.arange(u.size) < u.size // 2, u - 0.5, 0.5 + u)
    else:  # bias, shift, table
        v = (2 * u - 1) / 4
    return v.astype(np.float32).astype(np.float64).reshape(shape)


def inputs(stream, shape):
    return (4 * uniform(stream, int(np.prod(shape))) - 2).reshape(shape)


def labels(stream, n, classes):
    return np.floor(uniform(stream, n) * classes).astype(np.int64)


def signs(k, n):
    """The k-th projection: all ones, or signs."""
    return np.ones(n) if k == 0 else np.where(uniform("projection/%d" % k, n) < 0.5, -1.0, 1.0)


def philox(key, c0, c1, c2, c3):
    """Philox4x32-10 (Salmon et al. 2011), on arrays of counters."""
    k0, k1 = key
    c = [np.asarray(v, dtype=np.uint64) for v in (c0, c1, c2, c3)]
    low, s = np.uint64(0xFFFFFFFF), np.uint64(32)
    for _ in range(10):
        a, b = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(b >> s) ^ c[1] ^ np.uint64(k0), b & low, (a >> s) ^ c[3] ^ np.uint64(k1), a & low]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c


def words(seed, purpose, path, step, batch, units):
    """The random words of netc's package rng, which is part of the language: [4, batch, units], the block of each element."""
    digest = hashlib.sha256(b"netc/1\0" + struct.pack("<QB", seed, purpose) + path.encode()).digest()
    e, n = np.meshgrid(np.arange(units), np.arange(batch))
    return np.stack(philox(struct.unpack("<2I", digest[:8]), e // 4, n, step & 0xFFFFFFFF, step >> 32)), e % 4


def dropout_mask(seed, path, step, batch, units, p):
    """1 where an element stays, 0 where it is dropped."""
    block, at = words(seed, 2, path, step, batch, units)
    u = np.take_along_axis(block, at[None], 0)[0] >> np.uint64(8)
    return (u.astype(np.float64) / (1 << 24) >= np.float64(np.float32(p))).astype(np.float64)


def normal(seed, path, step, batch, units):
    """Standard normal noise by Box and Muller."""
    block, at = words(seed, 6, path, step, batch, units)
    pair = at // 2 * 2
    a = np.take_along_axis(block, pair[None], 0)[0].astype(np.float64)
    b = np.take_along_axis(block, pair[None] + 1, 0)[0].astype(np.float64)
    r, angle = np.sqrt(-2 * np.log((a + 1) / 2**32)), 2 * np.pi * b / 2**32
    return r * np.where(at % 2 == 0, np.cos(angle), np.sin(angle))


# ---- Files --------------------------------------------------------------------------------------------------------

def write(name, metadata, tensors):
    """A safetensors file of float32 tensors."""
    header, data, at = {"__metadata__": {k: json.dumps(v) for k, v in metadata.items()}}, [], 0
    for key, value in tensors.items():
        raw = np.ascontiguousarray(value, dtype="<f4").tobytes()
        header[key] = {"dtype": "F32", "shape": list(np.shape(value)), "data_offsets": [at, at + len(raw)]}
        data.append(raw)
        at += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = os.path.join(HERE, name + ".safetensors")
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(data))
    print("%s: %d tensors, %d bytes" % (path, len(tensors), os.path.getsize(path)))


def summary(t):
    """Norm, projections, and elements of a tensor: all, or evenly spread ones."""
    t = np.asarray(t, dtype=np.float64).ravel()
    n = t.size
    picks = np.arange(n) if n <= WHOLE else np.arange(SAMPLES) * n // SAMPLES
    return np.concatenate([[np.sqrt((t * t).sum())], [t @ signs(k, n) for k in range(PROJECTIONS)], t[picks]])
