"""Every page and who may open it (G8, issue 2): read it as a table.

`alice` is the member whose loan the addresses name, and `carol` the one whom the links of mails are for; nobody
came with an invitation. An address of the pages that this table lacks fails the tests.
`alice` is the member whose loan and account the addresses name. An address of the pages that this table lacks fails
the tests.
"""

WHO = ["nobody", "alice", "bob", "assistant", "librarian", "admin"]

SIGN_IN = "sign-in"
"""Sent to the sign-in first."""

# fmt: off
PAGES: dict[str, tuple[int | str, ...]] = {
    #                       nobody   alice  bob  assist. libr.  admin
    "GET catalogue":       (200,      200,  200,  200,  200,  200),
    "GET book":            (200,      200,  200,  200,  200,  200),
    "GET cards":           (200,      200,  200,  200,  200,  200),
    "GET add-book":        (SIGN_IN,  200,  200,  200,  200,  200),
    "POST add-book":       (SIGN_IN,  302,  302,  302,  302,  302),
    "GET edit-book":       (SIGN_IN,  403,  403,  403,  200,  200),
    "POST edit-book":      (SIGN_IN,  403,  403,  403,  302,  302),
    "GET remove-book":     (SIGN_IN,  403,  403,  403,  200,  200),
    "POST remove-book":    (SIGN_IN,  403,  403,  403,  302,  302),
    "GET add-copy":        (SIGN_IN,  403,  403,  403,  200,  200),
    "POST add-copy":       (SIGN_IN,  403,  403,  403,  302,  302),
    "GET add-own-copy":    (SIGN_IN,  200,  200,  200,  200,  200),
    "POST add-own-copy":   (SIGN_IN,  302,  302,  302,  302,  302),
    "GET edit-copy":       (SIGN_IN,  403,  403,  403,  200,  200),
    "POST edit-copy":      (SIGN_IN,  403,  403,  403,  302,  302),
    "GET remove-copy":     (SIGN_IN,  403,  403,  403,  200,  200),
    "POST remove-copy":    (SIGN_IN,  403,  403,  403,  302,  302),
    "GET my-loans":        (SIGN_IN,  200,  200,  200,  200,  200),
    "POST renew":          (SIGN_IN,  302,  404,  404,  404,  404),
    "GET desk":            (SIGN_IN,  403,  403,  200,  200,  200),
    "POST desk":           (SIGN_IN,  403,  403,  200,  200,  200),
    "POST undo":           (SIGN_IN,  403,  403,  200,  200,  200),
    "GET members":         (SIGN_IN,  403,  403,  200,  200,  200),
    "GET member-cards":    (SIGN_IN,  403,  403,  403,  200,  200),
    "GET add-member":      (SIGN_IN,  403,  403,  403,  200,  200),
    "POST add-member":     (SIGN_IN,  403,  403,  403,  302,  302),
    "GET member":          (SIGN_IN,  403,  403,  200,  200,  200),
    "GET edit-member":     (SIGN_IN,  403,  403,  403,  200,  200),
    "POST edit-member":    (SIGN_IN,  403,  403,  403,  302,  302),
    "GET remove-member":   (SIGN_IN,  403,  403,  403,  200,  200),
    "POST remove-member":  (SIGN_IN,  403,  403,  403,  302,  302),
    "POST make-code":      (SIGN_IN,  403,  403,  200,  200,  200),
    "POST withdraw-code":  (SIGN_IN,  403,  403,  302,  302,  302),
    "POST unlink-member":  (SIGN_IN,  403,  403,  403,  302,  302),
    "GET imports":         (SIGN_IN,  403,  403,  403,  200,  200),
    "POST imports":        (SIGN_IN,  403,  403,  403,  302,  302),
    "GET import":          (SIGN_IN,  403,  403,  403,  200,  200),
    "GET import-failed":   (SIGN_IN,  403,  403,  403,  200,  200),
    "GET import-reasons":  (SIGN_IN,  403,  403,  403,  200,  200),
    "GET people":          (SIGN_IN,  200,  200,  200,  200,  200),
    "POST people":         (SIGN_IN,  302,  302,  302,  302,  302),
    "GET person":          (SIGN_IN,  200,  200,  200,  200,  200),
    "POST person-do":      (SIGN_IN,  404,  302,  302,  302,  302),
    "GET group":           (SIGN_IN,  200,  200,  200,  200,  200),
    "GET profile":         (SIGN_IN,  200,  200,  200,  200,  200),
    "POST profile":        (SIGN_IN,  302,  302,  302,  302,  302),
    "GET account":         (SIGN_IN,  200,  200,  200,  200,  200),
    "GET sign-ins":        (SIGN_IN,  200,  200,  200,  200,  200),
    "POST end-sign-in":    (SIGN_IN,  302,  404,  404,  404,  404),
    "POST end-other-sign-ins": (SIGN_IN, 302, 302,  302,  302,  302),
    "GET accounts":        (SIGN_IN,  403,  403,  403,  403,  200),
    "GET account-of":      (SIGN_IN,  403,  403,  403,  403,  200),
    "POST account-of":     (SIGN_IN,  403,  403,  403,  403,  302),
    "POST close-account":  (SIGN_IN,  403,  403,  403,  403,  302),
    "POST reopen-account": (SIGN_IN,  403,  403,  403,  403,  302),
    "POST account-sign-out": (SIGN_IN, 403, 403,  403,  403,  302),
    "GET script-tokens":   (SIGN_IN,  200,  200,  200,  200,  200),
    "POST script-tokens":  (SIGN_IN,  200,  200,  200,  200,  200),
    "POST end-script-token": (SIGN_IN, 302, 404,  404,  404,  404),
    "GET privacy":         (SIGN_IN,  200,  200,  200,  200,  200),
    "POST privacy":        (SIGN_IN,  400,  302,  302,  302,  400),
    "GET privacy-data":    (SIGN_IN,  200,  200,  200,  200,  200),
    "GET audit":           (SIGN_IN,  403,  403,  403,  403,  200),
    "GET account-name":    (SIGN_IN,  200,  200,  200,  200,  200),
    "POST account-name":   (SIGN_IN,  302,  302,  302,  302,  302),
    "GET account-mail":    (SIGN_IN,  200,  200,  200,  200,  200),
    "POST account-mail":   (SIGN_IN,  302,  302,  302,  302,  302),
    "GET address-link":    (302,      302,  302,  302,  302,  302),
    "GET confirm-address": (404,      404,  404,  404,  404,  404),
    "POST confirm-address": (404,     404,  404,  404,  404,  404),
    "GET password":        (SIGN_IN,  200,  200,  200,  200,  200),
    "POST password":       (SIGN_IN,  302,  302,  302,  302,  302),
    "GET forgotten-password": (200,   200,  200,  200,  200,  200),
    "POST forgotten-password": (200,  200,  200,  200,  200,  200),
    "GET new-password":    (302,      302,  302,  302,  302,  302),
    "GET register":        (403,      403,  403,  403,  403,  403),
    "POST register":       (403,      403,  403,  403,  403,  403),
    "GET invited":         (302,      302,  302,  302,  302,  302),
    "GET invitations":     (SIGN_IN,  403,  403,  403,  200,  200),
    "POST invitations":    (SIGN_IN,  403,  403,  403,  200,  200),
    "POST withdraw-invitation": (SIGN_IN, 403, 403, 403, 302,  302),
    "GET my-card":         (SIGN_IN,  200,  200,  200,  200,  200),
    "POST my-card":        (SIGN_IN,  302,  302,  302,  302,  302),
    "GET sign-in":         (200,      302,  302,  302,  302,  302),
    "POST sign-in":        (302,      302,  302,  302,  302,  302),
    "POST sign-out":       (302,      302,  302,  302,  302,  302),
}
# fmt: on

# What a closed catalogue asks a sign-in for as well.
CLOSED = ["catalogue", "book", "cards"]
