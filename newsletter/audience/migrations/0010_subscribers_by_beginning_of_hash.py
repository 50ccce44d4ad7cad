from django.db import migrations, models

from newsletter.audience.models.address_hashes import HashBeginning


def gather_statistics(apps, schema_editor):
    """PostgreSQL has none of an index on an expression until it looks at the table the next time."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ANALYZE audience_subscriber, audience_subscriptionevent")


class Migration(migrations.Migration):
    dependencies = [
        ("audience", "0009_evidence_by_beginning_of_hash"),
    ]

    operations = [
        migrations.AlterField(
            model_name="subscriber",
            name="address_hash",
            field=models.CharField(editable=False, max_length=64),
        ),
        migrations.AddIndex(
            model_name="subscriber",
            index=models.Index(HashBeginning("address_hash"), name="subscriber_by_address_hash"),
        ),
        migrations.RunPython(gather_statistics, migrations.RunPython.noop),
    ]
