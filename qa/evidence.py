"""How much votes speak for one model of their crowd against another, when each was fitted to them."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from qa.votes import Shares


def evidence(*, counts: Shares, posterior: Shares, base: Shares, row_votes: float, prior_tasks: float) -> float:
    """A lower bound of the log-probability of the votes, in nats, with matrices and class frequencies integrated out.

    As in variational Bayes (Attias, 1999, "Inferring parameters and structure of latent variable models"): what
    Dirichlet priors give the counts of each row (`row_votes` votes at each row of `base`) and the tasks of each class
    (`prior_tasks` of each; infinite: all classes are as frequent), and the entropy of the posterior. Fits of the same
    votes compare by it, however free their rows are: what is free pays for it.

    `counts` and `base` (workers, true class, said class); `posterior` (tasks, classes).
    """
    before = np.maximum(row_votes * base, 1e-9)
    rows = (gammaln(row_votes) - gammaln(row_votes + counts.sum(axis=2))).sum()
    cells = (gammaln(before + counts) - gammaln(before)).sum()
    unsure = -(posterior * np.log(np.maximum(posterior, 1e-300))).sum()
    tasks = posterior.sum(axis=0)
    if np.isfinite(prior_tasks):
        classes = (gammaln(prior_tasks + tasks) - gammaln(prior_tasks)).sum()
        classes += gammaln(len(tasks) * prior_tasks) - gammaln(len(tasks) * prior_tasks + tasks.sum())
    else:
        classes = -tasks.sum() * np.log(len(tasks))
    return float(rows + cells + unsure + classes)
