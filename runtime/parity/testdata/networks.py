"""Training steps of three networks, as a PyTorch user would write them.

Where the input of a ReLU is nearer to 0 than rounding is, or two cells of a pooling window nearer to each other, the
gradient has a jump, and two correct programs may differ by far. A network therefore takes the first seed that
keeps a margin to all such points.
"""
import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from common import dropout_mask, fill, inputs, labels, summary, write


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.short = nn.Identity() if stride == 1 else nn.Sequential(
            nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.short(x))


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))


class Dropout(nn.Module):
    """nn.Dropout(0.5) with a mask that is given."""
    mask = None

    def forward(self, x):
        return x * self.mask * 2 if self.training else x


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1024, 512), nn.ReLU(), Dropout(), nn.Linear(512, 10))


def resnet20():
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    cin = 16
    for stage, cout in enumerate((16, 32, 64)):
        for i in range(3):
            layers.append(Block(cin, cout, 2 if stage > 0 and i == 0 else 1))
            cin = cout
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def resnet20_paths():
    """The paths of netc's nodes with parameters, in the order of PyTorch's modules."""
    yield from ("model.conv_norm_relu[1].conv[1]", "model.conv_norm_relu[1].norm[1]")
    for stage in range(3):
        for i in range(3):
            block = "model.stage[%d].residual[%d].sum[1]" % (stage + 1, i + 1)
            for k in (1, 2):
                yield block + ".path[1].conv[%d]" % k
                yield block + ".path[1].norm[%d]" % k
            if stage > 0 and i == 0:
                yield block + ".path[2].shortcut[1].conv[1]"
                yield block + ".path[2].shortcut[1].norm[1]"
    yield "model.dense[1]"


NETWORKS = {  # what makes it, paths, image (height, width, channels), batch, learning rate
    "mlp": (mlp, ["model.dense[%d]" % k for k in (1, 2, 3)], (28, 28, 1), 64, 0.05),
    "lenet": (lenet, ["model.conv[1]", "model.conv[2]", "model.dense[1]", "model.dense[2]"], (28, 28, 1), 8, 0.005),
    "resnet20": (resnet20, list(resnet20_paths()), (32, 32, 3), 2, 0.1),
}
STEPS, MOMENTUM, L2, CLASSES = 3, 0.9, 1e-2, 10
MARGIN = {"mlp": 1e-5, "lenet": 4e-6, "resnet20": 4e-6}


class Bridge:
    """One tensor of a module and its form in netc: the permutation between them."""

    def __init__(self, name, tensor, order):
        self.name, self.tensor = name, tensor
        # order maps an array of netc's layout to PyTorch's.
        shape, self.order = order
        self.shape = shape
        self.index = self.order(np.arange(int(np.prod(shape))).reshape(shape)).ravel()

    def load(self, value):
        with torch.no_grad():
            self.tensor.copy_(torch.from_numpy(np.ascontiguousarray(self.order(value))))

    def read(self, tensor):
        out = np.empty(self.index.size)
        out[self.index] = tensor.detach().double().numpy().ravel()
        return out.reshape(self.shape)


