"""How alike two pictures are: the 64-bit perceptual hash by the cosine transform (pHash)."""

import cv2
import numpy as np

from gpu_workers.cameras.seen import Picture

SIDE, KEPT = 32, 8


def likeness(picture: Picture) -> str:
    """Sixteen hexadecimal digits: signs of the 8 x 8 lowest frequencies against their median."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:KEPT, :KEPT].flatten()
    bits = low > np.median(low[1:])  # the first is the mean light: it says nothing of the shape
    bits[0] = False
    return f"{int(''.join('1' if b else '0' for b in bits), 2):016x}"


def distance(one: str, other: str) -> int:
    """Bits in which two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
