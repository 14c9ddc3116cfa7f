# Writes official feature files: numpy object arrays (moments, label) as numpy.save and as pickle protocols 2 to 5 make them.
import io, pickle, sys
from pathlib import Path
import numpy as np
out = Path(sys.argv[1]); out.mkdir(parents=True, exist_ok=True)
def moments(i):
    r = np.random.RandomState(i)
    return r.randint(-64, 64, (8, 2, 3)).astype(np.float32) / 16
def pair(a, b):
    o = np.empty(2, dtype=object); o[0] = a; o[1] = b; return o
def header(o):
    f = io.BytesIO()
    np.lib.format.write_array_header_1_0(f, dict(descr='|O', fortran_order=False, shape=o.shape)); return f.getvalue()
def put(name, o, protocol=None):
    if protocol is None:
        np.save(out / name, o, allow_pickle=True)
    else:
        (out / name).write_bytes(header(o) + pickle.dumps(o, protocol=protocol))
major = np.__version__.split('.')[0]
put(f'np{major}-save.npy', pair(moments(1), np.int64(3)))
for p in (2, 3, 4, 5):
    put(f'np{major}-p{p}.npy', pair(moments(1), np.int64(3)), p)
    put(f'np{major}-array-label-p{p}.npy', pair(moments(1), np.array(3, dtype=np.int64)), p)
put(f'np{major}-int.npy', pair(moments(1), 3))
put(f'np{major}-fortran-p5.npy', pair(np.asfortranarray(moments(1)), np.int32(3)), 5)
put(f'np{major}-big-endian.npy', pair(moments(1).astype('>f4'), np.array(3, '>i8')), 4)
put(f'np{major}-text.npy', pair('a green train', (np.arange(6, dtype=np.float32).reshape(2, 3))))
np.save(out / f'np{major}-expected.npy', moments(1))
