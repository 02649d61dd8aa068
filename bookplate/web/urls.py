from django.urls import path

from bookplate.web import account, books, catalogue, copies, desk, imports, loans, people

app_name = "web"
urlpatterns = [
    path("", catalogue.catalogue, name="catalogue"),
    path("books/add/", books.add, name="add-book"),
    path("books/<int:number>/", books.book, name="book"),
    path("cards/", catalogue.cards, name="cards"),
    path("books/<int:number>/edit/", books.edit, name="edit-book"),
    path("books/<int:number>/remove/", books.remove, name="remove-book"),
    path("books/<int:number>/copies/add/", copies.add, name="add-copy"),
    path("books/<int:number>/copies/mine/", copies.add_own, name="add-own-copy"),
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
    path("people/", people.people, name="people"),
    path("people/<int:number>/", people.person, name="person"),
    path("people/<int:number>/do/", people.do, name="person-do"),
    path("groups/<int:number>/", people.group, name="group"),
    path("account/profile/", people.profile, name="profile"),
    path("account/", account.account, name="account"),
    path("sign-in/", account.sign_in, name="sign-in"),
    path("sign-out/", account.sign_out, name="sign-out"),
]
