from django.urls import path, re_path

from stories import weave_views

urlpatterns = [
    re_path(r"^weave/(?P<letters>[csmklb]{1,24})\.png$", weave_views.band, name="weave_band"),
    re_path(r"^weave/(?P<letters>[csmklb]{1,24})-share\.png$", weave_views.share_picture, name="weave_share"),
    path("favicon.svg", weave_views.favicon, name="favicon"),
]
