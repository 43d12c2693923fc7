import django.db.models.deletion
import django.db.models.expressions
import uuid
from django.conf import settings
from django.db import migrations, models

# A checkpoint sums what can no longer change, so it never changes either; without it everything is counted again.
FINAL = """
CREATE TRIGGER billing_checkpoint_is_final BEFORE UPDATE ON billing_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse();
"""
NOT_FINAL = "DROP TRIGGER billing_checkpoint_is_final ON billing_checkpoint;"


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0003_payouts_by_two'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BankLine',
            fields=[
                ('id', models.CharField(help_text="The provider's.", max_length=200, primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=60)),
                ('source', models.CharField(blank=True, help_text='What caused it, at the provider.', max_length=200)),
                ('reference', models.CharField(blank=True, help_text='What caused it, with us.', max_length=200)),
                ('amount', models.BigIntegerField(help_text='Micro-units, negative where money left.')),
                ('fee', models.BigIntegerField(help_text='What the provider kept of it, micro-units.')),
                ('net', models.BigIntegerField(help_text='What it changed at the provider, micro-units.')),
                ('currency', models.CharField(max_length=3)),
                ('created_at', models.DateTimeField(help_text="By the provider's clock.")),
                ('available_on', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.BigIntegerField(help_text='Where it begins, exclusive: the end of the one before, or 0.')),
                ('position', models.BigIntegerField(help_text='Where it ends, inclusive.')),
                ('entries', models.IntegerField(help_text='How many transfers it sums.')),
                ('amount', models.BigIntegerField(help_text='What came in less what went out, micro-units.')),
                ('balance', models.BigIntegerField(help_text='The same since the account was opened, micro-units.')),
                ('earliest', models.DateTimeField(help_text='Of its transfers.')),
                ('latest', models.DateTimeField(help_text='Of its transfers.')),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(help_text='Lines from then on were asked for …')),
                ('until', models.DateTimeField(help_text='… up to then.')),
                ('state', models.CharField(choices=[('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='running', max_length=7)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('problem', models.CharField(blank=True, max_length=500)),
                ('lines', models.IntegerField(default=0, help_text='Lines of this span.')),
                ('matched', models.IntegerField(default=0, help_text='Of them, those that are a transfer of ours.')),
                ('waiting', models.IntegerField(default=0, help_text='Of them, those too young to be missed.')),
                ('found', models.IntegerField(default=0, help_text='Differences that were new.')),
                ('settled', models.IntegerField(default=0, help_text='Earlier differences that explained themselves.')),
                ('bank_total', models.BigIntegerField(help_text='What the provider says it holds, micro-units.', null=True)),
                ('bank_available', models.BigIntegerField(help_text='Of it, what may be sent on, micro-units.', null=True)),
                ('lines_total', models.BigIntegerField(help_text='What all its lines sum to; empty if not comparable.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SuspenseItem',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('extra', 'Not in our books'), ('missing', 'Not at the provider'), ('wrong', 'Another amount'), ('unplaced', 'Payment without a deposit')], max_length=8)),
                ('state', models.CharField(choices=[('open', 'Open'), ('asked', 'Waits for a second admin'), ('resolved', 'Resolved'), ('settled', 'Explained itself')], default='open', max_length=8)),
                ('amount', models.BigIntegerField(help_text='What lies in suspense for it, micro-units; negative: what is lacking.')),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('found_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('asked_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name='transfer',
            name='transfer_out_unguarded',
        ),
        migrations.RemoveIndex(
            model_name='transfer',
            name='transfer_in_unguarded',
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('source_sequence', None)), fields=['source', 'id'], include=('amount',), name='transfer_out_unguarded'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('target_sequence', None)), fields=['target', 'id'], include=('amount',), name='transfer_in_unguarded'),
        ),
        migrations.AddField(
            model_name='bankline',
            name='transfer',
            field=models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bank_line', to='billing.transfer'),
        ),
        migrations.AddField(
            model_name='checkpoint',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkpoints', to='billing.account'),
        ),
        migrations.AddIndex(
            model_name='reconciliation',
            index=models.Index(fields=['-started_at'], name='reconciliation_latest'),
        ),
        migrations.AddConstraint(
            model_name='reconciliation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('state', 'running')), models.Q(('finished_at__isnull', False), ('state__in', ['done', 'failed'])), _connector='OR'), name='reconciliation_state_known'),
        ),
        migrations.AddConstraint(
            model_name='reconciliation',
            constraint=models.CheckConstraint(condition=models.Q(('until__gt', models.F('since'))), name='reconciliation_has_a_span'),
        ),
        migrations.AddField(
            model_name='suspenseitem',
            name='account',
            field=models.ForeignKey(help_text='Where it belongs, by the first admin.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.account'),
        ),
        migrations.AddField(
            model_name='suspenseitem',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='suspenseitem',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='suspenseitem',
            name='found_in',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='billing.reconciliation'),
        ),
        migrations.AddField(
            model_name='suspenseitem',
            name='line',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='suspense', to='billing.bankline'),
        ),
        migrations.AddField(
            model_name='suspenseitem',
            name='transfer',
            field=models.ForeignKey(db_constraint=False, help_text='Of ours.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='suspense', to='billing.transfer'),
        ),
        migrations.AddIndex(
            model_name='bankline',
            index=models.Index(fields=['created_at'], name='bank_line_by_time'),
        ),
        migrations.AddIndex(
            model_name='bankline',
            index=models.Index(condition=models.Q(('transfer', None)), fields=['created_at'], name='bank_line_unmatched'),
        ),
        migrations.AddConstraint(
            model_name='bankline',
            constraint=models.CheckConstraint(condition=models.Q(('net', django.db.models.expressions.CombinedExpression(models.F('amount'), '-', models.F('fee')))), name='bank_line_adds_up'),
        ),
        migrations.AddConstraint(
            model_name='checkpoint',
            constraint=models.UniqueConstraint(fields=('account', 'since'), name='checkpoint_begins_once'),
        ),
        migrations.AddConstraint(
            model_name='checkpoint',
            constraint=models.UniqueConstraint(fields=('account', 'position'), name='checkpoint_ends_once'),
        ),
        migrations.AddConstraint(
            model_name='checkpoint',
            constraint=models.CheckConstraint(condition=models.Q(('entries__gt', 0), ('position__gt', models.F('since'))), name='checkpoint_of_something'),
        ),
        migrations.AddIndex(
            model_name='suspenseitem',
            index=models.Index(condition=models.Q(('state__in', ['open', 'asked'])), fields=['found_at'], name='suspense_left'),
        ),
        migrations.AddConstraint(
            model_name='suspenseitem',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='suspense_item_of_something'),
        ),
        migrations.AddConstraint(
            model_name='suspenseitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'extra'), ('line__isnull', False), ('transfer', None)), models.Q(('kind__in', ['missing', 'unplaced']), ('line', None), ('transfer__isnull', False)), models.Q(('kind', 'wrong'), ('line__isnull', False), ('transfer__isnull', False)), _connector='OR'), name='suspense_item_is_about_something'),
        ),
        migrations.AddConstraint(
            model_name='suspenseitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('asked_by', None), ('decided_by', None), ('ended_at', None), ('state', 'open')), models.Q(('account__isnull', False), ('asked_by__isnull', False), ('decided_by', None), ('ended_at', None), ('state', 'asked')), models.Q(('asked_by__isnull', False), ('decided_by__isnull', False), ('ended_at__isnull', False), ('state', 'resolved')), models.Q(('decided_by', None), ('ended_at__isnull', False), ('state', 'settled')), _connector='OR'), name='suspense_item_state_known'),
        ),
        migrations.AddConstraint(
            model_name='suspenseitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'resolved'), _negated=True), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='suspense_item_by_two_people'),
        ),
        migrations.AddConstraint(
            model_name='suspenseitem',
            constraint=models.CheckConstraint(condition=models.Q(('asked_by', None), models.Q(('reason', ''), _negated=True), _connector='OR'), name='suspense_item_says_why'),
        ),
        migrations.AddConstraint(
            model_name='suspenseitem',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['open', 'asked'])), fields=('line',), name='suspense_item_once_a_line'),
        ),
        migrations.AddConstraint(
            model_name='suspenseitem',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['open', 'asked'])), fields=('transfer',), name='suspense_item_once_a_transfer'),
        ),
        migrations.RunSQL(FINAL, NOT_FINAL),
    ]
