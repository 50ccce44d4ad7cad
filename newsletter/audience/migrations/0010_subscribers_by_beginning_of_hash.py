from django.db import migrations, models

from newsletter.audience.models.address_hashes import HashBeginning


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
    ]
