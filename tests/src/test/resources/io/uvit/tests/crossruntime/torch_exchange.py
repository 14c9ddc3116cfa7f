"""Exchanges weights and trainings with PyTorch, 1.13 or newer; reports in lines of words.

  load BENCH NETWORK INPUTS.npz OUTPUTS.npz FILE...
      loads each FILE, strictly, and writes what the network predicts as prediction/INDEX
  train BENCH NETWORK TRAINING DATA.npz START STEPS SAVED OUTPUTS.npz
      trains STEPS steps from START, a training folder or a file of weights, on the first rows of DATA; saves
      the training folder SAVED as the official code does; then trains one step more. Writes the losses, and
      the state as saved (saved/...) and at the end (end/...)

BENCH is the file with the network's class; NETWORK and TRAINING are words of the form name=number.
"""

import importlib.util
import json
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

SAFETENSORS = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def attention(q, k, v):
    """F.scaled_dot_product_attention, which PyTorch 1.13 lacks."""
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    return scores.softmax(-1) @ v


def numbers(text):
    return {k: float(v) for k, v in (word.split("=") for word in text.split())}


def network(bench, text):
    if not hasattr(F, "scaled_dot_product_attention"):
        F.scaled_dot_product_attention = attention
    spec = importlib.util.spec_from_file_location("bench", bench)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.UViT(**{k: int(v) for k, v in numbers(text).items()})


def safetensors(path):
    try:
        from safetensors.torch import load_file

        return load_file(path)
    except ImportError:
        pass
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(bytearray(data[begin:end]), dtype=SAFETENSORS[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def weights(path):
    return safetensors(path) if path.endswith(".safetensors") else torch.load(path)


def load(bench, spec, inputs, outputs, *files):
    arrays = np.load(inputs)
    x = torch.from_numpy(arrays["x"]).permute(0, 3, 1, 2)
    found = {}
    for i, path in enumerate(files):
        net = network(bench, spec)
        net.load_state_dict(weights(path), strict=True)
        with torch.no_grad():
            y = net(x, torch.from_numpy(arrays["t"]), torch.from_numpy(arrays["label"]).long())
        found["prediction/%d" % i] = y.permute(0, 2, 3, 1).contiguous().numpy()
    np.savez(outputs, **found)


class Training:
    """What the official code trains with: utils.py, TrainState; sde.py, LSimple."""

    def __init__(self, bench, spec, options):
        self.options = numbers(options)
        self.net, self.ema = network(bench, spec), network(bench, spec)
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(),
            lr=self.options["lr"],
            betas=(self.options["beta1"], self.options["beta2"]),
            weight_decay=self.options["weight_decay"],
        )
        warmup = self.options["warmup"]
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: min(step / warmup, 1)
        )
        self.step = 0

    def parts(self):
        return dict(
            optimizer=self.optimizer, lr_scheduler=self.schedule, nnet=self.net, nnet_ema=self.ema
        )

    def start(self, path):
        if os.path.isdir(path):
            self.step = torch.load(os.path.join(path, "step.pth"))
            for name, part in self.parts().items():
                part.load_state_dict(torch.load(os.path.join(path, name + ".pth")))
        else:
            self.net.load_state_dict(weights(path))
            self.ema.load_state_dict(weights(path))

    def save(self, path):
        os.makedirs(path)
        torch.save(self.step, os.path.join(path, "step.pth"))
        for name, part in self.parts().items():
            torch.save(part.state_dict(), os.path.join(path, name + ".pth"))

    def train(self, x0, noise, t):
        self.optimizer.zero_grad()
        alpha = torch.exp(-0.5 * (0.1 * t + 9.95 * t * t))[:, None, None, None]
        noisy = alpha * x0 + (1 - alpha * alpha).sqrt() * noise
        loss = (noise - self.net(noisy, t * 999)).square().flatten(1).mean(1).mean()
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        rate = self.options["ema"]
        with torch.no_grad():
            for mean, value in zip(self.ema.parameters(), self.net.parameters()):
                mean.mul_(rate).add_(value, alpha=1 - rate)
        self.step += 1
        return loss.item()

    def values(self):
        for name, value in self.net.named_parameters():
            state = self.optimizer.state[value]
            yield "nnet/" + name, value
            yield "exp_avg/" + name, state["exp_avg"]
            yield "exp_avg_sq/" + name, state["exp_avg_sq"]
        for name, value in self.ema.named_parameters():
            yield "nnet_ema/" + name, value

    def report(self):
        updates = {int(state["step"]) for state in self.optimizer.state.values()}
        rate = self.optimizer.param_groups[0]["lr"]
        print("step", self.step, "updates", *updates, "rate", rate)


def train(bench, spec, options, data, start, steps, saved, outputs):
    training = Training(bench, spec, options)
    training.start(start)
    training.report()
    rows = [torch.from_numpy(np.load(data)[name]) for name in ("x0", "noise", "t")]
    losses = [training.train(*[row[i] for row in rows]) for i in range(int(steps))]
    training.save(saved)
    found = {"saved/" + k: v.detach().numpy().copy() for k, v in training.values()}
    losses.append(training.train(*[row[int(steps)] for row in rows]))
    found.update({"end/" + k: v.detach().numpy() for k, v in training.values()})
    training.report()
    np.savez(outputs, losses=np.array(losses), **found)


torch.manual_seed(0)
torch.set_num_threads(1)
{"load": load, "train": train}[sys.argv[1]](*sys.argv[2:])
