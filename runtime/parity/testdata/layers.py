"""Single layers, losses and blocks: each program's body beside what it is in PyTorch.

What enters a layer is a weight itself: the input is one-hot, a cell each, so that the weight of a 1x1 convolution (a dense layer, where
rows enter) is the image, and its gradient is the gradient of what enters the layer, element by element.
"""
import numpy as np
import torch
import torch.nn.functional as F

from common import dropout_mask, fill, inputs, labels, normal, uniform, write

SEED, STEP = 7, 3  # of dropout and noise


class Params(dict):
    """Parameters by netc's names without "model.", in netc's layout, with shorthands that take them in PyTorch's."""

    def conv(self, x, name, **more):
        return F.conv2d(x, self[name + ".weight"].permute(3, 2, 0, 1), self.get(name + ".bias"), **more)

    def dense(self, x, name):
        return F.linear(x, self[name + ".weight"].t(), self.get(name + ".bias"))

    def batch(self, x, name, train, momentum=0.1, eps=1e-5):
        m = self[name + ".moments"]
        return F.batch_norm(x, m[0], m[1], self[name + ".scale"], self[name + ".shift"], train, momentum, eps)

    def group(self, x, name, groups, eps=1e-5):
        return F.group_norm(x, groups, self[name + ".scale"], self[name + ".shift"], eps)


def image(n, h, w, c):
    """Images that are the weight of conv[1]."""
    cells = n * h * w
    return dict(batch=n, shape=[h, w, cells], leaf="conv[1].weight", entry="conv %d, kernel = 1, bias = false" % c,
                leaf_shape=(1, 1, cells, c), view=lambda v: v.reshape(n, h, w, c).permute(0, 3, 1, 2))


def rows(n, c):
    """Rows that are the weight of dense[1]."""
    return dict(batch=n, shape=[n], leaf="dense[1].weight", entry="dense %d, bias = false" % c, leaf_shape=(n, c), view=lambda v: v)


def table(n, sizes, numbers=0):
    """Category codes, and numbers."""
    return dict(batch=n, shape=[numbers] if numbers else [], categories=list(sizes))


CASES = []


def case(name, entry, body, params, forward, loss="mse", criterion=F.mse_loss, target="numbers", amplitude=1, head=None, settings=""):
    """One program. forward takes what enters, the parameters and whether it is training, and returns what flows out; criterion takes
    that, flat, and the target. target: numbers, shares (in [0, 1]), classes, or none."""
    CASES.append(dict(locals()))


def conv(k1, k2, cin, cout, n=2, bias=True):
    p = {"conv[%d].weight" % n: (k1, k2, cin, cout)}
    if bias:
        p["conv[%d].bias" % n] = (cout,)
    return p


def dense(n, cin, cout):
    return {"dense[%d].weight" % n: (cin, cout), "dense[%d].bias" % n: (cout,)}


def norm(name, c, batch=False):
    p = {name + ".scale": (c,), name + ".shift": (c,)}
    if batch:
        p[name + ".moments"] = (2, c)
    return p


# Convolutions. `same` puts the odd cell of a border below and to the right, as PyTorch's padding="same" does.
case("conv", image(2, 5, 6, 4), "conv 5", conv(3, 3, 4, 5), lambda x, p, _: p.conv(x, "conv[2]", padding=1))
case("conv stride", image(2, 5, 6, 4), "conv 5, kernel = [3, 5], stride = [2, 3]", conv(3, 5, 4, 5), lambda x, p, _: p.conv(x, "conv[2]", padding=(1, 2), stride=(2, 3)))
case("conv groups", image(2, 5, 6, 4), "conv 6, groups = 2", conv(3, 3, 2, 6), lambda x, p, _: p.conv(x, "conv[2]", padding=1, groups=2))
case("conv depthwise", image(2, 5, 6, 4), "conv 4, stride = 2, groups = 4", conv(3, 3, 1, 4), lambda x, p, _: p.conv(x, "conv[2]", padding=1, stride=2, groups=4))
case("conv depthwise, two each", image(2, 5, 6, 3), "conv 6, kernel = 5, groups = 3", conv(5, 5, 1, 6), lambda x, p, _: p.conv(x, "conv[2]", padding=2, groups=3))
case("conv dilation", image(2, 5, 6, 4), "conv 5, dilation = 2", conv(3, 3, 4, 5), lambda x, p, _: p.conv(x, "conv[2]", padding=2, dilation=2))
case("conv dilation and stride, no border", image(2, 8, 9, 3), "conv 4, kernel = [3, 2], stride = [2, 3], dilation = [2, 3], padding = valid, bias = false",
     conv(3, 2, 3, 4, bias=False), lambda x, p, _: p.conv(x, "conv[2]", stride=(2, 3), dilation=(2, 3)))
