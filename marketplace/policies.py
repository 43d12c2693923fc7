"""A job's judging policy as it is applied, and where what is learnt of its workers is kept."""

from __future__ import annotations

from dataclasses import replace

from annotation.label_sets import taxonomy_of
from annotation.models import LabelSet
from annotation.shapes.attributes import TEXT
from marketplace.models import Job
from qa.policy import Policy


def policy_of(*, job: Job) -> Policy:
    """The job's judging policy with its overlap and its tag questions filled in."""
    taxonomy = taxonomy_of(label_set=job.label_set)
    return replace(
        Policy.from_json(job.policy),
        min_overlap=job.min_overlap,
        max_overlap=job.max_overlap,
        tag_choice=taxonomy.tag_choice,
        tags=tuple(taxonomy.tags),
        sigmas=tuple(
            (label.name, label.skeleton.sigmas) for label in taxonomy.labels if label.skeleton and label.skeleton.sigmas
        ),
        texts=tuple(
            (label, tuple(each.name for each in asked if each.type == TEXT))
            for label, asked in taxonomy.attributes.items()
        ),
    )


def skill_scope(*, label_set: LabelSet) -> str:
    """The key under which workers' skill for these labels is kept; later jobs of the label set reuse it."""
    return f"labelset:{label_set.pk}"
