"""The check of new transfers asks once for each pair of accounts among them, not once for each transfer."""

from __future__ import annotations

from django.db import migrations

CHECK = """
CREATE OR REPLACE FUNCTION billing_check_transfers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE fault text;
BEGIN
    SELECT format('transfer %s: its accounts do not exist, differ in currency, or miss a sequence', f.name)
    INTO fault
    FROM (
        SELECT source_id, target_id, currency, source_sequence IS NULL AS source_loose,
            target_sequence IS NULL AS target_loose, min(kind || ' ' || key) AS name
        FROM fresh GROUP BY 1, 2, 3, 4, 5
    ) f
    LEFT JOIN billing_account s ON s.id = f.source_id
    LEFT JOIN billing_account t ON t.id = f.target_id
    WHERE s.id IS NULL OR t.id IS NULL OR s.currency <> f.currency OR t.currency <> f.currency
        OR (s.balance IS NULL) <> f.source_loose OR (t.balance IS NULL) <> f.target_loose
    LIMIT 1;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION '%', fault USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION billing_check_transfers() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_refunds_told_early_and_by_two")]
    operations = [migrations.RunSQL(CHECK, BEFORE)]
