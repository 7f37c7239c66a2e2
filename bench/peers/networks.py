"""Builds a PyTorch module from the plan of a network (JSON) and its weights (safetensors), as a careful user would write it.
Shapes are NCHW throughout; `channels_last` is a memory format."""
import json
import struct

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def read_safetensors(path):
    """All F32 tensors of a file by name."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = entry["data_offsets"]
        values = np.frombuffer(data[start:end], dtype="<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


class ShortcutA(nn.Module):
    def __init__(self, stride, before, after):
        super().__init__()
        self.stride, self.pads = stride, (0, 0, 0, 0, before, after)

    def forward(self, x):
        return F.pad(x[:, :, :: self.stride, :: self.stride], self.pads)


class GlobalAveragePool(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Add(nn.Module):
    def forward(self, x, y):
        return x + y


def make_module(layer, channels):
    op, at = layer["op"], layer["attributes"]
    if op == "conv":
        out, inner, height, width = layer["weights"]["weight"]["shape"]
        top, bottom, left, right = at["padding"]
        assert top == bottom and left == right, "one-sided padding is not raced"
        return nn.Conv2d(inner * at["groups"], out, (height, width), tuple(at["stride"]), (top, left), tuple(at["dilation"]),
                         at["groups"], bias=True)
    if op == "batch-norm":
        return nn.BatchNorm2d(layer["weights"]["weight"]["shape"][0], eps=at["epsilon"])
    if op == "linear":
        out, inner = layer["weights"]["weight"]["shape"]
        return nn.Linear(inner, out)
    if op == "shortcut-a":
        side = (at["channels"] - channels) // 2
        return ShortcutA(at["stride"], side, side)
    if op == "max-pool":
        return nn.MaxPool2d(tuple(at["size"]), tuple(at["stride"]))
    return {"relu": lambda: nn.ReLU(inplace=True), "add": Add, "global-avg-pool": GlobalAveragePool, "flatten": nn.Flatten}[op]()


def tensor_of(tensors, name):
    return tensors[name] if name in tensors else tensors["module." + name]


class PlannedNetwork(nn.Module):
    """Layers in the order of the plan. The value of a layer is freed after the last layer that reads it."""

    def __init__(self, plan, tensors):
        super().__init__()
        self.steps, channels = [], {"input": plan["input"]["channels"]}
        layers = needed_layers(plan)
        last = {name: layer["name"] for layer in layers for name in layer["inputs"]}
        self.parts = nn.ModuleList()
        for layer in layers:
            name, inner = layer["name"], channels[layer["inputs"][0]]
            module = make_module(layer, inner)
            with torch.no_grad():
                for slot, ref in layer["weights"].items():
                    getattr(module, slot).copy_(tensor_of(tensors, ref["tensor"]))
                if layer["op"] == "conv" and "bias" not in layer["weights"]:
                    module.bias = None
            grows = layer["weights"].get("weight", {}).get("shape", [inner])[0]
            channels[name] = layer["attributes"].get("channels", grows) if layer["op"] == "shortcut-a" else grows
            self.parts.append(module)
            done = [value for value in set(layer["inputs"]) if last[value] == name]
            self.steps.append((module, name, tuple(layer["inputs"]), done))

    def forward(self, x):
        values = {"input": x}
        for module, name, inputs, done in self.steps:
            values[name] = module(*[values[value] for value in inputs])
            for value in done:
                del values[value]
        return values[self.steps[-1][1]]

    def fold(self):
        """Folds each batch-norm into the convolution before it."""
        steps, norms, parts = [], {}, {step[1]: step[0] for step in self.steps}
        for module, name, inputs, done in self.steps:
            if isinstance(module, nn.BatchNorm2d):
                parts[inputs[0]] = fold_pair(parts[inputs[0]], module)
                norms[name] = inputs[0]
        for module, name, inputs, done in self.steps:
            if name in norms:
                continue
            follow = lambda value: norms.get(value, value)  # noqa: E731
            steps.append((parts[name], name, tuple(map(follow, inputs)), [follow(value) for value in done]))
        self.steps = steps
        self.parts = nn.ModuleList(step[0] for step in steps)
        return self


def fold_pair(conv, norm):
    scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    folded = nn.Conv2d(conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding, conv.dilation, conv.groups)
    bias = 0 if conv.bias is None else conv.bias.double()
    with torch.no_grad():
        folded.weight.copy_(conv.weight.double() * scale[:, None, None, None])
        folded.bias.copy_((bias - norm.running_mean.double()) * scale + norm.bias.double())
    return folded


def needed_layers(plan):
    needed = {plan["output"]}
    for layer in reversed(plan["layers"]):
        if layer["name"] in needed:
            needed.update(layer["inputs"])
    return [layer for layer in plan["layers"] if layer["name"] in needed]
