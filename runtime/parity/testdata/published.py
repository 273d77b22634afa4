"""Predictions of published weights on the images that they were trained on.

The weights are those of akamaster/pytorch_resnet_cifar10, the images the first 4,000 of CIFAR-10; both lie in a folder beside the
repository, and only what comes out is stored: the logits of 100 images, and how many of them, of the first 500 and of all are right.
"""
import gzip
import json
import os
import struct

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from common import HERE, write

SHARED = os.path.join(HERE, "../../../../shared/data")


class Block(nn.Module):
    """The residual block with option A of He et al.: no parameters on the way around."""

    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.pad = (cout - cin) // 2
        self.stride = stride

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.pad, self.pad)))


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        cin = 16
        for stage, cout in enumerate((16, 32, 64)):
            blocks = []
            for i in range(3):
                blocks.append(Block(cin, cout, 2 if stage > 0 and i == 0 else 1))
                cin = cout
            setattr(self, "layer%d" % (stage + 1), nn.Sequential(*blocks))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        y = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(y.mean((2, 3)))


def tensors(path):
    raw = open(path, "rb").read()
    n = struct.unpack("<Q", raw[:8])[0]
    for name, e in json.loads(raw[8:8 + n]).items():
        if name != "__metadata__":
            a, b = e["data_offsets"]
            yield name, torch.from_numpy(np.frombuffer(raw[8 + n + a:8 + n + b], "<f4").reshape(e["shape"]).copy())


def make():
    net = ResNet20()
    print(net.load_state_dict(dict(tensors(os.path.join(SHARED, "resnet20-cifar10/resnet20.safetensors"))), strict=False))
    net.double().eval()
    data = np.frombuffer(gzip.open(os.path.join(SHARED, "cifar10/data_batch_1_first4000.bin.gz")).read(), np.uint8).reshape(-1, 3073)
    mean, std = (np.array(v).reshape(3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    x = torch.from_numpy((data[:, 1:].reshape(-1, 3, 32, 32) / 255 - mean) / std)
    with torch.no_grad():
        z = torch.cat([net(b) for b in x.split(250)])
    y = torch.from_numpy(data[:, 0].astype(np.int64))
    right = (z.argmax(1) == y).numpy()
    counts = {str(n): int(right[:n].sum()) for n in (100, 500, 4000)}
    print("right", counts, "loss", F.cross_entropy(z, y).item())
    write("published", {"right": counts}, {"logits": z[:100].numpy()})
