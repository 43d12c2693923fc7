import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# An answer is evidence: paid for, voted with, appealed against. The database itself refuses to rewrite it.
WRITTEN_ONCE = """
CREATE FUNCTION annotation_is_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'annotation % is written once: % refused', OLD.id, TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER annotation_is_written_once
    BEFORE UPDATE OR DELETE ON annotation_annotation
    FOR EACH ROW EXECUTE FUNCTION annotation_is_written_once();
"""
WRITTEN_AGAIN = """
DROP TRIGGER annotation_is_written_once ON annotation_annotation;
DROP FUNCTION annotation_is_written_once();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Image',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(help_text='What it belongs to, e.g. "job:17".', max_length=100)),
                ('name', models.CharField(help_text='File name as uploaded, cleaned.', max_length=200)),
                ('sha256', models.CharField(help_text='Of the bytes uploaded.', max_length=64)),
                ('digest', models.CharField(help_text='SHA-256 of the clean full rendition.', max_length=64, null=True)),
                ('width', models.PositiveIntegerField(help_text='Pixels, after EXIF orientation.')),
                ('height', models.PositiveIntegerField(help_text='Pixels, after EXIF orientation.')),
                ('bytes', models.PositiveBigIntegerField(help_text='Size of the file uploaded.')),
                ('format', models.CharField(help_text='Of the file uploaded: JPEG, PNG, WEBP, BMP or TIFF.', max_length=8)),
                ('state', models.CharField(choices=[('checked', 'checked'), ('ready', 'ready'), ('failed', 'failed')], default='checked', max_length=8)),
                ('failure', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'checked')), fields=['id'], name='image_to_prepare')],
                'constraints': [models.UniqueConstraint(fields=('scope', 'sha256'), name='image_once_a_scope'), models.CheckConstraint(condition=models.Q(('state__in', ['checked', 'ready', 'failed'])), name='image_state'), models.CheckConstraint(condition=models.Q(('width__gte', 1), ('height__gte', 1)), name='image_has_pixels'), models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='image_sha256_is_hex'), models.CheckConstraint(condition=models.Q(models.Q(('digest__isnull', False), ('digest__regex', '^[0-9a-f]{64}$'), ('state', 'ready')), models.Q(models.Q(('state', 'ready'), _negated=True), ('digest__isnull', True)), _connector='OR'), name='image_digest_when_ready'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), models.Q(('failure', ''), _negated=True)), models.Q(models.Q(('state', 'failed'), _negated=True), ('failure', '')), _connector='OR'), name='image_failure_when_failed')],
            },
        ),
        migrations.CreateModel(
            name='LabelSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('tag_choice', models.CharField(choices=[('one', 'exactly one tag'), ('any', 'any number of tags')], default='any', max_length=8)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='label_sets', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Label',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('name', models.CharField(max_length=100)),
                ('shapes', models.JSONField(help_text='The types of shape it may have: a list out of "tag", "box".')),
                ('color', models.CharField(help_text='#rrggbb, lower case.', max_length=7)),
                ('attributes', models.JSONField(blank=True, default=list)),
                ('skeleton', models.JSONField(blank=True, null=True)),
                ('label_set', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='labels', to='annotation.labelset')),
            ],
            options={
                'ordering': ['label_set', 'position'],
            },
        ),
        migrations.CreateModel(
            name='Annotation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(db_index=True, help_text='What it answers, an opaque key.', max_length=100)),
                ('schema', models.PositiveSmallIntegerField(default=1)),
                ('body', models.JSONField(help_text='The canonical answer, `shapes.Answer.as_json()`.')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='annotations', to=settings.AUTH_USER_MODEL)),
                ('image', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='annotations', to='annotation.image')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('schema__gte', 1)), name='annotation_schema')],
            },
        ),
        migrations.AddConstraint(
            model_name='labelset',
            constraint=models.CheckConstraint(condition=models.Q(('tag_choice__in', ['one', 'any'])), name='label_set_tag_choice'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.UniqueConstraint(fields=('label_set', 'name'), name='label_name_once_a_set'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.UniqueConstraint(fields=('label_set', 'position'), name='label_position_once_a_set'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='label_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.CheckConstraint(condition=models.Q(('color__regex', '^#[0-9a-f]{6}$')), name='label_color_is_rrggbb'),
        ),
        migrations.AddConstraint(
            model_name='label',
            constraint=models.CheckConstraint(condition=models.Q(('shapes__contained_by', ['tag', 'box']), models.Q(('shapes', []), _negated=True)), name='label_shapes_known'),
        ),
        migrations.RunSQL(WRITTEN_ONCE, WRITTEN_AGAIN),
    ]
