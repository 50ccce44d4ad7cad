"""A newsroom that was set up before organisations and menus existed."""

import importlib

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

pytestmark = pytest.mark.django_db

migration = importlib.import_module("newsroom.migrations.0006_rights_over_new_models")


def codenames(group: str) -> set[str]:
    return set(Group.objects.get(name=group).permissions.values_list("codename", flat=True))


def test_groups_that_exist_get_their_rights_and_a_deleted_group_stays_deleted() -> None:
    made = Permission.objects.filter(codename__endswith="_organisation") | Permission.objects.filter(
        codename="change_navigation"
    )
    before = {name: codenames(name) for name in ("Editor", "Author", "Newsletter manager")}
    made.delete()
    Group.objects.get(name="Press officer").delete()
    assert "add_organisation" not in codenames("Editor")
    migration.grant(apps, None)
    migration.grant(apps, None)
    assert {name: codenames(name) for name in before} == before
    assert not Group.objects.filter(name="Press officer").exists()
