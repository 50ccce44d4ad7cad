"""Who may do what: four groups, and the editors' review that an author's piece goes through.

They are made once, when they are missing. What an administrator changes afterwards stays changed: a group that
exists is never given anything again. A later release that needs a new right for a group adds it in a migration.
"""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Task,
    Workflow,
    WorkflowPage,
    WorkflowTask,
)

from newsletter.editions.models import NewsletterPage


@dataclass(frozen=True)
class Role:
    """A group. `name` identifies it for ever; `label` is what the screen says.

    `pages` and `collections` are rights over the whole tree, `models` over the records of a model; all of them
    read "app label.codename".
    """

    name: str
    label: str | Promise
    pages: tuple[str, ...] = ()
    newsletter_pages: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    @property
    def permissions(self) -> set[str]:
        return {*self.pages, *self.newsletter_pages, *self.collections, *self.models}


def _all_on(app_label: str, *models: str) -> tuple[str, ...]:
    return tuple(
        f"{app_label}.{verb}_{model}" for model in models for verb in ("add", "change", "delete", "view")
    )


def _view(app_label: str, *models: str) -> tuple[str, ...]:
    return tuple(f"{app_label}.view_{model}" for model in models)


# To add a page or a picture is to edit and delete one's own, and no one else's.
_CONTRIBUTE = tuple(
    f"{app_label}.{verb}_{model}"
    for app_label, model in (("wagtailimages", "image"), ("wagtaildocs", "document"))
    for verb in ("add", "choose")
)
_KEEP_FILES = (*_CONTRIBUTE, "wagtailimages.change_image", "wagtaildocs.change_document")
_EDIT = ("wagtailcore.add_page", "wagtailcore.change_page")
_ADMIN = "wagtailadmin.access_admin"
_TERMS = ("topic", "place", "author", "organisation")

ROLES = {
    role.name: role
    for role in [
        Role(
            "Author",
            _("Author"),
            pages=("wagtailcore.add_page",),
            collections=_CONTRIBUTE,
            models=(_ADMIN, *_view("stories", *_TERMS)),
        ),
        Role(
            "Editor",
            _("Editor"),
            pages=(
                *_EDIT,
                *(f"wagtailcore.{verb}_page" for verb in ("publish", "lock", "unlock", "bulk_delete")),
            ),
            collections=(*_KEEP_FILES, "wagtailimages.delete_image", "wagtaildocs.delete_document"),
            models=(
                _ADMIN,
                *_all_on("stories", *_TERMS),
                *_all_on("wagtailcore", "collection"),
                *_all_on("wagtailredirects", "redirect"),
                "simple_translation.submit_translation",
                "stories.change_navigation",
            ),
        ),
        Role(
            "Newsletter manager",
            _("Newsletter manager"),
            newsletter_pages=(
                *_EDIT,
                *(f"wagtailcore.{verb}_page" for verb in ("publish", "lock", "unlock")),
            ),
            collections=_KEEP_FILES,
            models=(
                _ADMIN,
                *_all_on("audience", "newsletter", "segment", "subscriber", "subscription", "suppression"),
                *_view("audience", "topicchoice", "subscriptionevent"),
                *_view("editions", "archivededition"),
                *_all_on("editions", "editionnote"),
                "sending.add_mailing",
                "sending.change_mailing",
                "sending.change_batch",
                "sending.add_sender",
                "sending.change_sender",
                *_view("sending", "mailing", "variant", "batch", "delivery", "deliveryevent", "sender"),
                *_view("stories", *_TERMS),
                "simple_translation.submit_translation",
            ),
        ),
        Role(
            "Press officer",
            _("Press officer"),
            pages=(*_EDIT, "wagtailcore.publish_page"),
            collections=_KEEP_FILES,
            # Wagtail shows a setting only to those who may change it; the boilerplate is the press office's text.
            models=(
                _ADMIN,
                *_view("stories", *_TERMS, "siteidentity"),
                "stories.change_siteidentity",
            ),
        ),
    ]
}


@transaction.atomic
def create_missing_roles() -> None:
    """Makes the groups and the workflow that do not exist; does nothing until everything they need does."""
    missing = ROLES.keys() - set(Group.objects.filter(name__in=ROLES).values_list("name", flat=True))
    root = Page.get_first_root_node()
    if not missing or root is None:
        return
    permissions = _permissions(set().union(*(role.permissions for role in ROLES.values())))
    if permissions is None:
        return
    if missing == ROLES.keys():
        _remove_stock_groups_and_workflow()
    for role in (ROLES[name] for name in ROLES if name in missing):
        _create(role, root=root, permissions=permissions)
    _create_editors_review(root)


def let_newsletter_managers_edit(page: NewsletterPage) -> None:
    """A newsletter's page and the editions below it are the newsletter managers' own."""
    group = Group.objects.filter(name="Newsletter manager").first()
    wanted = ROLES["Newsletter manager"].newsletter_pages
    permissions = _permissions(set(wanted))
    if group and permissions:
        _grant_on_page(group, page, [permissions[name] for name in wanted])


def _permissions(names: set[str]) -> dict[str, Permission] | None:
    """By "app label.codename"; None while one is missing, as long as Django has not made them all."""
    condition = Q()
    for name in names:
        app_label, codename = name.split(".")
        condition |= Q(content_type__app_label=app_label, codename=codename)
    found = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.filter(condition).select_related("content_type")
    }
    return found if found.keys() == names else None


def _create(role: Role, *, root: Page, permissions: dict[str, Permission]) -> None:
    group = Group.objects.create(name=role.name)
    group.permissions.set([permissions[name] for name in role.models])
    _grant_on_page(group, root, [permissions[name] for name in role.pages])
    for page in NewsletterPage.objects.all() if role.newsletter_pages else ():
        _grant_on_page(group, page, [permissions[name] for name in role.newsletter_pages])
    everywhere = Collection.get_first_root_node()
    for name in role.collections:
        GroupCollectionPermission.objects.create(
            group=group, collection=everywhere, permission=permissions[name]
        )


def _grant_on_page(group: Group, page: Page, permissions: list[Permission]) -> None:
    for permission in permissions:
        GroupPagePermission.objects.get_or_create(group=group, page_id=page.pk, permission=permission)


def _create_editors_review(root: Page) -> None:
    editors = Group.objects.get(name="Editor")
    if GroupApprovalTask.objects.filter(groups=editors).exists():
        return
    with translation.override(settings.LANGUAGE_CODE):
        name = gettext("Editors' review")
    task = GroupApprovalTask.objects.create(name=name)
    task.groups.add(editors)
    workflow = Workflow.objects.create(name=name)
    WorkflowTask.objects.create(workflow=workflow, task=task)
    WorkflowPage.objects.get_or_create(page=root, defaults={"workflow": workflow})


def _remove_stock_groups_and_workflow() -> None:
    """Wagtail's own Moderators and Editors stand beside ours and confuse; those in use stay."""
    for workflow in Workflow.objects.filter(name="Moderators approval"):
        if not workflow.workflow_states.exists():
            workflow.delete()
    for task in Task.objects.filter(name="Moderators approval", workflow_tasks=None, task_states=None):
        task.specific.delete()
    approving = GroupApprovalTask.objects.filter(groups__isnull=False).values("groups")
    Group.objects.filter(name__in=["Moderators", "Editors"], user=None).exclude(pk__in=approving).delete()
