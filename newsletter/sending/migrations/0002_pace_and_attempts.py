from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sending", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sender",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("domain", models.CharField(max_length=253, unique=True, verbose_name="domain")),
                (
                    "per_second",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Leave empty for no limit.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="people per second",
                    ),
                ),
                (
                    "per_minute",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Leave empty for no limit.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="people per minute",
                    ),
                ),
                (
                    "per_hour",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Leave empty for no limit.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="people per hour",
                    ),
                ),
                (
                    "per_day",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Leave empty for no limit.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="people per day",
                    ),
                ),
                (
                    "warm_up_from",
                    models.DateField(
                        blank=True,
                        help_text="A domain that is new to sending begins small and grows day by day. Empty: no warming up.",
                        null=True,
                        verbose_name="warm up from",
                    ),
                ),
                (
                    "warm_up_first_day",
                    models.PositiveIntegerField(
                        default=200,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="people on the first day",
                    ),
                ),
                (
                    "warm_up_growth",
                    models.PositiveIntegerField(
                        default=50,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(900),
                        ],
                        verbose_name="growth each day, in percent",
                    ),
                ),
                (
                    "halt_rejected",
                    models.DecimalField(
                        decimal_places=1,
                        default=Decimal("5.0"),
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.1")),
                            django.core.validators.MaxValueValidator(Decimal("100")),
                        ],
                        verbose_name="stop at so many percent rejected",
                    ),
                ),
                (
                    "halt_complained",
                    models.DecimalField(
                        decimal_places=1,
                        default=Decimal("0.3"),
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.1")),
                            django.core.validators.MaxValueValidator(Decimal("100")),
                        ],
                        verbose_name="stop at so many percent marked as spam",
                    ),
                ),
                (
                    "held_until",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="held until"),
                ),
                ("held_because", models.TextField(blank=True, editable=False, verbose_name="why")),
            ],
            options={
                "verbose_name": "sending domain",
                "verbose_name_plural": "sending domains",
                "ordering": ["domain"],
            },
        ),
        migrations.CreateModel(
            name="SenderSlot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("second", models.DateTimeField()),
                ("people", models.PositiveIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="batch",
            name="begun_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="batch",
            name="is_repeat",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="mailing",
            name="retry_of",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="retries",
                to="sending.mailing",
                verbose_name="second try of",
            ),
        ),
        migrations.AddField(
            model_name="mailing",
            name="tolerated_complaints",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="mailing",
            name="tolerated_rejections",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddIndex(
            model_name="deliveryevent",
            index=models.Index(fields=["address_hash", "received_at"], name="event_history_of_address"),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_repeat", False),
                    models.Q(("attempt_key__isnull", False), ("begun_at__isnull", False)),
                    _connector="OR",
                ),
                name="repeated_batch_has_a_key",
            ),
        ),
        migrations.AddField(
            model_name="senderslot",
            name="sender",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="slots", to="sending.sender"
            ),
        ),
        migrations.AddConstraint(
            model_name="senderslot",
            constraint=models.UniqueConstraint(fields=("sender", "second"), name="one_slot_per_second"),
        ),
    ]
