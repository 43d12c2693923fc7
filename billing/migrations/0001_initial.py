import django.db.models.deletion
import django.db.models.lookups
import uuid
from django.conf import settings
from django.db import migrations, models

# The books are only ever added to; tests that flush their database switch triggers off for that (tests/conftest.py).
# One check a statement, not one a row: both accounts exist, share the currency, and rows of guarded accounts carry
# their place in the account's history. Accounts cannot go or change what they are, so what held at insert holds on.
BOOKS = """
CREATE FUNCTION billing_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % is refused: the books are only added to', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER billing_transfer_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON billing_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_account_stays BEFORE DELETE OR TRUNCATE ON billing_account
    FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse();
CREATE TRIGGER billing_account_is_what_it_is BEFORE UPDATE ON billing_account
    FOR EACH ROW WHEN (
        (OLD.id, OLD.kind, OLD.owner_id, OLD.scope, OLD.currency)
        IS DISTINCT FROM (NEW.id, NEW.kind, NEW.owner_id, NEW.scope, NEW.currency)
    ) EXECUTE FUNCTION billing_refuse();

CREATE FUNCTION billing_check_transfers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE fault text;
BEGIN
    SELECT format('transfer %s %s: its accounts do not exist, differ in currency, or miss a sequence', f.kind, f.key)
    INTO fault
    FROM fresh f
    LEFT JOIN billing_account s ON s.id = f.source_id
    LEFT JOIN billing_account t ON t.id = f.target_id
    WHERE s.id IS NULL OR t.id IS NULL OR s.currency <> f.currency OR t.currency <> f.currency
        OR (s.balance IS NULL) <> (f.source_sequence IS NULL) OR (t.balance IS NULL) <> (f.target_sequence IS NULL)
    LIMIT 1;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER billing_transfer_checked AFTER INSERT ON billing_transfer
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION billing_check_transfers();

-- Balances change in place: room on the page keeps those updates out of the indexes.
ALTER TABLE billing_account SET (fillfactor = 50);
"""
BOOKS_AWAY = """
DROP TRIGGER billing_transfer_checked ON billing_transfer;
DROP TRIGGER billing_transfer_only_added ON billing_transfer;
DROP TRIGGER billing_account_stays ON billing_account;
DROP TRIGGER billing_account_is_what_it_is ON billing_account;
DROP FUNCTION billing_check_transfers();
DROP FUNCTION billing_refuse();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('stripe_available', 'Bank, available'), ('stripe_pending', 'Bank, pending'), ('receivable_requester', 'Owed by a requester'), ('receivable_worker', 'Owed by a worker'), ('transfers_in_transit', 'Transfers in transit'), ('wallet', 'Wallet'), ('escrow_free', 'Escrow, free'), ('escrow_committed', 'Escrow, committed'), ('fair_pay_reserve', 'Fair-pay reserve'), ('worker_balance', 'Worker balance'), ('payout_pending', 'Payout pending'), ('platform_fees', 'Platform fees'), ('stripe_fees', 'Bank fees'), ('losses', 'Losses'), ('goodwill', 'Goodwill'), ('suspense', 'Suspense')], max_length=24)),
                ('scope', models.CharField(blank=True, default='', help_text='What it is for, an opaque key.', max_length=64)),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('balance', models.BigIntegerField(help_text='Micro-units; empty where nothing is guarded.', null=True)),
                ('sequence', models.BigIntegerField(help_text='Number of transfers so far, in and out.', null=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Deposit',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('amount', models.BigIntegerField(help_text='Micro-units, whole cents.')),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('idempotency_key', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('waiting', 'Waiting for payment'), ('paid', 'Paid'), ('expired', 'Cancelled or expired'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('reason', models.CharField(blank=True, help_text='Why it failed, for the requester.', max_length=300)),
                ('success_url', models.URLField(max_length=500)),
                ('cancel_url', models.URLField(max_length=500)),
                ('checkout_url', models.URLField(blank=True, max_length=1000)),
                ('provider_session', models.CharField(max_length=200, null=True, unique=True)),
                ('provider_payment', models.CharField(max_length=200, null=True, unique=True)),
                ('fee', models.BigIntegerField(help_text='What the provider kept, micro-units; known once cleared.', null=True)),
                ('created_at', models.DateTimeField()),
                ('paid_at', models.DateTimeField(null=True)),
                ('cleared_at', models.DateTimeField(help_text='When the money was seen as available at the bank.', null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deposits', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.CharField(max_length=200, primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=100)),
                ('body', models.TextField(help_text='As received.')),
                ('state', models.CharField(choices=[('received', 'Received'), ('done', 'Done'), ('ignored', 'Ignored')], default='received', max_length=8)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('problem', models.CharField(blank=True, help_text='Why processing failed the last time.', max_length=500)),
                ('received_at', models.DateTimeField()),
                ('tried_at', models.DateTimeField(null=True)),
                ('processed_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'received')), fields=['received_at'], name='event_to_process')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['received', 'done', 'ignored'])), name='event_state_known')],
            },
        ),
        migrations.CreateModel(
            name='Outbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(help_text='Such as deposit.paid, payout.sent, payout.failed.', max_length=60)),
                ('payload', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('consumed_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name_plural': 'outbox',
                'indexes': [models.Index(condition=models.Q(('consumed_at', None)), fields=['id'], name='outbox_to_consume')],
            },
        ),
        migrations.CreateModel(
            name='Payout',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('amount', models.BigIntegerField(help_text='Micro-units, whole cents.')),
                ('asked', models.BigIntegerField(help_text='What was asked for; empty means all that can be paid.', null=True)),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('idempotency_key', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('requested', 'Requested'), ('sending', 'Being sent'), ('waiting_for_funds', 'Waiting for funds'), ('sent', 'On its way'), ('paid', 'Paid'), ('failed', 'Failed')], default='requested', max_length=20)),
                ('reason', models.CharField(blank=True, help_text='Why it waits or failed, for the worker.', max_length=300)),
                ('attempt', models.PositiveIntegerField(default=0, help_text='Grows only after a definite refusal by the provider.')),
                ('first_called_at', models.DateTimeField(help_text='First call of this attempt.', null=True)),
                ('called_at', models.DateTimeField(help_text='Latest call of this attempt.', null=True)),
                ('provider_transfer', models.CharField(max_length=200, null=True, unique=True)),
                ('created_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('worker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='PayoutAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider_account', models.CharField(max_length=200, unique=True)),
                ('payouts_enabled', models.BooleanField(default=False)),
                ('updated_at', models.DateTimeField()),
                ('worker', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='payout_account', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(help_text='Why, one of the postings of the design.', max_length=40)),
                ('key', models.CharField(help_text='Which one: unique within its kind.', max_length=200)),
                ('amount', models.BigIntegerField(help_text='Micro-units.')),
                ('currency', models.CharField(max_length=3)),
                ('source_sequence', models.BigIntegerField(help_text="Place in the source's history, if it is guarded.", null=True)),
                ('target_sequence', models.BigIntegerField(help_text="Place in the target's history, if it is guarded.", null=True)),
                ('details', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField()),
                ('source', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='transfers_out', to='billing.account')),
                ('target', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='transfers_in', to='billing.account')),
            ],
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('kind', 'owner', 'scope', 'currency'), name='account_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('scope', ''), _negated=True), fields=('kind', 'scope', 'currency'), name='account_once_a_scope'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['stripe_available', 'stripe_pending', 'receivable_requester', 'receivable_worker', 'transfers_in_transit', 'wallet', 'escrow_free', 'escrow_committed', 'fair_pay_reserve', 'worker_balance', 'payout_pending', 'platform_fees', 'stripe_fees', 'losses', 'goodwill', 'suspense'])), name='account_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='account_currency'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('balance__gte', 0), ('balance__isnull', False), ('kind__in', ('escrow_free', 'escrow_committed', 'fair_pay_reserve', 'wallet', 'worker_balance', 'payout_pending')), ('sequence__gte', 0), ('sequence__isnull', False)), models.Q(models.Q(('kind__in', ('escrow_free', 'escrow_committed', 'fair_pay_reserve', 'wallet', 'worker_balance', 'payout_pending')), _negated=True), ('balance', None), ('sequence', None)), _connector='OR'), name='account_guarded_never_overdrawn'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ('wallet', 'worker_balance', 'payout_pending', 'receivable_requester', 'receivable_worker')), ('owner__isnull', False), ('scope', '')), models.Q(('kind__in', ('escrow_free', 'escrow_committed', 'fair_pay_reserve')), ('owner__isnull', False), models.Q(('scope', ''), _negated=True)), models.Q(models.Q(('kind__in', ['wallet', 'worker_balance', 'payout_pending', 'receivable_requester', 'receivable_worker', 'escrow_free', 'escrow_committed', 'fair_pay_reserve']), _negated=True), ('owner', None), ('scope', '')), _connector='OR'), name='account_belongs_to_whom_its_kind_says'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.UniqueConstraint(fields=('owner', 'idempotency_key'), name='deposit_once_a_key'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='deposit_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func(models.F('amount'), models.Value(10000), function='MOD'), models.Value(0)), name='deposit_whole_cents'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'paid', 'expired', 'failed'])), name='deposit_state_known'),
        ),
        migrations.AddConstraint(
            model_name='deposit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('paid_at__isnull', False), ('provider_payment__isnull', False), ('state', 'paid')), models.Q(models.Q(('state', 'paid'), _negated=True), ('cleared_at', None), ('paid_at', None)), _connector='OR'), name='deposit_paid_says_when'),
        ),
        migrations.AddIndex(
            model_name='payout',
            index=models.Index(condition=models.Q(('state__in', ['paid', 'failed']), _negated=True), fields=['state', 'called_at'], name='payout_to_sweep'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.UniqueConstraint(fields=('worker', 'idempotency_key'), name='payout_once_a_key'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payout_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.Exact(models.Func(models.F('amount'), models.Value(10000), function='MOD'), models.Value(0)), name='payout_whole_cents'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['requested', 'sending', 'waiting_for_funds', 'sent', 'paid', 'failed'])), name='payout_state_known'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('provider_transfer__isnull', False), ('sent_at__isnull', False), ('state__in', ['sent', 'paid'])), models.Q(('provider_transfer', None), ('state__in', ['requested', 'sending', 'waiting_for_funds', 'failed'])), _connector='OR'), name='payout_sent_names_its_transfer'),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='payout_failed_says_why'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('source_sequence', None)), fields=['source'], include=('amount',), name='transfer_out_unguarded'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('target_sequence', None)), fields=['target'], include=('amount',), name='transfer_in_unguarded'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.UniqueConstraint(fields=('kind', 'key'), name='transfer_once'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.UniqueConstraint(fields=('source', 'source_sequence'), name='transfer_source_sequence_once'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.UniqueConstraint(fields=('target', 'target_sequence'), name='transfer_target_sequence_once'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('kind__regex', '^[a-z][a-z_]*$')), name='transfer_kind_is_a_word'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('key', ''), _negated=True), name='transfer_has_a_key'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='transfer_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='transfer_moves'),
        ),
        migrations.RunSQL(BOOKS, BOOKS_AWAY),
    ]
