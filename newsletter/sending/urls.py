from django.urls import path

from newsletter.sending import views
from newsletter.sending.mailbox import views as mailbox_views

app_name = "sending"

urlpatterns = [
    path("", views.mailings, name="mailings"),
    path("editions/<int:edition_id>/", views.check_and_send, name="check_and_send"),
    path("<int:mailing_id>/", views.mailing, name="mailing"),
    path("<int:mailing_id>/steer/", views.steer, name="steer"),
    path("batches/<int:batch_id>/decide/", views.decide_batch, name="decide_batch"),
    path("mailbox/", mailbox_views.mailbox, name="mailbox"),
    path("mailbox/<str:key>/body/", mailbox_views.letter_body, name="letter_body"),
    path("mailbox/<str:key>/", mailbox_views.letter, name="letter"),
    path("mailbox/<str:key>/<str:tab>/", mailbox_views.letter, name="letter_tab"),
]
