from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "bookplate.people"
    label = "people"
    verbose_name = "People"
