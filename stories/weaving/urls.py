from django.urls import path, re_path

from stories.share_pictures.views import share_picture
from stories.weaving import views

urlpatterns = [
    re_path(r"^weave/(?P<letters>[csmklb]{1,24})\.png$", views.band, name="weave_band"),
    re_path(r"^weave/(?P<letters>[csmklb]{1,24})-share\.png$", views.share_picture, name="weave_share"),
    re_path(
        r"^share/(?P<page>[1-9][0-9]{0,9})-(?P<digest>[0-9a-f]{16})\.png$",
        share_picture,
        name="share_picture",
    ),
    path("favicon.svg", views.favicon, name="favicon"),
]
