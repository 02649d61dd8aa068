"""Who signs in to a library made for measuring; known without Django."""

READER = "reader"
PASSWORD = "only-for-measuring"
