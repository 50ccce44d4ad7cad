from django.db import migrations, models

from newsletter.audience.models.address_hashes import HashBeginning


class Migration(migrations.Migration):
    dependencies = [
        ("audience", "0008_next_edition"),
    ]

    operations = [
        migrations.AlterField(
            model_name="subscriptionevent",
            name="address_hash",
            field=models.CharField(max_length=64),
        ),
        migrations.AddIndex(
            model_name="subscriptionevent",
            index=models.Index(HashBeginning("address_hash"), name="evidence_by_address"),
        ),
    ]