case("conv dilation in groups", image(2, 5, 6, 4), "conv 2, dilation = [1, 3], groups = 2", conv(3, 3, 2, 2), lambda x, p, _: p.conv(x, "conv[2]", padding=(1, 3), dilation=(1, 3), groups=2))
case("conv even kernel", image(2, 5, 6, 4), "conv 5, kernel = 4", conv(4, 4, 4, 5), lambda x, p, _: p.conv(x, "conv[2]", padding="same"))
case("conv even kernel with dilation", image(2, 5, 6, 4), "conv 5, kernel = [2, 3], dilation = [3, 1]", conv(2, 3, 4, 5), lambda x, p, _: p.conv(x, "conv[2]", padding="same", dilation=(3, 1)))
case("conv even kernel with stride", image(2, 5, 6, 4), "conv 5, kernel = 2, stride = 2", conv(2, 2, 4, 5), lambda x, p, _: p.conv(F.pad(x, (0, 1, 0, 1)), "conv[2]", stride=2))
case("conv given border", image(2, 5, 6, 3), "conv 4, kernel = 3, padding = [2, 0]", conv(3, 3, 3, 4), lambda x, p, _: p.conv(x, "conv[2]", padding=(2, 0)))

# Pools. A border is never a maximum, and counts in an average only when asked for.
case("pool max", image(2, 5, 6, 3), "pool max", {}, lambda x, p, _: F.max_pool2d(x, 2, ceil_mode=True))
case("pool max overlapping", image(2, 5, 6, 3), "pool max, kernel = 3, stride = 2, padding = 1", {}, lambda x, p, _: F.max_pool2d(x, 3, 2, 1))
case("pool max, same size", image(2, 5, 6, 3), "pool max, kernel = [3, 5], stride = 1", {}, lambda x, p, _: F.max_pool2d(x, (3, 5), 1, (1, 2)))
case("pool max global", image(2, 5, 6, 3), "pool max, global", {}, lambda x, p, _: F.adaptive_max_pool2d(x, 1).flatten(1))
case("pool average", image(2, 5, 6, 3), "pool average", {}, lambda x, p, _: F.avg_pool2d(x, 2, ceil_mode=True))
case("pool average without border", image(2, 5, 6, 3), "pool average, kernel = [3, 2], stride = [1, 2], padding = valid", {}, lambda x, p, _: F.avg_pool2d(x, (3, 2), (1, 2)))
case("pool average with border", image(2, 5, 6, 3), "pool average, kernel = 3, stride = 2", {}, lambda x, p, _: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False))
case("pool average counting the border", image(2, 5, 6, 3), "pool average, kernel = 3, stride = 2, count_border", {}, lambda x, p, _: F.avg_pool2d(x, 3, 2, 1))
case("pool average global", image(2, 5, 6, 3), "pool average, global", {}, lambda x, p, _: x.mean((2, 3)))

# Normalizations.
case("norm batch, images", image(2, 5, 4, 3), "norm batch", norm("norm[1]", 3, batch=True), lambda x, p, train: p.batch(x, "norm[1]", train))
case("norm batch, rows", rows(6, 5), "norm batch(decay = 0.7, eps = 1e-3)", norm("norm[1]", 5, batch=True), lambda x, p, train: p.batch(x, "norm[1]", train, 0.3, 1e-3))
case("norm layer, images", image(3, 5, 4, 3), "norm layer", norm("norm[1]", 3), lambda x, p, _: p.group(x, "norm[1]", 1))
case("norm layer, rows", rows(6, 5), "norm layer(eps = 1e-3)", norm("norm[1]", 5), lambda x, p, _: F.layer_norm(x, (5,), p["norm[1].scale"], p["norm[1].shift"], 1e-3))
case("norm group, images", image(3, 5, 4, 6), "norm group(3)", norm("norm[1]", 6), lambda x, p, _: p.group(x, "norm[1]", 3))
case("norm group, rows", rows(5, 8), "norm group(2, eps = 1e-3)", norm("norm[1]", 8), lambda x, p, _: p.group(x, "norm[1]", 2, 1e-3))

