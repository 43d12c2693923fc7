"""Masks as runs of pixels, and COCO's text for them. Columns from left to right, each from top to bottom.

`runs` are lengths of alternating stretches (int64): outside, inside, outside, …; they add up to height × width. Only
the first may be 0, so equal masks have equal runs. Nothing here costs more than the number of runs, except `decode`
and `encode`, which hold every pixel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Runs = NDArray[np.int64]
Pixels = NDArray[np.bool_]

_FIRST = 48  # a character carries six bits, from "0" on
_MORE = 32  # another character of this number follows
_SIGN = 16
_LONGEST = 7  # characters of a number: 35 bits are more than any run has


def runs_of(counts: str, *, height: int, width: int) -> Runs:
    """The runs that COCO's compressed text `counts` stands for.

    Raises ValueError, in words that follow "counts", when it is no such text, or not of `height` × `width` pixels.
    """
    runs = _undo_differences(_numbers(counts, at_most=height * width + 1))
    if runs.min() < 0:
        raise ValueError("has a run of negative length")
    total = int(runs.sum())
    if total != height * width:
        raise ValueError(f"sums to {total} pixels; {width} × {height} are {height * width}")
    return _joined(runs)


def counts_of(runs: Runs) -> str:
    """COCO's compressed text for `runs`, as pycocotools writes it."""
    numbers = np.array(runs, dtype=np.int64)
    numbers[3:] -= np.asarray(runs, dtype=np.int64)[1:-2]
    places = 5 * np.arange(_LONGEST)
    # A number ends where the rest is nothing but its sign: 0 or -1 from bit 4 of the last character on.
    rest = numbers[:, None] >> (places + 4)
    lengths = np.count_nonzero((rest != 0) & (rest != -1), axis=1) + 1
    position = np.arange(_LONGEST)
    codes = ((numbers[:, None] >> places) & 31) | np.where(position < lengths[:, None] - 1, _MORE, 0)
    return (codes[position < lengths[:, None]] + _FIRST).astype(np.uint8).tobytes().decode("ascii")


def shortest(counts: str, runs: Runs) -> str:
    """The text for `runs`, which were read from `counts`: the same text, unless stretches of no length were in it."""
    numbers = np.count_nonzero(np.frombuffer(counts.encode("ascii"), dtype=np.uint8) < _FIRST + _MORE)
    return counts if numbers == len(runs) else counts_of(runs)


def decode(counts: str, *, height: int, width: int) -> Pixels:
    """The mask [height, width] that `counts` stands for. Raises ValueError as `runs_of` does."""
    return pixels_of(runs_of(counts, height=height, width=width), height=height, width=width)


def encode(mask: Pixels) -> str:
    """COCO's compressed text for a mask [height, width]."""
    return counts_of(runs_in(mask))


def pixels_of(runs: Runs, *, height: int, width: int) -> Pixels:
    """The mask [height, width] of `runs`."""
    inside = np.arange(len(runs)) % 2 == 1
    return np.repeat(inside, runs).reshape(width, height).T


def runs_in(mask: Pixels) -> Runs:
    """The runs of a mask [height, width]."""
    line = np.asarray(mask, dtype=bool).ravel(order="F")
    changes = np.flatnonzero(line[1:] != line[:-1]) + 1
    before = [0, 0] if line[0] else [0]
    return np.diff(np.concatenate([before, changes, [line.size]])).astype(np.int64)


def spans(runs: Runs) -> tuple[Runs, Runs]:
    """Where each stretch inside begins and where it has ended, counted in pixels."""
    ends = np.cumsum(runs)
    return ends[:-1:2], ends[1::2]


def area(runs: Runs) -> int:
    """Pixels inside."""
    return int(runs[1::2].sum())


def bounds(runs: Runs, *, height: int) -> tuple[int, int, int, int]:
    """x, y, width and height of the smallest box around what is inside; zeros when nothing is."""
    starts, ends = spans(runs)
    if not len(starts):
        return (0, 0, 0, 0)
    ends = ends - 1
    left, right = int(starts[0] // height), int(ends[-1] // height)
    # A stretch that goes on in the next column touches the lower edge and then the upper.
    whole = bool(np.any(starts // height != ends // height))
    top = 0 if whole else int((starts % height).min())
    bottom = height - 1 if whole else int((ends % height).max())
    return (left, top, right - left + 1, bottom - top + 1)


def _numbers(counts: str, *, at_most: int) -> Runs:
    """The signed numbers written in `counts`, each in the fewest characters."""
    if not counts:
        raise ValueError("is empty")
    if len(counts) > at_most * _LONGEST:
        raise ValueError(f"is longer than {at_most} runs can be")
    try:
        codes = np.frombuffer(counts.encode("ascii"), dtype=np.uint8).astype(np.int64) - _FIRST
    except UnicodeEncodeError:
        raise ValueError("has characters that are not of COCO's compressed form") from None
    if codes.min() < 0 or codes.max() > 63:
        raise ValueError("has characters that are not of COCO's compressed form")
    ends = np.flatnonzero(codes < _MORE)
    if not len(ends) or ends[-1] != len(codes) - 1:
        raise ValueError("ends in the middle of a number")
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    if lengths.max() > _LONGEST:
        raise ValueError("has a number of more than 35 bits")
    place = 5 * (np.arange(len(codes)) - np.repeat(starts, lengths))
    values = np.add.reduceat((codes & 31) << place, starts)
    last = codes[ends]
    values = np.where(last & _SIGN, values - (np.int64(1) << (5 * lengths)), values)
    sign_before = codes[ends - 1] & _SIGN  # of a number's first character this is its neighbour's, and not asked for
    if np.any((lengths > 1) & (((last == 0) & (sign_before == 0)) | ((last == 31) & (sign_before != 0)))):
        raise ValueError("has a number written longer than it is")
    return values


def _undo_differences(numbers: Runs) -> Runs:
    """From the fourth on, a number is the difference to the run two before it."""
    runs = numbers.copy()
    runs[1::2] = np.cumsum(numbers[1::2])
    runs[2::2] = np.cumsum(numbers[2::2])
    return runs


def _joined(runs: Runs) -> Runs:
    """The same mask without stretches of no length, other than at the beginning."""
    if np.all(runs[1:]):
        return runs
    total = int(runs.sum())
    changes, times = np.unique(np.cumsum(runs)[:-1], return_counts=True)
    changes = changes[(times % 2 == 1) & (changes < total)]
    return np.diff(np.concatenate([[0], changes, [total]]))
