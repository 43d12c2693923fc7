import numpy as np
import pytest

from qa.drawing_lessons import Drawings, Lessons, drawings_of, heard, learn
from qa.drawing_skill import THERE, DrawingSkill, chance_of
from tests.qa.answers import FAR, area, asks, box, boxes, given, rectangle


def of(**drawn):
    """One image: by worker the shapes they drew."""
    answers = [given(key, *shapes) for key, shapes in drawn.items()]
    return drawings_of(workers=list(drawn), answers=answers, policy=asks())


def crowd(seed=0, images=40):
    """a and b are careful, c overlooks half, d draws loosely, e invents."""
    chance = np.random.default_rng(seed)
    for _ in range(images):
        some = [FAR[i] for i in chance.permutation(len(FAR))[:3]]

        def drawn(keep=0.95, jitter=1.0, some=some):
            return boxes(*[(x + chance.normal(0, jitter), y, w, h) for x, y, w, h in some if chance.random() < keep])

        invented = box(*chance.uniform(100, 400, 2), 40, 40)
        yield of(a=drawn(), b=drawn(), c=drawn(keep=0.5), d=drawn(jitter=7.0), e=(*drawn(), invented))


def test_what_each_worker_does_is_found_out_without_the_truth():
    skills = learn(images=list(crowd())).workers
    assert skills["c"].recall < 0.65 < 0.85 < skills["a"].recall
    assert skills["e"].false_alarm > 0.5 > 0.2 > skills["a"].false_alarm
    assert skills["d"].spread > 2 * skills["a"].spread
    assert skills["d"].care < skills["a"].care
    assert max(skills["c"].vote, skills["e"].vote) < min(skills["a"].vote, skills["b"].vote)


def test_what_was_known_before_is_used_and_not_learnt_twice():
    images = list(crowd(images=5))
    known = learn(images=list(crowd(seed=1))).workers
    fresh = learn(images=images, known=known).workers
    drawn = sum(1 for image in images for group in image.groups for _ in group)
    assert sum(skill.found + skill.invented for skill in fresh.values()) == pytest.approx(drawn)


def test_no_images_teach_nothing():
    assert learn(images=[]) == Lessons([], {})


def test_neither_the_order_of_images_nor_that_of_workers_matters():
    images = list(crowd(images=6))
    skills = learn(images=images).workers
    again = learn(images=images[::-1]).workers
    assert {name: skill.counts for name, skill in again.items()} == {
        name: pytest.approx(skill.counts) for name, skill in skills.items()
    }
    drawn = {"a": boxes(*FAR[:3]), "b": boxes(*FAR[1:4]), "c": boxes(FAR[0])}
    one, other = (learn(images=[of(**dict(sorted(drawn.items(), reverse=turn)))]).workers for turn in (False, True))
    assert all(one[name].counts == pytest.approx(other[name].counts) for name in drawn)


def test_shapes_of_any_type_teach():
    skills = learn(images=[of(a=[rectangle(0, 0, 50, 50)], b=[rectangle(5, 0, 50, 50)], c=[])]).workers
    assert skills["a"].drawn == 1
    assert skills["a"].strayed == pytest.approx((1 - 45 / 55) / 2, abs=0.005)
    assert (skills["c"].drawn, skills["c"].found) == (0, 0)


def test_semantic_masks_of_a_label_teach_wherever_they_lie():
    skills = learn(images=[of(a=[area(0, 0, 50, 50)], b=[area(0, 0, 50, 50)], c=[area(300, 0, 50, 50)])] * 5).workers
    assert skills["c"].spread > 2 * skills["a"].spread