# Activations, from -16 to 16.
for name, call, f in [("relu", "relu", F.relu), ("leaky_relu", "leaky_relu(0.2)", lambda x: F.leaky_relu(x, 0.2)), ("elu", "elu(0.7)", lambda x: F.elu(x, 0.7)),
                      ("gelu", "gelu", F.gelu), ("silu", "silu", F.silu), ("tanh", "tanh", torch.tanh), ("sigmoid", "sigmoid", torch.sigmoid), ("softplus", "softplus", F.softplus)]:
    case("act " + name, rows(5, 17), "act " + call, {}, lambda x, p, _, f=f: f(x), amplitude=8)

# Category columns.
embedded = lambda p, codes: torch.cat([F.embedding(codes[:, 0], p["embed[1].table"][:5]), F.embedding(codes[:, 1], p["embed[1].table"][5:])], 1)
case("embed", table(7, [5, 3]), "embed 4", {"embed[1].table": (8, 4)}, lambda x, p, _: embedded(p, x[0]))
case("onehot", table(7, [5, 3]), "onehot; dense 4", dense(1, 8, 4), lambda x, p, _: p.dense(torch.cat([F.one_hot(x[0][:, 0], 5), F.one_hot(x[0][:, 1], 3)], 1).double(), "dense[1]"))
CASES.append(dict(CASES[-1], name="numbers and categories", entry=table(7, [5, 3], numbers=3), params={"concat[1].path[2].embed[1].table": (8, 4), **dense(1, 11, 4)},
                  body="concat { path { take input.numbers }; path { take input.categories; embed 4 } }; dense 4",
                  forward=lambda x, p, _: p.dense(torch.cat([x[1], embedded({"embed[1].table": p["concat[1].path[2].embed[1].table"]}, x[0])], 1), "dense[1]")))

# Losses.
case("loss cross_entropy", rows(6, 5), "", {}, lambda x, p, _: x, "cross_entropy", F.cross_entropy, "classes", 3)
case("loss cross_entropy, smoothed", rows(6, 5), "", {}, lambda x, p, _: x, "cross_entropy", lambda z, y: F.cross_entropy(z, y, label_smoothing=0.1), "classes", 3, settings="label_smoothing 0.1")
case("loss mse", rows(6, 5), "", {}, lambda x, p, _: x)
case("loss mse, weight", rows(6, 5), "", {}, lambda x, p, _: x, "mse, weight = 0.3", lambda z, y: 0.3 * F.mse_loss(z, y))
case("loss mae", rows(6, 5), "", {}, lambda x, p, _: x, "mae", F.l1_loss)
case("loss huber", rows(6, 5), "", {}, lambda x, p, _: x, "huber(0.7)", lambda z, y: F.huber_loss(z, y, delta=0.7))
case("loss huber of PyTorch's default", rows(6, 1), "", {}, lambda x, p, _: x, "huber", F.huber_loss)
case("loss bce", rows(6, 5), "", {}, lambda x, p, _: x, "bce", F.binary_cross_entropy_with_logits, "shares", 8)
case("loss bce, smoothed", rows(6, 5), "", {}, lambda x, p, _: x, "bce", lambda z, y: F.binary_cross_entropy_with_logits(z, 0.8 * y + 0.1), "shares", 3, settings="label_smoothing 0.2")
case("loss bce of classes", rows(6, 5), "", {}, lambda x, p, _: x, "bce", lambda z, y: F.binary_cross_entropy_with_logits(z, F.one_hot(y, 5).double()), "classes", 3)
case("loss of a point of the flow", rows(6, 5), "pass as clean; dense 4; act tanh; dense 5", {**dense(2, 5, 4), **dense(3, 4, 5)},
     lambda x, p, _: (p.dense(torch.tanh(p.dense(x, "dense[2]")), "dense[3]"), x.detach()), "mse, target = clean", lambda z, y: F.mse_loss(*z), "none")
case("head", image(3, 5, 4, 3), "head aux, weight = 0.3 { pool average, global; dense classes }; conv 2; flatten; dense classes",
     {"head[1].dense[1].weight": (3, 5), "head[1].dense[1].bias": (5,), **conv(3, 3, 3, 2), **dense(1, 40, 5)},
     lambda x, p, train: (p.dense(p.conv(x, "conv[2]", padding=1).permute(0, 2, 3, 1).flatten(1), "dense[1]"), p.dense(x.mean((2, 3)), "head[1].dense[1]")), "cross_entropy",
     lambda z, y: F.cross_entropy(z[0], y) + 0.3 * F.cross_entropy(z[1], y), "classes", head="aux")

