"""Label sets, from a taxonomy to rows and back."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import transaction

from annotation.models import Label, LabelSet
from annotation.shapes import Attribute, LabelSpec, Skeleton, Taxonomy

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

LOOKED_AT = 200
"""So many label sets with the same first label are compared at most."""


@transaction.atomic
def create_label_set(*, owner: AbstractBaseUser, name: str, taxonomy: Taxonomy) -> LabelSet:
    """Store `taxonomy` (as `parse_taxonomy` gives it) as a label set of `owner`; `name` at most 200 characters."""
    label_set = LabelSet.objects.create(owner_id=owner.pk, name=name[:200], tag_choice=taxonomy.tag_choice)
    Label.objects.bulk_create(
        Label(label_set=label_set, position=position, **spec.as_json()) for position, spec in enumerate(taxonomy.labels)
    )
    return label_set


def label_set_for(*, owner: AbstractBaseUser, name: str, taxonomy: Taxonomy) -> LabelSet:
    """The first label set of `owner` that is exactly `taxonomy`; a new one called `name` where there is none.

    So what is kept by label set (skill, passed exams) goes on where somebody writes the same labels again.
    """
    same = LabelSet.objects.filter(owner_id=owner.pk, tag_choice=taxonomy.tag_choice)
    if taxonomy.labels:
        same = same.filter(labels__position=0, labels__name=taxonomy.labels[0].name)
    for found in same.prefetch_related("labels").order_by("pk")[:LOOKED_AT]:
        if taxonomy_of(label_set=found) == taxonomy:
            return found
    return create_label_set(owner=owner, name=name, taxonomy=taxonomy)


def taxonomy_of(*, label_set: LabelSet) -> Taxonomy:
    """The taxonomy stored as `label_set`, in one query (none if its labels were prefetched)."""
    labels = sorted(label_set.labels.all(), key=lambda label: label.position)
    return Taxonomy(
        labels=tuple(
            LabelSpec(
                name=label.name,
                shapes=frozenset(label.shapes),
                color=label.color,
                attributes=tuple(Attribute.read(each) for each in label.attributes),
                skeleton=Skeleton.read(label.skeleton) if label.skeleton else None,
            )
            for label in labels
        ),
        tag_choice=label_set.tag_choice,
    )


@lru_cache(maxsize=1000)
def known(*, label_set_id: int) -> LabelSet:
    """A label set with its labels, remembered by this process: the rows of a stored label set never change.

    Raises LabelSet.DoesNotExist, which is not remembered.
    """
    return LabelSet.objects.prefetch_related("labels").get(pk=label_set_id)


@lru_cache(maxsize=1000)
def known_taxonomy(*, label_set_id: int) -> Taxonomy:
    """The taxonomy of a stored label set, remembered in the same way."""
    return taxonomy_of(label_set=known(label_set_id=label_set_id))
