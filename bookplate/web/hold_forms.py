"""The small forms beside holds."""

from django import forms


class SuspendForm(forms.Form):
    until = forms.DateField(required=False)


class MoveForm(forms.Form):
    place = forms.IntegerField(min_value=1, max_value=1_000_000)
    reason = forms.CharField(max_length=150)


class RequestForm(forms.Form):
    message = forms.CharField(required=False, max_length=300)


class AnswerForm(forms.Form):
    do = forms.ChoiceField(choices=[("accept", "accept"), ("refuse", "refuse")])
    answer = forms.CharField(required=False, max_length=300)
