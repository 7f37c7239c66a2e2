"""Process that computes with PyTorch in a race. It answers each JSON line on stdin with a JSON line on stdout, and measures its own times."""
import json
import resource
import sys
import time

import numpy as np
import torch

import adam as adam_solver
import released as released_loop
from networks import PlannedNetwork, read_safetensors

state = {}


def open_plan(request):
    torch.set_num_threads(request["threads"])
    with open(request["plan"]) as file:
        plan = json.load(file)
    network = PlannedNetwork(plan, read_safetensors(request["weights"]))
    training = request.get("training", False)
    if training:
        network.train()
    else:
        network.eval()
        network.fold()
        network.requires_grad_(False)
    shape = [request["batch"], plan["input"]["height"], plan["input"]["width"], plan["input"]["channels"]]
    values = np.fromfile(request["images"], dtype="<f4")[: int(np.prod(shape))].reshape(shape)
    x = torch.from_numpy(values).permute(0, 3, 1, 2)
    last = request["layout"] == "channels_last"
    memory_format = torch.channels_last if last else torch.contiguous_format
    state.update(network=network.to(memory_format=memory_format), x=x.contiguous(memory_format=memory_format))
    state.update(plan=plan, labels=torch.tensor(request.get("labels", [0] * request["batch"])))
    with torch.no_grad():
        f = network(state["x"]) if not training else None
    state["u"] = f
    return {"version": torch.__version__, "resident": peak()}


def forward(times):
    with torch.no_grad():
        for _ in range(times):
            state["network"](state["x"])


def vjp(times):
    for _ in range(times):
        x = state["x"].detach().requires_grad_(True)
        (state["dx"],) = torch.autograd.grad(state["network"](x), x, state["u"])


def train(times):
    if "optimiser" not in state:
        state["optimiser"] = torch.optim.SGD(state["network"].parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    for _ in range(times):
        loss = torch.nn.functional.cross_entropy(state["network"](state["x"]), state["labels"])
        state["optimiser"].zero_grad()
        loss.backward()
        state["optimiser"].step()
        state.setdefault("losses", []).append(loss.item())


def timed(work, request):
    start = time.perf_counter()
    work(request["times"])
    return {"seconds": time.perf_counter() - start, "losses": state.get("losses", [])[:4]}


def summary(values):
    values = values.permute(0, 2, 3, 1) if values.dim() == 4 else values
    flat = values.reshape(-1).double()
    return {"norm": flat.norm().item(), "first": flat[:500].tolist()}


def check(_):
    """Features and gradients, so that the results of both sides can be compared."""
    vjp(1)
    return {"features": summary(state["u"]), "gradient": summary(state["dx"])}


def image_of(request):
    return state["x"][request["image"] : request["image"] + 1]


def adam(request):
    options = {key: request[key] for key in ("target", "steps", "batch", "rate", "scale_samples", "seed")}
    return adam_solver.solve(state["network"], image_of(request), **options)


def released(request):
    return released_loop.solve(state["network"], image_of(request), request["seed"])


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main():
    answers = {
        "open": open_plan,
        "forward": lambda request: timed(forward, request),
        "vjp": lambda request: timed(vjp, request),
        "train": lambda request: timed(train, request),
        "check": check,
        "adam": adam,
        "released": released,
        "memory": lambda _: {"peak": peak()},
    }
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(answers[request["do"]](request)), flush=True)


main()
