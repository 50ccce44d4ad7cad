import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audience", "0003_segment_exceptions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SubscriberImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("file_name", models.CharField(max_length=200, verbose_name="file")),
                ("file_kind", models.CharField(blank=True, max_length=12, verbose_name="format")),
                ("mapping", models.JSONField(default=dict)),
                (
                    "assumed",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("subscribed", "subscribed"),
                            ("unsubscribed", "unsubscribed"),
                            ("staff", "on the do-not-mail list"),
                        ],
                        max_length=12,
                        verbose_name="rows without a status are",
                    ),
                ),
                (
                    "joins_as",
                    models.CharField(
                        choices=[
                            ("confirmed", "They have agreed: they get the next edition."),
                            ("pending", "Ask each of them first, by a mail with a link to confirm."),
                        ],
                        default="confirmed",
                        max_length=9,
                        verbose_name="subscribed people",
                    ),
                ),
                ("consent", models.TextField(blank=True, verbose_name="how these people gave their consent")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "waits for its columns"),
                            ("checking", "being checked"),
                            ("checked", "checked; nothing is on the list yet"),
                            ("importing", "being imported"),
                            ("stopped", "stopped"),
                            ("imported", "imported"),
                            ("undoing", "being undone"),
                            ("undone", "undone"),
                            ("failed", "could not be read"),
                        ],
                        default="uploaded",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("rows", models.PositiveIntegerField(null=True)),
                ("report", models.JSONField(default=dict)),
                ("fault", models.TextField(blank=True, verbose_name="why it stopped")),
                ("owner", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="uploaded on")),
                ("started_at", models.DateTimeField(null=True, verbose_name="import began")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "newsletter",
                    models.ForeignKey(
                        help_text="The one these people join.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="audience.newsletter",
                        verbose_name="newsletter",
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ["-pk"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ImportedChunk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("written_at", models.DateTimeField()),
                ("journal", models.JSONField(default=dict)),
                ("to_ask", models.JSONField(default=list)),
                (
                    "subscriber_import",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="audience.subscriberimport",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="subscriberimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "uploaded",
                            "checking",
                            "checked",
                            "importing",
                            "stopped",
                            "imported",
                            "undoing",
                            "undone",
                            "failed",
                        ],
                    )
                ),
                name="import_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriberimport",
            constraint=models.CheckConstraint(
                condition=models.Q(("joins_as__in", ["confirmed", "pending"])), name="import_joins_as_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriberimport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["importing", "stopped", "imported"]), _negated=True),
                    models.Q(("consent", ""), _negated=True),
                    _connector="OR",
                ),
                name="import_says_how_people_consented",
            ),
        ),
        migrations.AddConstraint(
            model_name="importedchunk",
            constraint=models.UniqueConstraint(
                fields=("subscriber_import", "position"), name="imported_chunk_once"
            ),
        ),
    ]
