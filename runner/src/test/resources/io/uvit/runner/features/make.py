# Writes two small folders of features in the official layouts: imagenet/ and coco/.
import sys
from pathlib import Path
import numpy as np
out = Path(sys.argv[1])
def moments(i):
    r = np.random.RandomState(i)
    return r.randint(-64, 64, (8, 2, 3)).astype(np.float32) / 16
def context(seed):
    return np.random.RandomState(1000 + seed).randint(-64, 64, (5, 4)).astype(np.float32) / 16
def pair(a, b):
    o = np.empty(2, dtype=object); o[0] = a; o[1] = b; return o
imagenet = out / 'imagenet'; imagenet.mkdir(parents=True, exist_ok=True)
for i in range(12):
    np.save(imagenet / f'{i}.npy', pair(moments(i), np.int64(i % 5)))
train = out / 'coco' / 'train'; train.mkdir(parents=True, exist_ok=True)
for i in range(4):
    np.save(train / f'{i}.npy', moments(i))
    for k in range(1 + i % 3):
        np.save(train / f'{i}_{k}.npy', context(10 * i + k))
np.save(out / 'coco' / 'empty_context.npy', context(999))
vis = out / 'coco' / 'run_vis'; vis.mkdir(exist_ok=True)
for j, prompt in enumerate(['a green train', 'ein grüner Zug']):
    np.save(vis / f'{j}.npy', pair(prompt, context(500 + j)))
# What the files hold, for readers: all moments [12, 8, 2, 3] and contexts by seed.
np.save(out / 'expected_moments.npy', np.stack([moments(i) for i in range(12)]))
