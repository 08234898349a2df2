"""Reads the uncompressed multilayer OpenEXR files that Blender writes: every channel as an array of floats.

OpenCV reads only the colours of such a file; depth and object index are needed too.
"""
import struct

import numpy as np

DTYPES = {0: np.dtype("<u4"), 1: np.dtype("<f2"), 2: np.dtype("<f4")}


def _text(data, at):
    end = data.index(b"\0", at)
    return data[at:end].decode(), end + 1


def read(path):
    """{channel name: array (height, width)} of a single-part scan-line file without compression."""
    with open(path, "rb") as f:
        data = f.read()
    if struct.unpack_from("<I", data)[0] != 20000630:
        raise ValueError(f"{path} is no OpenEXR file")
    at, attributes = 8, {}
    while data[at]:
        name, at = _text(data, at)
        _, at = _text(data, at)
        size = struct.unpack_from("<i", data, at)[0]
        attributes[name] = data[at + 4:at + 4 + size]
        at += 4 + size
    at += 1
    if attributes["compression"] != b"\0":
        raise ValueError(f"{path} is compressed")
    channels, c, k = [], attributes["channels"], 0
    while c[k]:
        name, k = _text(c, k)
        channels.append((name, DTYPES[struct.unpack_from("<i", c, k)[0]]))
        k += 16
    x0, y0, x1, y1 = struct.unpack("<4i", attributes["dataWindow"])
    width, height = x1 - x0 + 1, y1 - y0 + 1
    line = np.dtype([("y", "<i4"), ("size", "<i4")] + [(name, kind, (width,)) for name, kind in channels])
    lines = np.frombuffer(data, line, height, at + 8 * height)
    order = np.argsort(lines["y"], kind="stable")
    return {name: lines[name][order].astype(np.float32) for name, _ in channels}
