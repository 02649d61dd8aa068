from django.urls import path

from bookplate.web import account, accounts, books, catalogue, copies, desk, imports, loans, script_tokens, signins

app_name = "web"
urlpatterns = [
    path("", catalogue.catalogue, name="catalogue"),
    path("books/add/", books.add, name="add-book"),
    path("books/<int:number>/", books.book, name="book"),
    path("cards/", catalogue.cards, name="cards"),
    path("books/<int:number>/edit/", books.edit, name="edit-book"),
    path("books/<int:number>/remove/", books.remove, name="remove-book"),
    path("books/<int:number>/copies/add/", copies.add, name="add-copy"),
    path("copies/<int:number>/edit/", copies.edit, name="edit-copy"),
    path("copies/<int:number>/remove/", copies.remove, name="remove-copy"),
    path("my/loans/", loans.my_loans, name="my-loans"),
    path("my/loans/<int:number>/renew/", loans.renew, name="renew"),
    path("desk/", desk.desk, name="desk"),
    path("desk/undo/", desk.undo, name="undo"),
    path("imports/", imports.imports, name="imports"),
    path("imports/<int:number>/", imports.one, name="import"),
    path("imports/<int:number>/failed/", imports.failed, name="import-failed"),
    path("imports/<int:number>/reasons/", imports.reasons, name="import-reasons"),
    path("account/", account.account, name="account"),
    path("account/sign-ins/", signins.sign_ins, name="sign-ins"),
    path("account/sign-ins/<int:number>/end/", signins.end, name="end-sign-in"),
    path("account/sign-ins/end-others/", signins.end_others, name="end-other-sign-ins"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/<int:number>/", accounts.account, name="account-of"),
    path("accounts/<int:number>/close/", accounts.close, name="close-account"),
    path("accounts/<int:number>/reopen/", accounts.reopen, name="reopen-account"),
    path("accounts/<int:number>/sign-out/", accounts.sign_out, name="account-sign-out"),
    path("account/tokens/", script_tokens.tokens, name="script-tokens"),
    path("account/tokens/<int:number>/end/", script_tokens.end, name="end-script-token"),
    path("sign-in/", account.sign_in, name="sign-in"),
    path("sign-out/", account.sign_out, name="sign-out"),
]
