"""Settings of the newsroom. Values come from newsroom/settings/environment.py; see docs/settings.md."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from newsroom.settings.environment import BASE_DIR, anymail_settings, env, read_dotenv

read_dotenv()

VAR_DIR = Path(env("VAR_DIR")).resolve() if env("VAR_DIR") else BASE_DIR / "var"
VAR_DIR.mkdir(parents=True, exist_ok=True)

# --- Keys and addresses -------------------------------------------------------------------------
SECRET_KEY = env("SECRET_KEY")
# Signs what subscribers hold in their mailboxes for years. It is apart from SECRET_KEY, because
# changing SECRET_KEY must not kill every unsubscribe link and every do-not-mail entry.
SUBSCRIBER_KEY = env("SUBSCRIBER_KEY")
for _name, _key in (("SECRET_KEY", SECRET_KEY), ("SUBSCRIBER_KEY", SUBSCRIBER_KEY)):
    if len(_key) < 32:
        raise ImproperlyConfigured(
            f"{_name} is missing or shorter than 32 characters. `make .env` writes a file with fresh keys."
        )

DEBUG = env("DEBUG")
BASE_URL = env("BASE_URL").rstrip("/")
_base = urlsplit(BASE_URL)
if _base.scheme not in {"http", "https"} or not _base.hostname:
    raise ImproperlyConfigured(f"BASE_URL must be an http or https address, not {BASE_URL!r}.")
ALLOWED_HOSTS = [_base.hostname, "localhost", "127.0.0.1", "[::1]", *env("EXTRA_HOSTS")]
TRUSTED_PROXIES = env("TRUSTED_PROXIES")
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]
if _base.scheme == "https":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 30
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"  # the editor's preview pane is a frame of our own

# --- Applications -------------------------------------------------------------------------------
INSTALLED_APPS = [
    "newsroom.apps.NewsroomConfig",
    "stories.apps.StoriesConfig",
    "stories.feeds.apps.FeedsConfig",
    "stories.finding.apps.FindingConfig",
    "stories.wordpress.apps.WordPressConfig",
    "newsletter.audience.apps.AudienceConfig",
    "newsletter.editions.apps.EditionsConfig",
    "newsletter.sending.apps.SendingConfig",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.contrib.sitemaps",
    "wagtail.contrib.typed_table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.locales",
    "wagtail",
    "taggit",
    "modelcluster",
    "django_filters",
    "anymail",
    "django_tasks",
    "django_tasks_db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "newsroom.page_cache.middleware.PageCacheMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "newsroom.routing.RoutingMiddleware",
    "stories.quality.refusals.RefusalMiddleware",
]

ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"
AUTH_USER_MODEL = "newsroom.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = [
    # Strict Transport Security for subdomains, and the browsers' preload list, bind sites that are not ours.
    "security.W005",
    "security.W021",
    # The next four follow from BASE_URL, about which newsroom.W001 and W002 say what to do; the fifth is newsroom.W009.
    "security.W004",
    "security.W008",
    "security.W012",
    "security.W016",
    "security.W018",
    # The editor's preview pane is a frame of our own.
    "security.W019",
]

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
                "wagtail.contrib.settings.context_processors.settings",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------------------------
# No ATOMIC_REQUESTS: with IMMEDIATE transactions a reader would wait behind every writer.
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url_config(env("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'newsroom.sqlite3'}")
}
# Kept from one request or task to the next: to open SQLite's file anew costs several times an empty task.
DATABASES["default"]["CONN_MAX_AGE"] = 60
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 60,
        # 8 MB of cache, and a checkpoint every 16 MB: freezing a large audience sorts it, and an import writes
        # indexes out of order. A second thread merges what is sorted.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
            "PRAGMA cache_size=-8000; PRAGMA wal_autocheckpoint=4000; PRAGMA threads=1;"
        ),
    }
    # A file, not memory: WAL and a second process behave as in production.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Making machine code of a query over a long list takes longer than it saves: a tenth of a second.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")

# --- Background tasks ---------------------------------------------------------------------------
# Confirmation mails have a queue of their own, so that nobody waits behind a mailing.
_QUEUES = ["default", "confirmations", "mailings"]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": _QUEUES}}
TASKS_URL = env("TASKS_URL")
if TASKS_URL:
    if urlsplit(TASKS_URL).scheme not in {"redis", "rediss", "unix"}:
        # The address itself may hold a password.
        raise ImproperlyConfigured("TASKS_URL must begin with redis://, rediss:// or unix://, or be empty.")
    INSTALLED_APPS.append("django_rq")
    TASKS["default"]["BACKEND"] = "django_tasks_rq.RQBackend"
    RQ_QUEUES = {
        name: {"URL": TASKS_URL, "QUEUE_CLASS": "newsroom.redis_queue.CommittedQueue", "SERIALIZER": "json"}
        for name in _QUEUES
    }

# --- Page cache ---------------------------------------------------------------------------------
PAGE_CACHE_MB = env("PAGE_CACHE_MB")
CACHE_URL = env("CACHE_URL")
if CACHE_URL and urlsplit(CACHE_URL).scheme not in {"redis", "rediss", "unix"}:
    raise ImproperlyConfigured("CACHE_URL must begin with redis://, rediss:// or unix://, or be empty.")

# --- Languages ----------------------------------------------------------------------------------
_LANGUAGE_NAMES = {"en": _("English"), "es": _("Spanish"), "fr": _("French")}
_unknown_languages = [code for code in env("NEWSROOM_LANGUAGES") if code not in _LANGUAGE_NAMES]
if _unknown_languages or not env("NEWSROOM_LANGUAGES"):
    raise ImproperlyConfigured(
        f"NEWSROOM_LANGUAGES may name {', '.join(_LANGUAGE_NAMES)}; "
        f"it names {', '.join(_unknown_languages) or 'nothing'}."
    )
LANGUAGE_CODE = env("NEWSROOM_LANGUAGES")[0]
LANGUAGES = [(code, _LANGUAGE_NAMES[code]) for code in env("NEWSROOM_LANGUAGES")]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = list(_LANGUAGE_NAMES.items())
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env("TIME_ZONE")
USE_I18N = True
USE_TZ = True
WAGTAIL_I18N_ENABLED = True
WAGTAILSIMPLETRANSLATION_SYNC_PAGE_TREE = False

# --- Files --------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
# Uploaded lists of people, while they are being imported: outside of what is ever served.
IMPORTS_DIR = VAR_DIR / "imports"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# --- Wagtail ------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "Newsroom"
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAILADMIN_COMMENTS_ENABLED = True
WAGTAIL_ENABLE_UPDATE_CHECK = False  # it would tell somebody else's server that this one is there
WAGTAILIMAGES_IMAGE_MODEL = "stories.CreditedImage"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 15 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 50_000_000
WAGTAILDOCS_EXTENSIONS = [
    "csv",
    "docx",
    "odt",
    "ods",
    "odp",
    "pdf",
    "pptx",
    "txt",
    "xlsx",
    "zip",
    "mp3",
    "ogg",
    "opus",
    "m4a",
    "epub",
]
WAGTAILDOCS_MAX_UPLOAD_SIZE = 25 * 1024 * 1024
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "stories.finding.search_backend"}}
WAGTAIL_FINISH_WORKFLOW_ACTION = "newsroom.approval.publish_approved_revision"
WAGTAILEMBEDS_RESPONSIVE_HTML = True
WAGTAIL_GRAVATAR_PROVIDER_URL = None  # an avatar service would see who edits here

# --- Mail ---------------------------------------------------------------------------------------
# MAIL names where mail goes: "mailbox" (a Maildir on this machine, nothing leaves it), "smtp", or
# an Anymail ESP by the module name its documentation gives, such as "mailgun".
MAIL = env("MAIL").lower()
EMAIL_BACKEND = {
    "mailbox": "newsletter.sending.mailbox.backend.EmailBackend",
    "smtp": "newsletter.sending.smtp.EmailBackend",
    # Anymail's, each with what it lacks for mailings; docs/mail-services.md.
    "amazon_ses": "newsletter.sending.dialects.amazon_ses.EmailBackend",
    "brevo": "newsletter.sending.dialects.brevo.EmailBackend",
    "mailgun": "newsletter.sending.dialects.mailgun.EmailBackend",
    "mailjet": "newsletter.sending.dialects.mailjet.EmailBackend",
    "mailtrap": "newsletter.sending.dialects.mailtrap.EmailBackend",
    "postmark": "newsletter.sending.dialects.postmark.EmailBackend",
    "resend": "newsletter.sending.dialects.resend.EmailBackend",
    "sendgrid": "newsletter.sending.dialects.sendgrid.EmailBackend",
    "sparkpost": "newsletter.sending.dialects.sparkpost.EmailBackend",
}.get(MAIL, f"anymail.backends.{MAIL}.EmailBackend")
MAILBOX_DIR = VAR_DIR / "mailbox"
ANYMAIL = anymail_settings()
DEFAULT_FROM_EMAIL = SERVER_EMAIL = WAGTAILADMIN_NOTIFICATION_FROM_EMAIL = env("MAIL_FROM")
EMAIL_HOST = env("EMAIL_HOST")
EMAIL_PORT = env("EMAIL_PORT")
EMAIL_HOST_USER = env("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env("EMAIL_USE_TLS")
EMAIL_USE_SSL = env("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 30
BOUNCE_ADDRESS = env("BOUNCE_ADDRESS")
BOUNCE_MAILBOX = env("BOUNCE_MAILBOX")

# --- Feeds --------------------------------------------------------------------------------------
WEBSUB_HUB_URL = env("WEBSUB_HUB_URL")

# --- People who log in --------------------------------------------------------------------------
LOGIN_URL = "wagtailadmin_login"
LOGIN_REDIRECT_URL = "wagtailadmin_home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "faults": {"class": "logging.StreamHandler", "formatter": "line", "level": "WARNING"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "newsletter": {"level": "INFO"},
        "newsroom": {"level": "INFO"},
        "stories": {"level": "INFO"},
        # Two lines for every task otherwise; the worker sets its loggers' own level.
        "django_tasks": {"handlers": ["faults"], "propagate": False},
        "django_tasks_db": {"handlers": ["faults"], "propagate": False},
    },
}
