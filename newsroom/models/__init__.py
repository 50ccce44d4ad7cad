from newsroom.models.pages import HomePage, InfoPage
from newsroom.models.users import User

__all__ = ["HomePage", "InfoPage", "User"]
