from django.db import migrations, models

from marketplace.models import routines
from marketplace.models.event import SOUND_EVENT
from marketplace.models.task import SOUND_PLACE, SOUND_TASK
from marketplace.models.work import SOUND_ASSIGNMENT

FORMER = {
    "assignment": [
        "final_only_if_rejected",
        "answered_has_annotation",
        "accepted_means_paid",
        "state_known",
        "returned_has_annotation",
    ],
    "place": ["ordinal_range", "held_not_negative", "cancelled_holds_nothing", "state_known", "open_is_paid_for"],
    "task": ["answers_within_wanted", "state_known"],
}


def sound(name: str, function: str, *fields: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Func(*fields, function=function, output_field=models.BooleanField()), name=name
    )


class Migration(migrations.Migration):
    """The rules of the hand-out's tables in one CHECK each; and a place no longer tells whether its answer is in: its
    assignment does, so an answer writes one row less."""

    dependencies = [
        ("annotation", "0003_drawn_shapes"),
        ("marketplace", "0014_late_answers_and_gold_alerts"),
        ("qa", "0007_drawing_worth"),
    ]

    operations = [
        *(
            migrations.RemoveConstraint(model_name=model, name=f"{model}_{rule}")
            for model, rules in FORMER.items()
            for rule in rules
        ),
        migrations.RemoveConstraint(model_name="workevent", name="work_event_kind_known"),
        migrations.RunSQL(routines.SUBMIT, migrations.RunSQL.noop),
        migrations.RunSQL(
            "UPDATE marketplace_place SET state = 'taken' WHERE state = 'answered'",
            """UPDATE marketplace_place p SET state = 'answered' FROM marketplace_assignment a WHERE a.place_id = p.id
               AND p.state = 'taken' AND a.state IN ('submitted', 'accepted', 'rejected', 'overturned', 'reversed')""",
        ),
        migrations.AlterField(
            model_name="place",
            name="state",
            field=models.CharField(
                choices=[("open", "Open"), ("taken", "Taken"), ("cancelled", "Cancelled")],
                default="open",
                max_length=10,
            ),
        ),
        *(
            migrations.RunSQL(rules.make, rules.drop)
            for rules in (SOUND_ASSIGNMENT, SOUND_PLACE, SOUND_TASK, SOUND_EVENT)
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=sound(
                "assignment_is_sound",
                "marketplace_assignment_is_sound",
                *("state", "earned", "annotation", "submitted_at", "returned_at", "final_at"),
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=sound("place_is_sound", "marketplace_place_is_sound", "state", "ordinal", "held"),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=sound("task_is_sound", "marketplace_task_is_sound", "state", "answers", "wanted"),
        ),
        migrations.AddConstraint(
            model_name="workevent",
            constraint=sound("work_event_is_sound", "marketplace_workevent_is_sound", "kind"),
        ),
    ]
