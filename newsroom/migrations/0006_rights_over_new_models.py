"""Groups that exist get their rights over organisations and menus; a new newsroom's are made with them."""

from typing import Any

from django.db import migrations

# (group, model, verbs), as newsroom/roles.py has them for a new newsroom.
RIGHTS = [
    ("Editor", "organisation", ("add", "change", "delete", "view")),
    ("Editor", "navigation", ("change",)),
    ("Author", "organisation", ("view",)),
    ("Newsletter manager", "organisation", ("view",)),
    ("Press officer", "organisation", ("view",)),
]
WORDS = {"organisation": "organisation", "navigation": "menus and footer"}


def grant(apps: Any, schema_editor: Any) -> None:
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for name, model, verbs in RIGHTS:
        group = Group.objects.filter(name=name).first()
        if group is None:
            continue
        content_type, _made = ContentType.objects.get_or_create(app_label="stories", model=model)
        for verb in verbs:
            # Django makes permissions only after the last migration, and leaves those alone that exist.
            permission, _made = Permission.objects.get_or_create(
                codename=f"{verb}_{model}",
                content_type=content_type,
                defaults={"name": f"Can {verb} {WORDS[model]}"},
            )
            group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("newsroom", "0005_blocks_of_an_article"),
        ("stories", "0002_page_types_and_corrections"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
