"""Who signs in to a library made for measuring; known without Django."""

READER = "reader"
DESK = "desk"
PASSWORD = "only-for-measuring"