def bridges(net, paths):
    """The parameters of a network, and its running statistics."""
    modules = [m for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear, nn.BatchNorm2d))]
    assert len(modules) == len(paths)
    same = lambda v: v
    params, states, image = [], [], None
    for path, m in zip(paths, modules):
        if isinstance(m, nn.BatchNorm2d):
            c = (m.num_features,)
            params += [Bridge(path + ".scale", m.weight, (c, same)), Bridge(path + ".shift", m.bias, (c, same))]
            states.append((path + ".moments", m))
            continue
        if isinstance(m, nn.Conv2d):
            o, i, h, w = m.weight.shape
            params.append(Bridge(path + ".weight", m.weight, ((h, w, i, o), lambda v: v.transpose(3, 2, 0, 1))))
            image = o
        else:
            o, i = m.weight.shape
            order = lambda v: v.T
            if image and i > image:  # behind nn.Flatten of [C, H, W]: netc flattens [H, W, C]
                side, c = int(math.sqrt(i // image)), image
                order = lambda v: v.reshape(side, side, c, -1).transpose(3, 2, 0, 1).reshape(v.shape[1], -1)
            params.append(Bridge(path + ".weight", m.weight, ((i, o), order)))
            image = None
        if m.bias is not None:
            params.append(Bridge(path + ".bias", m.bias, ((o,), same)))
    return params, states


class Kinks:
    """Watches how near ReLUs and max pools come to where their gradient jumps."""

    def __enter__(self):
        self.margin, self.relu, self.pool = math.inf, F.relu, F.max_pool2d
        F.relu = lambda x, inplace=False: self.see(x.abs()) or self.relu(x)
        F.max_pool2d = self.see_pool
        return self

    def __exit__(self, *_):
        F.relu, F.max_pool2d = self.relu, self.pool

    def see(self, distance):
        if distance.numel():
            self.margin = min(self.margin, distance.min().item())

    def see_pool(self, x, kernel, stride, *rest, **more):
        n, c, h, w = x.shape
        cells = F.unfold(x.detach().reshape(n * c, 1, h, w), kernel, stride=stride)
        top = cells.topk(2, dim=1).values
        self.see((top[:, 0] - top[:, 1])[top[:, 0] > 0])  # cells that a ReLU has cleared have no gradient to route
        return self.pool(x, kernel, stride, *rest, **more)


def train(name, seed, dtype):
    """The steps of one network; tensors in netc's layout by fixture name."""
    build, paths, image, batch, rate = NETWORKS[name]
    stream = "%s/%d" % (name, seed)
    net = build().to(dtype)
    params, states = bridges(net, paths)
    start = {}
    for b in params:
        start[b.name] = fill(stream, b.name, b.shape)
        b.load(start[b.name])
    for path, m in states:
        v = fill(stream, path, (2, m.num_features))
        m.running_mean.copy_(torch.from_numpy(v[0]))
        m.running_var.copy_(torch.from_numpy(v[1]))
    decayed = [b.tensor for b in params if b.name.endswith(".weight")]
    others = [b.tensor for b in params if not b.name.endswith(".weight")]
    groups = [dict(params=decayed, weight_decay=L2), dict(params=others, weight_decay=0)]
    optimizer = torch.optim.SGD(groups, lr=rate, momentum=MOMENTUM)
    out, losses = {}, []
    net.train()
    for step in range(STEPS):
        x = inputs("%s/x/%d" % (stream, step), (batch,) + image)
        x = torch.from_numpy(x.transpose(0, 3, 1, 2).copy()).to(dtype)
        y = torch.from_numpy(labels("%s/y/%d" % (stream, step), batch, CLASSES))
        for m in net.modules():
            if isinstance(m, Dropout):
                m.mask = torch.from_numpy(dropout_mask(seed, "model.dropout[1]", step, batch, 512, 0.5)).to(dtype)
        optimizer.zero_grad()
        logits = net(x)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            out["logits"] = logits.detach().double().numpy()
            for b in params:
                out["grad/" + b.name] = b.read(b.tensor.grad)
        optimizer.step()
    for b in params:
        out["change/" + b.name] = b.read(b.tensor) - start[b.name]
    for path, m in states:
        out["state/" + path] = torch.stack([m.running_mean, m.running_var]).double().numpy()
    net.eval()
    with torch.no_grad():
        out["eval"] = net(x).double().numpy()
    out["losses"] = np.array(losses)
    return out


def make(name):
    _, _, image, batch, rate = NETWORKS[name]
    for seed in range(1, 1000):
        with Kinks() as kinks:
            out = train(name, seed, torch.float64)
        if kinks.margin >= MARGIN[name]:
            break
    single = train(name, seed, torch.float32)
    own = {}
    for key, want in out.items():
        kind = key.split("/")[0]
        e = np.linalg.norm(single[key] - want) / np.linalg.norm(want)
        own[kind] = max(own.get(kind, 0), float("%.2g" % e))
    print(name, "seed", seed, "margin %.2g" % kinks.margin, "losses", out["losses"], "float32 of PyTorch", own)
    case = dict(batch=batch, shape=image, classes=CLASSES, seed=seed, lr=rate, momentum=MOMENTUM, l2=L2, float32=own)
    write(name, {"case": case}, {k: summary(v) for k, v in out.items()})
