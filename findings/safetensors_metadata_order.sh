#!/usr/bin/env bash
# safetensors 0.8.0: the same tensors and the same metadata give other bytes at each call of save, even in one process.
#
# The header is JSON, and the keys of its "__metadata__" are written in the order of a Rust HashMap, seeded anew for
# each map: neither the order of the dict given nor PYTHONHASHSEED counts. Tensors are written in an order of their own,
# whatever that of the dict. So equal contents have equal hashes only where the metadata has one key or none. Seen:
#
#     50 saves without metadata: 1 different
#     50 saves with 1 key of metadata: 1 different
#     50 saves with 16 keys of metadata: 50 different
#
# Exits with an error if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check numpy==2.4.6 safetensors==0.8.0
PYTHONHASHSEED=0 "$folder/venv/bin/python" - << 'END'
import numpy as np
from safetensors.numpy import save

tensors = {name: np.zeros(2, np.float32) for name in "cab"}
different = []
for what, metadata in {
    "without": None,
    "with 1 key of": {"k": "v"},
    "with 16 keys of": {f"k{i}": "v" for i in range(16)},
}.items():
    different.append(len({save(tensors, metadata) for _ in range(50)}))
    print(f"50 saves {what} metadata: {different[-1]} different")
assert save(tensors) == save(dict(sorted(tensors.items()))), "it has changed"
assert different[:2] == [1, 1] and different[2] > 1, "it has changed"
END
