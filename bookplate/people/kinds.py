"""What happens to people, for the catalogue of events (`core.events`)."""

from bookplate.core.events import Kind
from bookplate.core.models import Audience

MEMBERS, STAFF, ADMINS, USER = (Audience.MEMBERS,), (Audience.STAFF,), (Audience.ADMINS,), (Audience.USER,)

KINDS = [
    Kind("member.added", "made a library card", STAFF, ("member", "user", "note")),
    Kind("member.changed", "changed a library card", STAFF, ("member",)),
    Kind("member.removed", "removed a library card", STAFF, ("member",)),
    Kind("member.code-made", "made a code for a library card", STAFF, ("member",)),
    Kind("member.code-withdrawn", "withdrew the code of a library card", STAFF, ("member",)),
    Kind("member.linked", "made a library card theirs", STAFF, ("member", "user")),
    Kind("member.unlinked", "took a library card from its account", STAFF, ("member", "user")),
    Kind("account.registered", "made an account", STAFF, ("user", "member", "note")),
    Kind("account.changed", "changed an account", ADMINS, ("user", "note")),
    Kind("account.renamed", "changed a username", ADMINS, ("user", "note")),
    Kind("account.mail-changed", "changed a mail address", ADMINS, ("user",)),
    Kind("account.password-changed", "changed their password", ADMINS, ("user",)),
    Kind("account.password-reset", "got a new password by mail", ADMINS, ("user",)),
    Kind("account.password-set", "set a password", ADMINS, ("user",)),
    Kind("account.recovered", "recovered an account", ADMINS, ("user", "note")),
    Kind("account.erased", "erased an account", ADMINS, ("user",)),
    Kind("account.signed-out", "ended sign-ins", ADMINS, ("user", "note")),
    Kind("user.paused", "tried too many wrong passwords for an account", ADMINS, ("user",)),
    Kind("invitation.made", "made an invitation", STAFF, ("note",)),
    Kind("invitation.withdrawn", "withdrew an invitation", STAFF, ("note",)),
    Kind("group.added", "added a group", MEMBERS, ("note",)),
    Kind("group.changed", "renamed a group", MEMBERS, ("note",)),
    Kind("group.removed", "removed a group", MEMBERS, ("note",)),
    Kind("token.made", "made a token for a script", USER, ("user", "note")),
    Kind("token.ended", "ended a token for a script", USER, ("user", "note")),
    # Who is whose friend is not the library's to know.
    Kind("friend.requested", "asked somebody to be their friend", USER, ("user",), private=True),
    Kind("friend.added", "became somebody's friend", USER, ("user",), private=True),
    Kind("friend.declined", "declined or withdrew a request to be friends", USER, ("user",), private=True),
    Kind("friend.ended", "ended a friendship", USER, ("user",), private=True),
    Kind("block.added", "blocked somebody", USER, private=True),
    Kind("block.removed", "unblocked somebody", USER, private=True),
    Kind("profile.changed", "changed their profile", USER, private=True),
]
