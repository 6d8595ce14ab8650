"""Digits as people draw them with a pen, several ways for each: strokes on a canvas of 280 x 280."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# The points x,y that each stroke goes through smoothly, x to the right and y down; at those with a bar it has a corner.
WAYS = {
    "0, round": ["142,58 96,78 80,140 94,204 140,226 188,202 202,138 186,80 142,58"],
    "0, narrow": ["150,50 118,80 104,145 112,210 136,232 166,205 178,140 170,78 148,50"],
    "0, not quite closed": ["160,62 112,66 82,112 82,170 112,214 158,218 194,180 198,120 176,76 150,54"],
    "1, a line": ["142,50 140,140 139,232"],
    "1, slanted": ["168,52 142,140 118,230"],
    "1, with a serif": ["108,96 130,76 148,52| 147,140 146,230"],
    "1, with a serif and a foot": ["112,92 146,54| 144,226", "108,228 182,226"],
    "2, with a corner": ["88,100 104,68 142,54 180,72 184,110 156,152 88,224| 200,222"],
    "2, with a loop": ["92,96 112,62 152,56 184,84 178,126 140,182 106,216 86,214 94,196 122,202 160,220 204,210"],
    "2, like a z": ["84,70 140,58 190,66| 140,140 84,220| 140,214 202,220"],
    "3, round": ["92,80 130,54 176,70 180,108 134,134| 184,152 194,192 152,226 92,212"],
    "3, with a flat top": ["88,60 186,58| 134,122| 184,138 200,182 166,222 92,214"],
    "3, in one sweep": ["98,72 136,54 176,72 172,112 130,132 176,144 196,182 168,222 120,228 86,206"],
    "4, open": ["96,58 84,148| 198,146", "172,56 166,140 162,232"],
    "4, open and round": ["100,62 82,120 92,150 136,154 192,138", "184,60 172,150 158,234"],
    "4, closed": ["164,232 166,52| 78,168| 206,166"],
    "5, in one stroke": ["190,58 106,60| 96,128| 146,116 190,144 194,192 152,228 88,214"],
    "5, its top last": ["108,62 98,130| 148,122 186,152 184,202 140,228 88,212", "108,62 192,58"],
    "5, like an s": ["186,62 134,60 104,82 108,122 152,142 184,176 166,218 120,228 84,212"],
    "6, round": ["178,60 128,84 96,142 92,196 126,228 174,220 190,182 164,154 122,164 96,194"],
    "6, straight": ["146,50 112,126 98,186 122,226 162,224 180,190 160,162 124,168 102,196"],
    "7, plain": ["80,66 196,64| 154,142 128,230"],
    "7, with a bar": ["82,68 196,62| 152,146 126,230", "104,150 186,144"],
    "7, with a serif": ["82,96 86,66| 196,62| 150,140 136,232"],
    "8, in one stroke": [
        "182,80 146,54 106,74 108,112 150,140 188,176 180,218 136,232 94,210 102,168 146,138 182,108 182,80",
    ],
    "8, of two rings": [
        "142,54 108,74 108,114 142,134 176,114 176,74 142,54",
        "142,134 100,158 98,204 142,230 188,204 184,158 142,134",
    ],
    "9, straight": ["182,84 146,58 104,80 98,122 130,146 170,124 184,82| 178,160 172,232"],
    "9, with a tail": ["180,88 144,58 102,84 102,126 138,144 174,118 184,80| 188,160 168,218 128,230 94,212"],
}


def smooth(text: str, spacing: float = 4) -> NDArray[Any]:
    """The points (n, 2) of a stroke, as close as a mouse reports them: the spline of Catmull and Rom."""
    pieces = [np.array([pair.split(",") for pair in piece.split()], float) for piece in text.split("|")]
    line = [pieces[0][:1]]
    for k, piece in enumerate(pieces):
        points = np.concatenate([pieces[k - 1][-1:], piece]) if k else piece
        ends = 2 * points[0] - points[1], 2 * points[-1] - points[-2]
        around = np.concatenate([ends[:1], points, ends[1:]])
        for a, b, c, d in zip(around, around[1:], around[2:], around[3:], strict=False):
            count = max(1, round(float(np.hypot(*(c - b))) / spacing))
            t = np.arange(1, count + 1)[:, None] / count
            line.append(b + ((c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3) / 2)
    return np.concatenate(line)


# Of each way its label and its strokes, arrays (n, 2).
DRAWN = {name: (int(name[0]), [smooth(stroke) for stroke in strokes]) for name, strokes in WAYS.items()}
