import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audience", "0002_second_person_pauses_and_limits"),
        ("editions", "0001_initial"),
        ("sending", "0002_pace_and_attempts"),
        ("wagtailcore", "0098_apitoken"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="mailing",
            name="mailing_state_known",
        ),
        migrations.RemoveConstraint(
            model_name="mailing",
            name="one_open_mailing_per_edition",
        ),
        migrations.RemoveConstraint(
            model_name="variant",
            name="one_variant_per_language_and_segments",
        ),
        migrations.AddField(
            model_name="mailing",
            name="confirmed_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="confirmed by",
            ),
        ),
        migrations.AddField(
            model_name="mailing",
            name="segments_seen",
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AddField(
            model_name="variant",
            name="for_others",
            field=models.BooleanField(default=False, verbose_name="for readers of other languages"),
        ),
        migrations.AlterField(
            model_name="mailing",
            name="state",
            field=models.CharField(
                choices=[
                    ("asked", "waiting for a second person"),
                    ("scheduled", "scheduled"),
                    ("preparing", "preparing"),
                    ("sending", "sending"),
                    ("paused", "paused"),
                    ("sent", "sent"),
                    ("cancelled", "cancelled"),
                ],
                default="preparing",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["asked", "scheduled", "preparing", "sending", "paused", "sent", "cancelled"],
                    )
                ),
                name="mailing_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="mailing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["asked", "scheduled", "preparing", "sending", "paused"])),
                fields=("edition",),
                name="one_open_mailing_per_edition",
            ),
        ),
        migrations.AddConstraint(
            model_name="variant",
            constraint=models.UniqueConstraint(
                fields=("mailing", "language", "shown_segments", "for_others"),
                name="one_variant_per_language_and_segments",
            ),
        ),
    ]
