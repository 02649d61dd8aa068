from django.apps import AppConfig


class FeedConfig(AppConfig):
    name = "bookplate.feed"
    label = "feed"
    verbose_name = "Feed"
