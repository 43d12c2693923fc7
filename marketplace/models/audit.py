"""Who did what: one row for every admin, money, role and decision action, never changed afterwards."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class AuditEntry(models.Model):
    """One action. `before` and `after` hold only what changed; `actor` is null when the platform acted by itself."""

    # PROTECT: forgetting the actor would be an UPDATE, and these rows take none. People are deactivated, not deleted.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="audit_entries"
    )
    action = models.CharField(max_length=60, help_text="Noun and verb, e.g. job.published.")
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    before = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    address = models.GenericIPAddressField(null=True, blank=True, help_text="Where the request came from.")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_by_object"),
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
        ]
        constraints = [models.CheckConstraint(condition=~models.Q(action=""), name="audit_action_is_named")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"


# For the migration that makes the table: migrations.RunSQL(APPEND_ONLY_SQL, REVERSE_SQL).
APPEND_ONLY_SQL = """
CREATE FUNCTION marketplace_auditentry_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER marketplace_auditentry_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON marketplace_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION marketplace_auditentry_append_only();
"""
REVERSE_SQL = """
DROP TRIGGER IF EXISTS marketplace_auditentry_append_only ON marketplace_auditentry;
DROP FUNCTION IF EXISTS marketplace_auditentry_append_only();
"""

# Of people who have left, where they acted from and what their keys were called may be removed, and nothing else.
FORGETS_SQL = """
DROP TRIGGER marketplace_auditentry_append_only ON marketplace_auditentry;
CREATE TRIGGER marketplace_auditentry_append_only BEFORE DELETE OR TRUNCATE ON marketplace_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION marketplace_auditentry_append_only();
CREATE FUNCTION marketplace_auditentry_forgets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.actor_id, NEW.action, NEW.object_type, NEW.object_id, NEW.created_at)
            IS NOT DISTINCT FROM (OLD.id, OLD.actor_id, OLD.action, OLD.object_type, OLD.object_id, OLD.created_at)
        AND (NEW.address IS NULL OR NEW.address IS NOT DISTINCT FROM OLD.address)
        AND NEW.before IN (OLD.before, OLD.before - 'name') AND NEW.after IN (OLD.after, OLD.after - 'name')
        AND EXISTS (SELECT FROM marketplace_user u WHERE u.left_at IS NOT NULL
                    AND (u.id = OLD.actor_id OR u.id::text IN (OLD.before ->> 'user', OLD.after ->> 'user')))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit entries are append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER marketplace_auditentry_forgets BEFORE UPDATE ON marketplace_auditentry
    FOR EACH ROW EXECUTE FUNCTION marketplace_auditentry_forgets();
"""
FORGETS_REVERSE_SQL = """
DROP TRIGGER marketplace_auditentry_forgets ON marketplace_auditentry;
DROP FUNCTION marketplace_auditentry_forgets();
DROP TRIGGER marketplace_auditentry_append_only ON marketplace_auditentry;
CREATE TRIGGER marketplace_auditentry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON marketplace_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION marketplace_auditentry_append_only();
"""
