from django.db import migrations, models

import newsletter.audience.models.newsletters


class Migration(migrations.Migration):
    dependencies = [
        ("audience", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.AddField(
            model_name="newsletter",
            name="needs_second_person",
            field=models.BooleanField(
                default=False,
                help_text="Whoever presses Send asks; somebody else who may send has to agree.",
                verbose_name="a second person confirms each sending",
            ),
        ),
        migrations.AddField(
            model_name="newsletter",
            name="time_zone",
            field=models.CharField(
                choices=newsletter.audience.models.newsletters.time_zones,
                default=newsletter.audience.models.newsletters.default_time_zone,
                help_text="Planned sendings are given in this zone's time.",
                max_length=64,
                verbose_name="time zone",
            ),
        ),
        migrations.AddField(
            model_name="segment",
            name="senders",
            field=models.ManyToManyField(
                blank=True,
                help_text="Leave empty to let everybody who may send choose this segment.",
                related_name="+",
                to="auth.group",
                verbose_name="who may send to it",
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="paused_until",
            field=models.DateField(blank=True, null=True, verbose_name="pause until"),
        ),
        migrations.CreateModel(
            name="RequestCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=64)),
                ("window", models.DateTimeField()),
                ("count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "default_permissions": (),
                "indexes": [models.Index(fields=["window"], name="audience_re_window_583e34_idx")],
                "constraints": [
                    models.UniqueConstraint(fields=("key", "window"), name="one_count_per_window")
                ],
            },
        ),
    ]