# Random layers: the draws are part of the language.
spread = lambda v, h, w, c: torch.from_numpy(v.reshape(-1, h, w, c)).permute(0, 3, 1, 2)
case("dropout, rows", rows(6, 7), "dropout 0.3", {}, lambda x, p, train: x * torch.from_numpy(dropout_mask(SEED, "model.dropout[1]", STEP, 6, 7, 0.3)) / 0.7 if train else x)
case("dropout, images", image(2, 5, 4, 3), "dropout 0.5", {}, lambda x, p, train: 2 * x * spread(dropout_mask(SEED, "model.dropout[1]", STEP, 2, 60, 0.5), 5, 4, 3) if train else x)
case("noise mask", rows(6, 7), "noise mask(0.25)", {}, lambda x, p, train: x * torch.from_numpy(dropout_mask(SEED, "model.noise[1]", STEP, 6, 7, 0.25)) if train else x)
case("noise gaussian", image(2, 5, 4, 3), "noise gaussian(0.4)", {}, lambda x, p, train: x + 0.4 * spread(normal(SEED, "model.noise[1]", STEP, 2, 60), 5, 4, 3) if train else x)


# Blocks of the library.
def prefixed(prefix, params):
    return {prefix + k: v for k, v in params.items()}


def squeeze_excite(x, p, _):
    at = "squeeze_excite[1].product[1].path[2].dense[%d]"
    return x * torch.sigmoid(p.dense(F.relu(p.dense(x.mean((2, 3)), at % 1)), at % 2))[:, :, None, None]


case("block squeeze_excite", image(3, 5, 4, 8), "squeeze_excite 2", prefixed("squeeze_excite[1].product[1].path[2].", {**dense(1, 8, 4), **dense(2, 4, 8)}), squeeze_excite)


def inception(x, p, _):
    c = lambda x, path, k, n=1: F.relu(p.conv(x, "inception[1].concat[1].path[%d].conv_relu[%d].conv[1]" % (path, n), padding=k // 2))
    return torch.cat([c(x, 1, 1), c(c(x, 2, 1), 2, 3, 2), c(c(x, 3, 1), 3, 5, 2), c(F.max_pool2d(x, 3, 1, 1), 4, 1)], 1)


case("block inception", image(2, 5, 6, 3), "inception 2, 3, 4, 2, 3, 1",
     {k: v for path, cs in enumerate([[(1, 3, 2)], [(1, 3, 3), (3, 3, 4)], [(1, 3, 2), (5, 2, 3)], [(1, 3, 1)]], 1)
      for n, (size, i, o) in enumerate(cs, 1)
      for k, v in prefixed("inception[1].concat[1].path[%d].conv_relu[%d]." % (path, n), conv(size, size, i, o, 1)).items()}, inception)


def bottleneck(x, p, train):
    at = "bottleneck_residual[1].sum[1].path[1]."
    y = F.relu(p.batch(p.conv(x, at + "conv[1]"), at + "norm[1]", train))
    y = F.relu(p.batch(p.conv(y, at + "conv[2]", padding=1, stride=2), at + "norm[2]", train))
    y = p.batch(p.conv(y, at + "conv[3]"), at + "norm[3]", train)
    at = "bottleneck_residual[1].sum[1].path[2].shortcut[1]."
    return F.relu(y + p.batch(p.conv(x, at + "conv[1]", stride=2), at + "norm[1]", train))


case("block bottleneck_residual", image(3, 6, 5, 4), "bottleneck_residual 3, stride = 2",
     {**prefixed("bottleneck_residual[1].sum[1].path[1].", {**conv(1, 1, 4, 3, 1, False), **norm("norm[1]", 3, True), **conv(3, 3, 3, 3, 2, False), **norm("norm[2]", 3, True),
                                                            **conv(1, 1, 3, 12, 3, False), **norm("norm[3]", 12, True)}),
      **prefixed("bottleneck_residual[1].sum[1].path[2].shortcut[1].", {**conv(1, 1, 4, 12, 1, False), **norm("norm[1]", 12, True)})}, bottleneck)


def option_a(x, p, train):
    at = "residual[1].sum[1].path[1]."
    y = F.relu(p.batch(p.conv(x, at + "conv[1]", padding=1, stride=2), at + "norm[1]", train))
    y = p.batch(p.conv(y, at + "conv[2]", padding=1), at + "norm[2]", train)
    return F.relu(y + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2)))


