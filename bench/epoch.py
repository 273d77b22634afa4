#!/usr/bin/env python3
"""Epochs of LeNet on MNIST in PyTorch, as a user would write them: a Dataset that moves each image by up to two
pixels, a DataLoader, loss and accuracy of the training batches, loss and accuracy of the held-out tenth after each epoch.

With one thread the images are prepared between the steps, with more by threads - 1 processes beside them. Prints one JSON
line: the milliseconds of each epoch, with its evaluation, and the last held-out accuracy.
"""
import argparse
import gzip
import json
import pathlib
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset

ap = argparse.ArgumentParser()
ap.add_argument("dir", type=pathlib.Path, help="folder with the four IDX .gz files")
ap.add_argument("--threads", type=int, default=1)
ap.add_argument("--examples", type=int, default=0, help="0: all of them")
ap.add_argument("--epochs", type=int, default=2)
a = ap.parse_args()
torch.set_num_threads(a.threads)
torch.manual_seed(1)

raw = gzip.open(a.dir / "train-images-idx3-ubyte.gz").read()
x = torch.tensor(np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 1, 28, 28).astype(np.float32))
y = torch.tensor(np.frombuffer(gzip.open(a.dir / "train-labels-idx1-ubyte.gz").read(), np.uint8, offset=8).astype(np.int64))
order = torch.randperm(len(x))
held, rest = order[: len(x) // 10], order[len(x) // 10:]
x = (x - x[rest].mean()) / x[rest].std()
if a.examples:
    rest = rest[: a.examples]


class Shifted(Dataset):
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        dy, dx = torch.randint(0, 5, (2,)).tolist()
        return F.pad(self.x[i], (2, 2, 2, 2))[:, dy:dy + 28, dx:dx + 28], self.y[i]


train = DataLoader(Shifted(x[rest], y[rest]), batch_size=64, shuffle=True, num_workers=a.threads - 1, persistent_workers=a.threads > 1)
valid = DataLoader(TensorDataset(x[held], y[held]), batch_size=64)
net = nn.Sequential(
    nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(32, 64, 5), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(1024, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 10))
opt = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
times, accuracy = [], 0.0
for _ in range(a.epochs):
    start = time.perf_counter()
    net.train()
    loss_sum = right = 0.0
    for xb, yb in train:
        opt.zero_grad()
        out = net(xb)
        loss = F.cross_entropy(out, yb)
        loss.backward()
        opt.step()
        loss_sum += loss.item() * len(xb)
        right += (out.argmax(1) == yb).sum().item()
    net.eval()
    with torch.no_grad():
        loss_sum = right = 0.0
        for xb, yb in valid:
            out = net(xb)
            loss_sum += F.cross_entropy(out, yb).item() * len(xb)
            right += (out.argmax(1) == yb).sum().item()
    accuracy = right / len(held)
    times.append((time.perf_counter() - start) * 1e3)
print(json.dumps({"peer": "torch " + torch.__version__, "threads": a.threads, "epochs_ms": times, "accuracy": accuracy}))
