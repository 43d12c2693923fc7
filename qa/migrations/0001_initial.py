import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


# What was judged is history: a new revision is a new row. (Tests may still TRUNCATE their own database.)
WRITTEN_ONCE = """
CREATE FUNCTION qa_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written once: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER qa_consensus_written_once BEFORE UPDATE OR DELETE ON qa_consensus
    FOR EACH ROW EXECUTE FUNCTION qa_written_once();
CREATE TRIGGER qa_verdict_written_once BEFORE UPDATE OR DELETE ON qa_verdict
    FOR EACH ROW EXECUTE FUNCTION qa_written_once();
"""
WRITTEN_AGAIN = """
DROP TRIGGER IF EXISTS qa_verdict_written_once ON qa_verdict;
DROP TRIGGER IF EXISTS qa_consensus_written_once ON qa_consensus;
DROP FUNCTION IF EXISTS qa_written_once();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('annotation', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Consensus',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(help_text='What was judged, e.g. task:17.', max_length=80)),
                ('revision', models.IntegerField(help_text='1 is the first.')),
                ('body', models.JSONField(help_text='Adopted tags and objects with their votes, confidence and sources.')),
                ('agreement', models.FloatField(help_text='Mean agreement of the answers with it, 0 to 1.')),
                ('confidence', models.FloatField(help_text='Mean share of the votes behind what was decided, 0 to 1.')),
                ('answers', models.SmallIntegerField(help_text='How many answers it was made from.')),
                ('policy', models.JSONField(help_text='The policy it was decided by.')),
                ('created_at', models.DateTimeField()),
                ('image', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.image')),
            ],
            options={
                'verbose_name_plural': 'consensus',
            },
        ),
        migrations.CreateModel(
            name='Skill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(help_text='Where it was shown, e.g. labelset:4.', max_length=80)),
                ('right', models.FloatField(default=0, help_text='Sum of the agreements.')),
                ('wrong', models.FloatField(default=0, help_text='Sum of what was lacking to full agreement.')),
                ('answers', models.IntegerField(default=0, help_text='Answers it was learnt from.')),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='skills', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Verdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(help_text='Whose answer, e.g. assignment:<uuid>.', max_length=80)),
                ('accepted', models.BooleanField()),
                ('agreement', models.FloatField(help_text='Of this answer with the consensus, 0 to 1.')),
                ('reason', models.CharField(help_text='The code of the rule that fired, e.g. low_agreement.', max_length=40)),
                ('explanation', models.TextField(help_text='One plain sentence for the worker.')),
                ('evidence', models.JSONField(help_text='Own shapes against adopted ones, by index.')),
                ('revision', models.IntegerField(help_text='1 is the first.')),
                ('created_at', models.DateTimeField()),
                ('consensus', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='verdicts', to='qa.consensus')),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='verdicts', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name='consensus',
            constraint=models.UniqueConstraint(fields=('scope', 'revision'), name='consensus_one_per_revision'),
        ),
        migrations.AddConstraint(
            model_name='consensus',
            constraint=models.CheckConstraint(condition=models.Q(('scope', ''), _negated=True), name='consensus_scope_given'),
        ),
        migrations.AddConstraint(
            model_name='consensus',
            constraint=models.CheckConstraint(condition=models.Q(('revision__gte', 1)), name='consensus_revision_positive'),
        ),
        migrations.AddConstraint(
            model_name='consensus',
            constraint=models.CheckConstraint(condition=models.Q(('answers__gte', 1)), name='consensus_has_answers'),
        ),
        migrations.AddConstraint(
            model_name='consensus',
            constraint=models.CheckConstraint(condition=models.Q(('agreement__gte', 0), ('agreement__lte', 1)), name='consensus_agreement_range'),
        ),
        migrations.AddConstraint(
            model_name='consensus',
            constraint=models.CheckConstraint(condition=models.Q(('confidence__gte', 0), ('confidence__lte', 1)), name='consensus_confidence_range'),
        ),
        migrations.AddConstraint(
            model_name='skill',
            constraint=models.UniqueConstraint(fields=('worker', 'scope'), name='skill_one_per_scope'),
        ),
        migrations.AddConstraint(
            model_name='skill',
            constraint=models.CheckConstraint(condition=models.Q(('scope', ''), _negated=True), name='skill_scope_given'),
        ),
        migrations.AddConstraint(
            model_name='skill',
            constraint=models.CheckConstraint(condition=models.Q(('answers__gte', 0), ('right__gte', 0), ('wrong__gte', 0)), name='skill_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='skill',
            constraint=models.CheckConstraint(condition=models.Q(('answers__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('right'), '+', models.F('wrong')), '-', models.Value(0.001)))), name='skill_within_its_answers'),
        ),
        migrations.AddIndex(
            model_name='verdict',
            index=models.Index(fields=['worker', '-id'], name='verdict_of_worker'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.UniqueConstraint(fields=('scope', 'revision'), name='verdict_one_per_revision'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=models.Q(('scope', ''), _negated=True), name='verdict_scope_given'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(('explanation', ''), _negated=True)), name='verdict_reason_given'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=models.Q(('revision__gte', 1)), name='verdict_revision_positive'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=models.Q(('agreement__gte', 0), ('agreement__lte', 1)), name='verdict_agreement_range'),
        ),
        migrations.RunSQL(WRITTEN_ONCE, WRITTEN_AGAIN),
    ]
