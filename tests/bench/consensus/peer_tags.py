"""crowd-kit on tag votes: run by the interpreter that has it, with a request on stdin (see `Peers.ask`)."""

import json
import resource
import sys
import time
import warnings

import crowdkit.aggregation as crowdkit
import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
# Not those that take minutes (GLAD, MMSR, MACE, one coin): none of them is best on the average of the public sets.
METHODS = ("MajorityVote", "Wawa", "ZeroBasedSkill", "DawidSkene")


def accuracies(request):
    """By set and method: the share of tasks labelled as the truth has it."""
    found = {}
    for name, one in request["sets"].items():
        votes = pd.DataFrame({"task": one["tasks"], "worker": one["workers"], "label": one["labels"]})
        truth = np.array(one["truth"])
        found[name] = {}
        for method in METHODS:
            result = getattr(crowdkit, method)().fit_predict(votes)
            said = result.reindex(range(len(truth))).to_numpy()
            found[name][method] = float((said == truth)[truth >= 0].mean())
    return found


def at_scale(request):
    """Seconds and memory of majority and of Dawid–Skene, and what the latter believes in the end."""
    coded = np.load(request["votes"])
    votes = pd.DataFrame({name: coded[name] for name in ("task", "worker", "label")})
    tasks = int(votes.task.max()) + 1
    found = {}
    for name, method in (("majority", crowdkit.MajorityVote()), ("dawid_skene", crowdkit.DawidSkene())):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        method.fit(votes)
        seconds = time.perf_counter() - began
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        found[name] = {"s": round(seconds, 3), "extra_mb": round(grown)}
    labels = sorted(votes.label.unique())
    posterior = method.probas_.reindex(range(tasks))[labels].to_numpy(dtype=np.float32)
    np.save(request["posterior"], posterior)
    found["dawid_skene"]["rounds"] = len(method.loss_history_)
    return found


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    print(json.dumps(at_scale(asked) if "votes" in asked else accuracies(asked)))
