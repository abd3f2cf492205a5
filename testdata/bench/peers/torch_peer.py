"""PyTorch as a peer of netc: runs one network for as long as it is told to.

    torch_peer.py NET train|infer BATCH THREADS [channels_last]
    torch_peer.py export DIR            writes every network as DIR/NET.onnx

For each line with a number of seconds on standard input it writes the images a
second on standard output: the median over samples of at least 20 ms, as netc
bench does. The first line it writes is "ready".
"""

import os
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import torch
import torch.nn.functional as F
import torchvision.models as zoo
from torch import nn


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.dense1 = nn.Linear(400, 120)
        self.dense2 = nn.Linear(120, 84)
        self.dense3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.dense3(F.relu(self.dense2(F.relu(self.dense1(x)))))


class Basic(nn.Module):
    """Two 3x3 convolutions, and a projection where the shape changes."""

    def __init__(self, channels, width, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))
        self.project = nn.Identity()
        if stride != 1 or channels != width:
            self.project = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        return F.relu(self.body(x) + self.project(x), inplace=True)


def resnet20():
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
    channels = 16
    for width in (16, 32, 64):
        for i in range(3):
            layers.append(Basic(channels, width, 2 if i == 0 and width > 16 else 1))
            channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def double(channels, width):
    return nn.Sequential(nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True),
                         nn.Conv2d(width, width, 3, padding=1), nn.ReLU(inplace=True))


class UNet(nn.Module):
    """Five levels with `same`, of 64 to 1024 channels."""

    def __init__(self):
        super().__init__()
        widths = [64, 128, 256, 512, 1024]
        self.down = nn.ModuleList(double(c, w) for c, w in zip([1] + widths, widths))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, 2) for w in widths[3::-1])
        self.join = nn.ModuleList(double(2 * w, w) for w in widths[3::-1])
        self.scores = nn.Conv2d(64, 2, 1)

    def forward(self, x):
        kept = []
        for i, level in enumerate(self.down):
            x = level(x if i == 0 else F.max_pool2d(x, 2))
            kept.append(x)
        kept.pop()
        for up, join in zip(self.up, self.join):
            x = join(torch.cat([kept.pop(), up(x)], 1))
        return self.scores(x)


NETS = {
    "lenet5": (LeNet5, (1, 28, 28), 10),
    "resnet20": (resnet20, (3, 32, 32), 10),
    "alexnet": (zoo.alexnet, (3, 224, 224), 1000),
    "googlenet": (lambda: zoo.googlenet(aux_logits=True, init_weights=False, transform_input=False), (3, 224, 224), 1000),
    "resnet18": (zoo.resnet18, (3, 224, 224), 1000),
    "resnet50": (zoo.resnet50, (3, 224, 224), 1000),
    "vgg16": (zoo.vgg16, (3, 224, 224), 1000),
    "unet": (UNet, (1, 256, 256), 2),
}


def trainer(net, x, labels):
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9)

    def step():
        optimizer.zero_grad(set_to_none=False)
        out = net(x)
        if hasattr(out, "aux_logits1"):
            heads = F.cross_entropy(out.aux_logits1, labels) + F.cross_entropy(out.aux_logits2, labels)
            loss = F.cross_entropy(out.logits, labels) + 0.3 * heads
        else:
            loss = F.cross_entropy(out, labels)
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def predictor(net, x):
    def step():
        with torch.inference_mode():
            net(x)

    return step


def serve(name, mode, batch, threads, layout):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    make, shape, classes = NETS[name]
    net, x = make().train(mode == "train"), torch.randn(batch, *shape)
    labels = torch.randint(0, classes, (batch,) + (shape[1:] if name == "unet" else ()))
    if layout == "channels_last":
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    step = trainer(net, x, labels) if mode == "train" else predictor(net, x)
    for _ in range(3):
        step()
    print("ready", flush=True)
    start = time.perf_counter()
    step()
    steps = int(0.02 / (time.perf_counter() - start)) + 1
    for line in sys.stdin:
        rates, begin = [], time.perf_counter()
        while not rates or time.perf_counter() - begin < float(line):
            start = time.perf_counter()
            for _ in range(steps):
                step()
            rates.append(steps * batch / (time.perf_counter() - start))
        print(statistics.median(rates), flush=True)


def export(folder):
    os.makedirs(folder, exist_ok=True)
    for name, (make, shape, _) in NETS.items():
        path = os.path.join(folder, name + ".onnx")
        if not os.path.exists(path):
            torch.onnx.export(make().eval(), torch.randn(1, *shape), path + ".part", opset_version=13,
                              input_names=["x"], output_names=["y"], dynamic_axes={"x": {0: "n"}, "y": {0: "n"}})
            os.rename(path + ".part", path)


if sys.argv[1] == "export":
    export(sys.argv[2])
else:
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), "".join(sys.argv[5:]))
