"""Parts of the audit, by what they are about; `billing.reconcile` runs them all."""
