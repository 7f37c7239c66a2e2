"""SID as a careful user of PyTorch would measure it: Adam on log sigma (paper Eq. 5), starting at the closed form for a linear layer,
with cosine decay of the rate; then sigma is scaled by one factor to meet the constraint. sigma is per pixel, shared by the channels."""
import math
import time

import torch


def pulled_back(network, x, u):
    x = x.detach().requires_grad_(True)
    f = network(x)
    (product,) = torch.autograd.grad(f, x, u(f).detach())
    return f.detach(), product


def solve(network, image, target, steps, batch, rate, scale_samples, seed):
    """image [1, C, H, W]; target = alpha delta_f^2. Returns log sigma [H, W], seconds, evaluations (forward + VJP), forwards."""
    generator = torch.Generator().manual_seed(seed)
    start = time.perf_counter()
    channels, height, width = image.shape[1:]
    with torch.no_grad():
        f0 = network(image)
    probes = image.expand(32, -1, -1, -1).contiguous(memory_format=torch.channels_last)
    _, product = pulled_back(network, probes, lambda f: torch.randn(f.shape, generator=generator))
    norms = product.square().sum(1).mean(0)
    z = (0.5 * torch.log(target / norms.clamp_min(1e-20) * channels / (channels * height * width))).clamp_max(0.0)
    z.requires_grad_(True)
    optimiser = torch.optim.Adam([z], lr=rate)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 0.5 * rate * (1 + math.cos(math.pi * step / steps))
        delta = torch.randn((batch, channels, height, width), generator=generator).contiguous(memory_format=torch.channels_last)
        energy = (network(image + torch.exp(z) * delta) - f0).flatten(1).square().sum(1).mean()
        loss = energy / (2 * target) - z.mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        total, done = 0.0, 0
        while done < scale_samples:
            delta = torch.randn((64, channels, height, width), generator=generator).contiguous(memory_format=torch.channels_last)
            total += (network(image + torch.exp(z) * delta) - f0).flatten(1).square().sum().item()
            done += 64
        z = z - 0.5 * math.log(total / done / target)
    return {
        "seconds": time.perf_counter() - start,
        "logSigma": z.flatten().tolist(),
        "evaluations": 32 + steps * batch,
        "forwards": done,
    }
