"""Writes fixtures.json: weights after each of six steps of PyTorch's optimizers.

Run with PyTorch 1.13 or later: python3 make_fixtures.py > fixtures.json
Weights, gradients and results are float32 values written exactly.
"""
import json
import torch

torch.manual_seed(5)
STEPS, N = 6, 5
start = torch.randn(N)
grads = torch.randn(STEPS, N)
grads[2, 1] = 0.0
grads[4] *= 10  # one large step, for clipping


def floats(t):
    return [float(v) for v in t]


def run(make, clip=None):
    w = start.clone().requires_grad_()
    opt = make([w])
    out = []
    for g in grads:
        w.grad = g.clone()
        if clip:
            clip([w])
        opt.step()
        out.append(floats(w.detach()))
    return out


o = torch.optim
cases = [
    ("sgd", dict(lr=0.1), {}, lambda p: o.SGD(p, lr=0.1)),
    ("sgd", dict(lr=0.1, momentum=0.9), {}, lambda p: o.SGD(p, lr=0.1, momentum=0.9)),
    ("sgd", dict(lr=0.1, momentum=0.9, dampening=0.5), {}, lambda p: o.SGD(p, lr=0.1, momentum=0.9, dampening=0.5)),
    ("sgd", dict(lr=0.1, momentum=0.9, nesterov=True), {}, lambda p: o.SGD(p, lr=0.1, momentum=0.9, nesterov=True)),
    ("sgd", dict(lr=0.1, momentum=0.9), dict(l2=0.05), lambda p: o.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05)),
    ("adam", dict(lr=0.01), {}, lambda p: o.Adam(p, lr=0.01)),
    ("adam", dict(lr=0.01, beta1=0.8, beta2=0.9, eps=1e-3), dict(l2=0.1),
     lambda p: o.Adam(p, lr=0.01, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1)),
    ("adamw", dict(lr=0.01, weight_decay=0.3), dict(decay=0.3), lambda p: o.AdamW(p, lr=0.01, weight_decay=0.3)),
    ("rmsprop", dict(), {}, lambda p: o.RMSprop(p)),
    ("rmsprop", dict(lr=0.02, alpha=0.9, momentum=0.8), {}, lambda p: o.RMSprop(p, lr=0.02, alpha=0.9, momentum=0.8)),
    ("rmsprop", dict(lr=0.02, centered=True), {}, lambda p: o.RMSprop(p, lr=0.02, centered=True)),
    ("rmsprop", dict(lr=0.02, centered=True, momentum=0.5), {}, lambda p: o.RMSprop(p, lr=0.02, centered=True, momentum=0.5)),
    ("adagrad", dict(lr=0.1), {}, lambda p: o.Adagrad(p, lr=0.1)),
    ("adagrad", dict(lr=0.1, lr_decay=0.2, start=0.5, eps=1e-6), {},
     lambda p: o.Adagrad(p, lr=0.1, lr_decay=0.2, initial_accumulator_value=0.5, eps=1e-6)),
]
done = [dict(rule=r, args=a, penalty=q, weights=run(m)) for r, a, q, m in cases]
done.append(dict(rule="sgd", args=dict(lr=0.1, momentum=0.9), penalty={}, clip=dict(norm=2.0),
                 weights=run(cases[1][3], lambda p: torch.nn.utils.clip_grad_norm_(p, 2.0))))
done.append(dict(rule="sgd", args=dict(lr=0.1), penalty={}, clip=dict(value=0.5),
                 weights=run(cases[0][3], lambda p: torch.nn.utils.clip_grad_value_(p, 0.5))))

# One compact line a case.
print("{")
print(f' "start": {json.dumps(floats(start))},')
print(f' "grads": {json.dumps([floats(g) for g in grads])},')
print(' "cases": [')
print(",\n".join("  " + json.dumps(c) for c in done))
print(" ]\n}")
