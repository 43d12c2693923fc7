"""One settings module. Every value comes from the environment; nonsense is refused at start."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from billing.money import AmountRefused, parse_amount
from marketplace.api.configuration import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401 - settings by these names

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = Path(env.str("TALLY_LOCAL_DIR", str(BASE_DIR / ".local")))

DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)
TESTING = "pytest" in sys.modules
CHECKING = "mypy" in sys.modules  # it reads the settings and serves nobody
SECRET_KEY = env.str("SECRET_KEY", "tests-only-not-a-secret" * 3 if TESTING or CHECKING else "")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
if not DEBUG and (len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith("django-insecure-")):
    raise ImproperlyConfigured(
        "SECRET_KEY: missing or too short to be secret. Give it at least 50 random characters, for example from "
        "`python3 -c 'import secrets; print(secrets.token_urlsafe(60))'`, and keep them."
    )
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
SECURE_SITE = SITE_URL.startswith("https://")
LOOPBACK = {"127.0.0.1", "localhost", "::1", "[::1]"}
ON_LOOPBACK = urlsplit(SITE_URL).hostname in LOOPBACK
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
for name in ("DEBUG", "DEMO"):
    # Both waive what keeps strangers out; neither may ever be reached by one.
    if env.bool(name, False) and not (ON_LOOPBACK and LOOPBACK.issuperset(ALLOWED_HOSTS)):
        raise ImproperlyConfigured(
            f"{name}: only for a site on this machine. SITE_URL is {SITE_URL}, ALLOWED_HOSTS is "
            f"{', '.join(ALLOWED_HOSTS)}; use 127.0.0.1, or turn {name} off."
        )

INSTALLED_APPS = [
    "marketplace",
    "qa",
    "annotation",
    "billing",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "marketplace.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "marketplace.key_calls.KeyCalls",  # the API's short way; what follows is for browsers
    "marketplace.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "marketplace.body_limits.BodyLimits",  # before the CSRF check, which reads forms with all their files
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "marketplace.devices.Devices",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
AUTH_USER_MODEL = "marketplace.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- data -----------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://postgres@127.0.0.1:5432/tally")}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL: Tally needs PostgreSQL (postgres://…); its rules live in the database.")
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", 600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# jit off: the hot statements are short; compiling them costs more than running them.
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c jit=off -c plan_cache_mode=force_generic_plan"
# Django's own cursors never prepare; `marketplace.statements` does, and only if the connection allows it at all.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 5

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "tally",
    }
}

# --- people ---------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "marketplace.pages.signup.RolesForm"
# Only where addresses are verified can sign-up treat a known address like a new one: no page tells who has an account.
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", "optional" if DEMO or DEBUG else "mandatory")
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True  # people are told when their password, addresses or second factor change
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Tally] "
# Admins, and requesters who pay in, need a second factor. Waived on the machine of one person only (see DEBUG, DEMO).
MFA_REQUIRED = not (DEMO or DEBUG)
# Whoever shares a device or payout account with somebody is kept out of some jobs; one person's machine has them all.
SHARING_PARTS = env.bool("SHARING_PARTS", not (DEMO or DEBUG or TESTING))
MFA_ADAPTER = "marketplace.second_factor.KeptEncrypted"
MFA_TOTP_ISSUER = "Tally"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14

vars().update(env.email("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Tally <tally@localhost>")

# --- language, time -------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(LOCAL_DIR / "static")))
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(LOCAL_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "marketplace.staticfiles.HashedStaticFiles"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG or TESTING
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nobody else's page needs our files
IMAGE_MAX_PIXELS = env.int("IMAGE_MAX_PIXELS", 100_000_000)
IMAGE_MAX_BYTES = env.int("IMAGE_MAX_BYTES", 50_000_000)
ANSWER_LIMITS = env.json("ANSWER_LIMITS", {})  # such as {"shapes": 500}: what differs from annotation.shapes.Limits
DATA_UPLOAD_MAX_NUMBER_FILES = 200
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000  # everything but files: an answer has 2 MB at most
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", 500_000_000)  # one request with pictures; more go into the next one
BODY_MAX_BYTES = 3_000_000  # any other request, files included
FILE_UPLOAD_PERMISSIONS = 0o640

# --- money ----------------------------------------------------------------------------------------------------------
CURRENCY = "USD"
PLATFORM_FEE_BPS = env.int("PLATFORM_FEE_BPS", 2000)
PLATFORM_NAME = env.str("PLATFORM_NAME", "Tally")  # who gives receipts
PLATFORM_ADDRESS = env.str("PLATFORM_ADDRESS", "", multiline=True)
PAYOUT_MINIMUM = env.str("PAYOUT_MINIMUM", "1.00")
PAYOUT_APPROVAL_ABOVE = env.str("PAYOUT_APPROVAL_ABOVE", "500.00")  # to one worker in 24 h: two admins agree
PAYOUT_FRESH_LOGIN_ABOVE = env.str("PAYOUT_FRESH_LOGIN_ABOVE", "100.00")
PAYOUT_CHANGE_HOLD_HOURS = env.int("PAYOUT_CHANGE_HOLD_HOURS", 24)  # after where the money goes was changed
# What a requester's money pays waits until their first deposit is this old at the bank. Play money waits for nothing.
RISK_HOLD_DAYS = env.int("RISK_HOLD_DAYS", 0 if DEMO or DEBUG or TESTING else 7)
GOODWILL_LIMIT = env.str("GOODWILL_LIMIT", "100.00")
FAIR_PAY_HOURLY = env.str("FAIR_PAY_HOURLY", "8.00")
BILLING_GATEWAY = env.str("BILLING_GATEWAY", "sandbox")
STRIPE_API_KEY = env.str("STRIPE_API_KEY", "sk_test_sandbox")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "http://127.0.0.1:8001")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "whsec_sandbox")  # several, separated by commas, all hold
STRIPE_COUNTRY = env.str("STRIPE_COUNTRY", "US")  # where the platform's account at Stripe is
WEBHOOK_MAX_BYTES = env.int("WEBHOOK_MAX_BYTES", 256_000)
# Empty: the table of billing/reach.py. By hand pays the operator's own bank: codes, or * for whatever is left.
PAYOUT_CONNECT_COUNTRIES = env.list("PAYOUT_CONNECT_COUNTRIES", default=[])
PAYOUT_MANUAL_COUNTRIES = env.list("PAYOUT_MANUAL_COUNTRIES", default=["*"] if BILLING_GATEWAY == "sandbox" else [])
for name in ("PAYOUT_CHANGE_HOLD_HOURS", "RISK_HOLD_DAYS"):
    if not 0 <= vars()[name] <= 720:
        raise ImproperlyConfigured(f"{name}: {vars()[name]} is not between 0 and 720.")
for name in ("PAYOUT_CONNECT_COUNTRIES", "PAYOUT_MANUAL_COUNTRIES"):
    if any(code != "*" and not (len(code) == 2 and code.isascii() and code.isupper()) for code in vars()[name]):
        raise ImproperlyConfigured(f"{name}: {vars()[name]} are not countries in two capital letters each.")
AMOUNTS = ("PAYOUT_MINIMUM", "PAYOUT_APPROVAL_ABOVE", "PAYOUT_FRESH_LOGIN_ABOVE", "GOODWILL_LIMIT", "FAIR_PAY_HOURLY")
for name in AMOUNTS:
    try:
        parse_amount(vars()[name], field=name)
    except AmountRefused as refused:
        raise ImproperlyConfigured(str(refused)) from None
if BILLING_GATEWAY not in {"sandbox", "stripe"}:
    raise ImproperlyConfigured(f"BILLING_GATEWAY: {BILLING_GATEWAY!r} is not one of sandbox, stripe.")
if BILLING_GATEWAY == "stripe" and not all(env.str(name, "") for name in ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET")):
    raise ImproperlyConfigured("STRIPE_API_KEY, STRIPE_WEBHOOK_SECRET: BILLING_GATEWAY=stripe needs both.")
if not (len(STRIPE_COUNTRY) == 2 and STRIPE_COUNTRY.isascii() and STRIPE_COUNTRY.isupper()):
    raise ImproperlyConfigured(f"STRIPE_COUNTRY: {STRIPE_COUNTRY!r} is not a country in two capital letters.")
if "whsec_sandbox" in STRIPE_WEBHOOK_SECRET.replace(" ", "").split(",") and not (ON_LOOPBACK or TESTING or CHECKING):
    raise ImproperlyConfigured("STRIPE_WEBHOOK_SECRET: everybody knows the default; whoever does can forge payments.")
if not 0 <= PLATFORM_FEE_BPS <= 5000:
    raise ImproperlyConfigured(f"PLATFORM_FEE_BPS: {PLATFORM_FEE_BPS} is not between 0 and 5000 basis points.")
CHECKOUT_ORIGIN = STRIPE_API_BASE if BILLING_GATEWAY == "sandbox" else "https://checkout.stripe.com"
ONBOARDING_ORIGIN = STRIPE_API_BASE if BILLING_GATEWAY == "sandbox" else "https://connect.stripe.com"

# --- work -----------------------------------------------------------------------------------------------------------
LEASE_SECONDS = env.int("LEASE_SECONDS", 1800)
APPEAL_DAYS = env.int("APPEAL_DAYS", 7)
APPEAL_ANSWER_DAYS = env.int("APPEAL_ANSWER_DAYS", 7)
for name, days in (("APPEAL_DAYS", APPEAL_DAYS), ("APPEAL_ANSWER_DAYS", APPEAL_ANSWER_DAYS)):
    if not 1 <= days <= 30:
        raise ImproperlyConfigured(f"{name}: {days} is not between 1 and 30 days.")

# --- background work ------------------------------------------------------------------------------------------------
# Celery calls the number of the database on a socket virtual_host and passes over db.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Above the longest background task; the default recovery after a killed worker is about 100 s, these two make it 1 s.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
}
SWEEP_SECONDS = env.float("SWEEP_SECONDS", 10.0)
CELERY_BEAT_SCHEDULE = {
    # A sweep that found no free hands until the next is due is dropped: behind a long one they would pile up.
    "sweep": {
        "task": "marketplace.background.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "tidy": {"task": "marketplace.background.tidy", "schedule": 3600.0},
}

# --- security -------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, CHECKOUT_ORIGIN, ONBOARDING_ORIGIN],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = SECURE_SITE and env.bool("SECURE_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SITE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SITE
SECURE_HSTS_PRELOAD = SECURE_SITE
# BEHIND_PROXY: a proxy of ours is in front, which sets X-Forwarded-Proto and appends to X-Forwarded-For, whatever the
# client sent. Without it both headers are anybody's words and are not read.
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 1) if BEHIND_PROXY else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SITE
SESSION_COOKIE_HTTPONLY = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
    "loggers": {"tally": {"level": env.str("LOG_LEVEL", "INFO")}},
}
