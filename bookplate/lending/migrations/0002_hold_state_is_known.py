from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("lending", "0001_initial"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "ready", "picked_up", "cancelled", "expired"])),
                name="hold_state_is_known",
            ),
        ),
    ]
