"""Who may do what: every operation of the API's schema, and the answer for each person (G7).

Read it as a table. `alice` is a member and the one whose card, loan, friend, request, block and list for her own shelf
the addresses name; `bob` is another member, whom she asks to be friends; `friend` is a friend of hers, `mate` is of her
group, which those two are not. An operation that the schema has and this table has not fails the tests.
"""

WHO = ["nobody", "alice", "bob", "friend", "mate", "assistant", "librarian", "admin"]

# fmt: off
OPERATIONS: dict[str, tuple[int, ...]] = {
    #                                           nobody alice bob friend mate assist. libr. admin
    "GET /api/books/":                          (200,  200,  200,  200,  200,  200,  200,  200),
    "GET /api/books/facets/":                   (200,  200,  200,  200,  200,  200,  200,  200),
    "GET /api/books/suggestions/":              (200,  200,  200,  200,  200,  200,  200,  200),
    "GET /api/exports/{kind}/":                 (200,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/books/":                         (401,  403,  403,  403,  403,  403,  201,  201),
    "GET /api/books/{id}/":                     (200,  200,  200,  200,  200,  200,  200,  200),
    "PUT /api/books/{id}/":                     (401,  403,  403,  403,  403,  403,  200,  200),
    "PATCH /api/books/{id}/":                   (401,  403,  403,  403,  403,  403,  200,  200),
    "DELETE /api/books/{id}/":                  (401,  403,  403,  403,  403,  403,  204,  204),
    "GET /api/copies/":                         (200,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/copies/":                        (401,  201,  201,  201,  201,  201,  201,  201),
    "GET /api/copies/{id}/":                    (200,  200,  200,  200,  200,  200,  200,  200),
    "PUT /api/copies/{id}/":                    (401,  403,  403,  403,  403,  403,  200,  200),
    "PATCH /api/copies/{id}/":                  (401,  403,  403,  403,  403,  403,  200,  200),
    "DELETE /api/copies/{id}/":                 (401,  403,  403,  403,  403,  403,  204,  204),
    "PUT /api/copies/{id}/condition/":          (401,  403,  403,  403,  403,  200,  200,  200),
    "GET /api/members/":                        (401,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/members/":                       (401,  403,  403,  403,  403,  403,  201,  201),
    "GET /api/members/{id}/":                   (401,  200,  404,  404,  404,  200,  200,  200),
    "PUT /api/members/{id}/":                   (401,  403,  403,  403,  403,  403,  200,  200),
    "PATCH /api/members/{id}/":                 (401,  403,  403,  403,  403,  403,  200,  200),
    "DELETE /api/members/{id}/":                (401,  403,  403,  403,  403,  403,  204,  204),
    "POST /api/members/{id}/link-code/":        (401,  403,  403,  403,  403,  201,  201,  201),
    "DELETE /api/members/{id}/link-code/":      (401,  403,  403,  403,  403,  204,  204,  204),
    "DELETE /api/members/{id}/user/":           (401,  403,  403,  403,  403,  403,  204,  204),
    "GET /api/loans/":                          (401,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/loans/":                         (401,  403,  403,  403,  403,  201,  201,  201),
    "GET /api/loans/{id}/":                     (401,  200,  404,  404,  404,  200,  200,  200),
    "POST /api/loans/{id}/return/":             (401,  403,  404,  404,  404,  200,  200,  200),
    "POST /api/loans/{id}/renew/":              (401,  200,  404,  404,  404,  200,  200,  200),
    "GET /api/holds/":                          (401,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/holds/":                         (401,  201,  201,  201,  201,  201,  201,  201),
    "GET /api/holds/{id}/":                     (401,  200,  404,  404,  404,  200,  200,  200),
    "PATCH /api/holds/{id}/":                   (401,  200,  404,  404,  404,  200,  200,  200),
    "DELETE /api/holds/{id}/":                  (401,  204,  404,  404,  404,  204,  204,  204),
    "PUT /api/holds/{id}/place/":               (401,  403,  403,  403,  403,  403,  200,  200),
    "PUT /api/holds/{id}/answer/":              (401,  403,  404,  404,  404,  403,  403,  403),
    "POST /api/holds/{id}/loan/":               (401,  403,  404,  404,  404,  201,  201,  201),
    "POST /api/holds/shelf/":                   (401,  403,  403,  403,  403,  200,  200,  200),
    "POST /api/checkouts/":                     (401,  403,  403,  403,  403,  200,  200,  200),
    "POST /api/returns/":                       (401,  403,  403,  403,  403,  200,  200,  200),
    "GET /api/lists/{name}/":                   (401,  403,  403,  403,  403,  200,  200,  200),
    "GET /api/metadata/{isbn}/":                (401,  200,  200,  200,  200,  200,  200,  200),
    "GET /api/policy/":                         (401,  200,  200,  200,  200,  200,  200,  200),
    "PUT /api/policy/":                         (401,  403,  403,  403,  403,  403,  200,  200),
    "PATCH /api/policy/":                       (401,  403,  403,  403,  403,  403,  200,  200),
    "GET /api/imports/":                        (401,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/imports/":                       (401,  201,  201,  201,  201,  201,  201,  201),
    "GET /api/imports/{id}/":                   (401,  200,  404,  404,  404,  404,  404,  200),
    "GET /api/imports/{id}/failures/":          (401,  200,  404,  404,  404,  404,  404,  200),
    "GET /api/imports/{id}/failed/":            (401,  200,  404,  404,  404,  404,  404,  200),
    "POST /api/imports/{id}/cancel/":           (401,  200,  404,  404,  404,  404,  404,  200),
    "POST /api/imports/{id}/undo/":             (401,  200,  404,  404,  404,  404,  404,  200),
    "GET /api/invitations/":                    (401,  403,  403,  403,  403,  403,  200,  200),
    "POST /api/invitations/":                   (401,  403,  403,  403,  403,  403,  201,  201),
    "GET /api/invitations/{id}/":               (401,  403,  403,  403,  403,  403,  200,  200),
    "DELETE /api/invitations/{id}/":            (401,  403,  403,  403,  403,  403,  204,  204),
    "POST /api/register/":                      (201,  201,  201,  201,  201,  201,  201,  201),
    "POST /api/password-reset/":                (204,  204,  204,  204,  204,  204,  204,  204),
    "POST /api/password-reset/confirm/":        (204,  204,  204,  204,  204,  204,  204,  204),
    "POST /api/users/me/password/":             (401,  204,  204,  204,  204,  204,  204,  204),
    "PATCH /api/users/me/":                     (401,  200,  200,  200,  200,  200,  200,  200),
    "GET /api/events/":                         (401,  200,  200,  200,  200,  200,  200,  200),
    "GET /api/webhooks/":                       (401,  403,  403,  403,  403,  403,  200,  200),
    "POST /api/webhooks/":                      (401,  403,  403,  403,  403,  403,  201,  201),
    "GET /api/webhooks/{id}/":                  (401,  403,  403,  403,  403,  403,  200,  404),
    "PATCH /api/webhooks/{id}/":                (401,  403,  403,  403,  403,  403,  200,  404),
    "DELETE /api/webhooks/{id}/":               (401,  403,  403,  403,  403,  403,  204,  404),
    "POST /api/webhooks/{id}/resume/":          (401,  403,  403,  403,  403,  403,  200,  404),
    "GET /api/webhooks/{id}/deliveries/":       (401,  403,  403,  403,  403,  403,  200,  404),
    "POST /api/webhooks/{id}/deliveries/":      (401,  403,  403,  403,  403,  403,  201,  404),
    "GET /api/users/me/":                       (401,  200,  200,  200,  200,  200,  200,  200),
    "GET /api/users/me/sessions/":              (401,  200,  200,  200,  200,  200,  200,  200),
    "DELETE /api/users/me/sessions/":           (401,  204,  204,  204,  204,  204,  204,  204),
    "DELETE /api/users/me/sessions/{id}/":      (401,  204,  404,  404,  404,  404,  404,  404),
    "GET /api/accounts/":                       (401,  403,  403,  403,  403,  403,  403,  200),
    "GET /api/accounts/{id}/":                  (401,  403,  403,  403,  403,  403,  403,  200),
    "PATCH /api/accounts/{id}/":                (401,  403,  403,  403,  403,  403,  403,  200),
    "POST /api/accounts/{id}/sign-out/":        (401,  403,  403,  403,  403,  403,  403,  204),
    "GET /api/users/me/tokens/":                (401,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/users/me/tokens/":               (401,  201,  201,  201,  201,  201,  201,  201),
    "DELETE /api/users/me/tokens/{id}/":        (401,  204,  404,  404,  404,  404,  404,  404),
    "GET /api/users/me/data/":                  (401,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/users/me/erasure/":              (401,  204,  204,  204,  204,  204,  204,  409),
    "GET /api/users/me/reminders/":             (401,  200,  200,  200,  200,  200,  200,  200),
    "PUT /api/users/me/reminders/":             (401,  200,  200,  200,  200,  200,  200,  200),
    "GET /api/audit/":                          (401,  403,  403,  403,  403,  403,  403,  200),
    "POST /api/users/me/card/":                 (401,  200,  200,  200,  200,  200,  200,  200),
    "GET /api/users/":                          (401,  200,  200,  200,  200,  200,  200,  200),
    "GET /api/users/{id}/":                     (401,  200,  404,  200,  200,  200,  200,  200),
    "GET /api/groups/":                         (401,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/groups/":                        (401,  403,  403,  403,  403,  403,  201,  201),
    "GET /api/groups/{id}/":                    (401,  200,  200,  200,  200,  200,  200,  200),
    "PUT /api/groups/{id}/":                    (401,  403,  403,  403,  403,  403,  200,  200),
    "PATCH /api/groups/{id}/":                  (401,  403,  403,  403,  403,  403,  200,  200),
    "DELETE /api/groups/{id}/":                 (401,  403,  403,  403,  403,  403,  204,  204),
    "GET /api/friends/":                        (401,  200,  200,  200,  200,  200,  200,  200),
    "DELETE /api/friends/{id}/":                (401,  204,  404,  404,  404,  404,  404,  404),
    "GET /api/friend-requests/":                (401,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/friend-requests/":               (401,  201,  201,  201,  201,  201,  201,  201),
    "DELETE /api/friend-requests/{id}/":        (401,  204,  204,  404,  404,  404,  404,  404),
    "POST /api/friend-requests/{id}/accept/":   (401,  403,  200,  404,  404,  404,  404,  404),
    "GET /api/blocks/":                         (401,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/blocks/":                        (401,  201,  201,  201,  201,  201,  201,  201),
    "DELETE /api/blocks/{id}/":                 (401,  204,  404,  404,  404,  404,  404,  404),
    "GET /api/fbv_list/":                       (401,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/fbv_list/":                      (401,  200,  200,  200,  200,  200,  200,  200),
    "GET /api/cbv_list/":                       (401,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/token/":                         (200,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/token/refresh/":                 (200,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/token/verify/":                  (200,  200,  200,  200,  200,  200,  200,  200),
    "POST /api/token/revoke/":                  (401,  204,  204,  204,  204,  204,  204,  204),
}

VIEWERS = ["nobody", "owner", "friend", "mate", "other", "assistant", "librarian", "admin"]

# Whether each person sees alice's account by what her profile says; "blocked" is a friend of her group whom she blocks.
ACCOUNT_VIEWERS = ["nobody", "owner", "friend", "mate", "other", "blocked", "assistant", "librarian", "admin"]
ACCOUNTS: dict[str, tuple[int, ...]] = {
    #            nobody owner friend mate  other blocked assist. libr. admin
    "members":   (401,  200,  200,  200,  200,  404,  200,  200,  200),
    "group":     (401,  200,  200,  200,  404,  404,  200,  200,  200),
    "friends":   (401,  200,  200,  404,  404,  404,  200,  200,  200),
    "nobody":    (401,  200,  404,  404,  404,  404,  200,  200,  200),
}

# Whether each person sees a copy that alice owns (a 200, else the 404 of an id that never was).
COPIES_OF_A_PERSON: dict[str, tuple[int, ...]] = {
    #            nobody owner friend mate  other assist. libr. admin
    "everyone":  (200,  200,  200,  200,  200,  200,  200,  200),
    "members":   (404,  200,  200,  200,  200,  200,  200,  200),
    "group":     (404,  200,  404,  200,  404,  404,  404,  200),
    "friends":   (404,  200,  200,  404,  404,  404,  404,  200),
    "owner":     (404,  200,  404,  404,  404,  404,  404,  200),
}

# The same for a copy of the library itself; "owner" is then the desk.
COPIES_OF_THE_LIBRARY: dict[str, tuple[int, ...]] = {
    "everyone":  (200,  200,  200,  200,  200,  200,  200,  200),
    "members":   (404,  200,  200,  200,  200,  200,  200,  200),
    "owner":     (404,  404,  404,  404,  404,  200,  200,  200),
}
# fmt: on
