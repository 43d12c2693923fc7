from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """Skill for each label beside that for all; what was learnt so far begins to fade now."""

    dependencies = [("qa", "0002_review")]

    operations = [
        migrations.AddField(
            model_name="skill",
            name="label",
            field=models.CharField(
                blank=True, default="", help_text="Empty for all labels together.", max_length=100
            ),
        ),
        migrations.AddField(
            model_name="skill",
            name="seen_at",
            field=models.DateTimeField(db_default=Now(), help_text="When it learnt last."),
        ),
        migrations.AlterField(
            model_name="skill",
            name="right",
            field=models.FloatField(
                default=0, help_text="Sum of the agreements as of the last lesson, older ones faded."
            ),
        ),
        migrations.AlterField(
            model_name="skill",
            name="wrong",
            field=models.FloatField(
                default=0, help_text="Sum of what was lacking to full agreement, in the same way."
            ),
        ),
        migrations.AlterField(
            model_name="skill",
            name="answers",
            field=models.IntegerField(default=0, help_text="Answers it was learnt from, all that there were."),
        ),
        migrations.RemoveConstraint(model_name="skill", name="skill_one_per_scope"),
        migrations.AddConstraint(
            model_name="skill",
            constraint=models.UniqueConstraint(fields=("worker", "scope", "label"), name="skill_one_per_label"),
        ),
    ]
