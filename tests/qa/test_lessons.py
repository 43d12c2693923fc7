from qa.lessons import label_lessons
from qa.verdict import decide
from tests.qa.answers import FAR, asks, box, boxes, given


def taught(*answers, **policy):
    asked = asks(min_overlap=len(answers), max_overlap=len(answers), **policy)
    drawn = {each.key: [shape.label for shape in each.answer.shapes] for each in answers}
    return label_lessons(drawn=drawn, outcome=decide(answers=answers, policy=asked), policy=asked)


def test_each_label_is_taught_by_what_was_found_missed_and_drawn_beside():
    all_three = boxes(*FAR[:3])
    found = taught(
        given("a", *all_three),
        given("b", *all_three),
        given("c", *all_three[:1], box(*FAR[4], label="bag")),
    )
    assert found == {"a": {"can": 1.0}, "b": {"can": 1.0}, "c": {"bag": 0.0, "can": 1 / 3}}


def test_a_wrong_label_is_wrong_for_both():
    can, bag = box(*FAR[0]), box(*FAR[0], label="bag")
    assert taught(given("a", can), given("b", can), given("c", bag)) == {
        "a": {"can": 1.0},
        "b": {"can": 1.0},
        "c": {"bag": 0.0, "can": 0.0},
    }


def test_the_tag_to_be_chosen_teaches_of_the_right_one_and_of_the_wrong_one_chosen():
    tags = {"tags": ["day", "dusk", "night"], "tag_choice": "one"}
    found = taught(given("a", tags=["day"]), given("b", tags=["day"]), given("c", tags=["dusk"]), **tags)
    assert found == {"a": {"day": 1.0}, "b": {"day": 1.0}, "c": {"day": 0.0, "dusk": 0.0}}


def test_each_yes_or_no_question_teaches_set_or_not():
    tags = {"tags": ["rain", "snow"], "tag_choice": "any"}
    found = taught(given("a", tags=["rain"]), given("b", tags=["rain"]), given("c", tags=["rain", "snow"]), **tags)
    assert found["a"] == {"rain": 1.0, "snow": 1.0}
    assert found["c"] == {"rain": 1.0, "snow": 0.0}


def test_a_lone_answer_and_a_disputed_image_teach_nothing():
    assert taught(given("a", box(*FAR[0]))) == {}
    assert taught(given("a", box(*FAR[0])), given("b", box(*FAR[1]))) == {}


def test_what_nobody_else_drew_teaches_nothing_of_who_drew_it():
    shared, lone = box(*FAR[0]), box(*FAR[1], label="bag")
    found = taught(given("a", shared, lone, weight=3.0), given("b", shared, weight=1.0), given("c", shared, weight=1.0))
    assert found["a"] == {"can": 1.0}
    assert found["b"] == {"bag": 0.0, "can": 1.0}
