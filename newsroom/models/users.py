from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Somebody who logs in. Subscribers are not users: they come by signed link, without a password."""
