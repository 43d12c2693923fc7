"""shapely: the IoU of every two polygons by intersecting them. Imports nothing of ours."""

import json
import sys
import time

import numpy as np
import shapely

request = json.load(sys.stdin)
left, right = (
    shapely.make_valid(shapely.polygons(np.array(request[side]).reshape(len(request[side]), -1, 2)))
    for side in ("left", "right")
)


def iou():
    shared = shapely.area(shapely.intersection(left[:, None], right[None]))
    return shared / (shapely.area(left)[:, None] + shapely.area(right)[None] - shared)


taken = []
for _ in range(10):
    start = time.process_time()
    found = iou()
    taken.append(time.process_time() - start)
print(json.dumps({"seconds": min(taken), "iou": found.tolist()}))
