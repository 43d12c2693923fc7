from django.apps import AppConfig


class QAConfig(AppConfig):
    name = "qa"
    verbose_name = "Judging"
    default_auto_field = "django.db.models.BigAutoField"