def plainly(images, known, rounds=8):
    """The same, one group of drawings after the other."""
    names = sorted({name for image in images for name in image.workers})
    taught, there = {name: DrawingSkill() for name in names}, THERE
    for _ in range(rounds):
        skills = {name: known.get(name, DrawingSkill()) + taught[name] for name in names}
        sums = {name: [0.0] * 6 for name in names}
        certain = [THERE, 1.0]
        for image in images:
            for number, group in enumerate(image.groups):
                real = chance_of(drew=set(group), workers=image.workers, skills=skills, there=there)
                certain = [certain[0] + real, certain[1] + 1.0]
                for k, name in enumerate(image.workers):
                    sums[name][0 if k in group else 1] += real
                    sums[name][2 if k in group else 3] += 1.0 - real
                    sums[name][5] += k in group and len(group) > 1
                for _, a, b, gap in (each for each in image.unlike if each[0] == number):
                    one, other = image.workers[a], image.workers[b]
                    share = gap / (len(group) - 1) / (skills[one].spread + skills[other].spread)
                    sums[one][4] += share * skills[one].spread
                    sums[other][4] += share * skills[other].spread
        there = certain[0] / certain[1]
        taught = {name: DrawingSkill(*counts) for name, counts in sums.items()}
    return taught


def test_all_at_once_comes_to_the_same_as_one_by_one():
    known = learn(images=list(crowd(seed=1, images=5))).workers
    images = list(crowd(images=12))
    for before in ({}, known):
        expected = plainly(images, before)
        found = learn(images=images, known=before).workers
        assert set(found) == set(expected)
        assert all(found[name].counts == pytest.approx(expected[name].counts) for name in found)


def test_what_the_images_teach_adds_up_to_what_the_workers_are_taught():
    images = [*crowd(images=3), of(a=boxes(FAR[0])), of(b=[], a=boxes(*FAR[:2]))]
    lessons = learn(images=images)
    sums = {name: DrawingSkill() for name in "abcde"}
    for image, rows in zip(images, lessons.images, strict=True):
        for name, row in zip(image.workers, rows, strict=True):
            sums[name] += DrawingSkill(*row)
    assert all(sums[name].counts == pytest.approx(lessons.workers[name].counts) for name in sums)


def test_a_lone_answer_teaches_nothing():
    image = of(a=boxes(*FAR))
    assert learn(images=[image]) == Lessons([[[0.0] * 6]], {})
    again = learn(images=[image, of(a=boxes(*FAR[:2]), b=boxes(*FAR[:2]))])
    assert again.images[0] == [[0.0] * 6]


def test_every_two_shapes_of_an_object_are_held_against_each_other_though_they_were_not_matched():
    # a and c share 30 of 70 pixels a row: each goes with b, but not with the other.
    image = of(a=boxes((0, 0, 50, 50)), b=boxes((9, 0, 50, 50)), c=boxes((20, 0, 50, 50)))
    low = drawings_of(
        workers=list("abc"),
        answers=[given(key, *boxes((x, 0, 50, 50))) for key, x in (("a", 0), ("b", 9), ("c", 20))],
        policy=asks(match_iou=0.5),
    )
    for each in (image, low):
        assert each.groups == [[0, 1, 2]]
        assert sorted((a, b, round(gap, 3)) for _, a, b, gap in each.unlike) == [
            (0, 1, round(1 - 41 / 59, 3)),
            (0, 2, round(1 - 30 / 70, 3)),
            (1, 2, round(1 - 39 / 61, 3)),
        ]


def test_who_is_not_heard_teaches_nothing_and_nobody_is_held_against_them():
    image = of(a=boxes(*FAR[:2]), b=boxes(*FAR[:2]), spammer=boxes((5, 0, 50, 50), FAR[3]))
    assert heard(drawings=image, unheard=[2]) == of(a=boxes(*FAR[:2]), b=boxes(*FAR[:2]))
    assert heard(drawings=image, unheard=[]) is image
    assert heard(drawings=image, unheard=[0, 1, 2]) == Drawings([], [], [])


def test_a_label_that_only_some_gave_pixels_to_is_an_object_that_the_others_left_out():
    image = of(a=[area(0, 0, 50, 50)], b=[area(0, 0, 50, 50), area(200, 0, 9, 9, label="bag")], c=[])
    assert image.groups == [[1], [0, 1]]
    assert image.unlike == [(1, 0, 1, 0.0)]
