from django.db import models


class RequestCount(models.Model):
    """How often something was asked for within one window of time, by one address or from one network.

    A table, because all processes have to see the same count. `key` is a keyed hash: whom it counts cannot be read
    from it.
    """

    key = models.CharField(max_length=64)
    window = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    wagtail_reference_index_ignore = True

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="one_count_per_window")]
        indexes = [models.Index(fields=["window"])]

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.window:%Y-%m-%d %H:%M}: {self.count}"