case("block residual by padding", image(3, 6, 5, 4), "residual 8, stride = 2, by = padding",
     prefixed("residual[1].sum[1].path[1].", {**conv(3, 3, 4, 8, 1, False), **norm("norm[1]", 8, True), **conv(3, 3, 8, 8, 2, False), **norm("norm[2]", 8, True)}), option_a)
case("sum and product of an image and a row", image(3, 5, 4, 3), "sum { path { }; path { pool max, global }; path { conv 3 } }; product { path { pool average, global }; path { } }",
     prefixed("sum[1].path[3].", conv(3, 3, 3, 3, 1)),
     lambda x, p, _: (lambda s: s * s.mean((2, 3), keepdim=True))(x + F.adaptive_max_pool2d(x, 1) + p.conv(x, "sum[1].path[3].conv[1]", padding=1)))
case("pad_channels", image(2, 3, 4, 3), "pad_channels 6", {}, lambda x, p, _: F.pad(x, (0, 0, 0, 0, 1, 2)))


def flat(out):
    return out.permute(0, 2, 3, 1).flatten(1) if out.dim() == 4 else out


def run(c):
    """The tensors of a case in the order in which the test meets them, and what Go must know to do the same."""
    stream, e = "layers/" + c["name"], c["entry"]
    n = e["batch"]
    p = Params()
    for name, shape in c["params"].items():
        p[name] = torch.from_numpy(fill(stream, "model." + name, shape))
    if "leaf" in e:
        size = int(np.prod(e["leaf_shape"]))
        p[e["leaf"]] = torch.from_numpy((inputs(stream + "/x", (size,)) * c["amplitude"]).reshape(e["leaf_shape"]))
        enter = lambda: e["view"](p[e["leaf"]])
    else:
        codes = np.stack([labels("%s/codes/%d" % (stream, i), n, k) for i, k in enumerate(e["categories"])], 1)
        enter = lambda: (torch.from_numpy(codes), torch.from_numpy(inputs(stream + "/x", (n,) + tuple(e["shape"]))))
    for name, v in p.items():
        v.requires_grad_(not name.endswith(".moments"))
    several = lambda v: v if isinstance(v, tuple) else (v,)
    out = [flat(v) for v in several(c["forward"](enter(), p, True))]
    width = out[0].shape[1]
    y = {"numbers": lambda: torch.from_numpy(inputs(stream + "/y", (n, width))), "shares": lambda: torch.from_numpy(uniform(stream + "/y", n * width).reshape(n, width)),
         "classes": lambda: torch.from_numpy(labels(stream + "/y", n, width)), "none": lambda: None}[c["target"]]()
    loss = c["criterion"](out if len(out) > 1 else out[0], y)
    loss.backward()
    t = [loss, *(out if c["head"] else out[:1])]
    t += [p[name].grad for name in sorted(p) if not name.endswith(".moments")]
    t += [p[name].clone() for name in sorted(p) if name.endswith(".moments")]
    with torch.no_grad():
        again = flat(several(c["forward"](enter(), p, False))[0])
    if not torch.equal(again, out[0]):  # it is not the same in evaluation
        t.append(again)
    tail = "" if c["head"] or c["target"] == "classes" or "leaf" not in e else "; flatten"
    entry = e.get("entry", "pass")
    if c["body"].startswith("norm"):  # no bias as it is, and false would earn a warning
        entry = entry.replace(", bias = false", "")
    program = "data cells { from npz(\"cells.npz\") }\n\nmodel m {\n  input cells\n%s%s%s\n}\n\ntrain {\n  loss %s\n%s}\n" % (
        "  " + entry + "\n", "  " + c["body"] if c["body"] else "  pass", tail, c["loss"], "  " + c["settings"] + "\n" if c["settings"] else "")
    facts = dict(name=c["name"], program=program, batch=n, shape=e["shape"], categories=e.get("categories", []), width=width, target=c["target"],
                 leaf="model." + e["leaf"] if "leaf" in e else "", amplitude=c["amplitude"], seed=SEED, step=STEP)
    return facts, np.concatenate([v.detach().numpy().ravel() for v in t])


def make():
    facts, tensors = [], {}
    for c in CASES:
        f, tensors[c["name"]] = run(c)
        facts.append(f)
    write("layers", {"cases": facts}, tensors)
