from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """A mail service that is not there."""

    def send_messages(self, email_messages):
        raise ConnectionRefusedError("nobody listens on port 25")
