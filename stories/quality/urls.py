from django.urls import path

from stories.quality import views

app_name = "quality"
urlpatterns = [path("<int:page_id>/", views.findings, name="findings")]
