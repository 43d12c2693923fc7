"""crowd-kit: one mask out of many, by pixel majority or its EM. Imports nothing of ours.

In: `sets` [[path, …], …] of packed JSON files, `set` which of them, `method`. Out: `seconds`, `iou` (mean over the
images, against their truth).
"""

import gzip
import json
import sys
import time

import crowdkit.aggregation as methods
import numpy as np
import pandas as pd
from pycocotools import mask as coding


def decoded(rle):
    return coding.decode({"size": rle["size"], "counts": rle["counts"].encode()}).astype(bool)


request = json.load(sys.stdin)
method = {"majority": methods.SegmentationMajorityVote, "em": methods.SegmentationEM}[request["method"]]
taken, scores = 0.0, []
for path in request["paths"]:
    with gzip.open(path, "rt") as file:
        images = json.load(file)["images"]
    for image in images[: request["most"]]:
        if not image["answers"]:
            continue
        truth = decoded(image["truth"])
        masks = [decoded(each["mask"]) for each in image["answers"]]
        masks = [mask if mask.shape == truth.shape else np.zeros_like(truth) for mask in masks]
        rows = pd.DataFrame({"task": "t", "worker": range(len(masks)), "segmentation": masks})
        start = time.process_time()
        found = np.asarray(method().fit_predict(rows).loc["t"], bool)
        taken += time.process_time() - start
        union = (found | truth).sum()
        scores.append(float((found & truth).sum() / union) if union else 1.0)
print(json.dumps({"seconds": taken, "iou": float(np.mean(scores)), "images": len(scores)}))
