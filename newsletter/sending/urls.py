from django.urls import path

from newsletter.sending import check_views, report_views, views
from newsletter.sending.deliverability import views as deliverability_views
from newsletter.sending.edition_list import EditionListView
from newsletter.sending.mailbox import views as mailbox_views

app_name = "sending"

urlpatterns = [
    path("", views.mailings, name="mailings"),
    path("editions/", EditionListView.as_view(), name="editions"),
    path("editions/<int:edition_id>/", check_views.check_and_send, name="check_and_send"),
    path("<int:mailing_id>/", views.mailing, name="mailing"),
    path("<int:mailing_id>/steer/", views.steer, name="steer"),
    path("<int:mailing_id>/people/", report_views.delivery_list, name="deliveries"),
    path("<int:mailing_id>/report/", report_views.report, name="report"),
    path("<int:mailing_id>/retry/", report_views.try_again, name="retry"),
    path("<int:mailing_id>/decide/", views.decide_all_batches, name="decide_all"),
    path("batches/<int:batch_id>/decide/", views.decide_batch, name="decide_batch"),
    path("deliverability/", deliverability_views.deliverability, name="deliverability"),
    path("mailbox/", mailbox_views.mailbox, name="mailbox"),
    path("mailbox/<str:key>/body/", mailbox_views.letter_body, name="letter_body"),
    path("mailbox/<str:key>/", mailbox_views.letter, name="letter"),
    path("mailbox/<str:key>/<str:tab>/", mailbox_views.letter, name="letter_tab"),
]
