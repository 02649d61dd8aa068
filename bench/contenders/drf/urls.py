"""Books as the tutorials of REST framework show them: a serializer, a `ModelViewSet`, a router."""

from django.db.models import QuerySet
from django.urls import include, path
from rest_framework import routers, serializers, viewsets
from rest_framework.filters import OrderingFilter

from bench.contenders.drf.models import Book


class BookSerializer(serializers.ModelSerializer[Book]):
    class Meta:
        model = Book
        fields = ["id", "title", "author", "published_year", "isbn", "publisher", "edition", "language", "subjects"]


class BookViewSet(viewsets.ModelViewSet[Book]):
    queryset = Book.objects.all()
    serializer_class = BookSerializer
    filter_backends = [OrderingFilter]
    ordering_fields = ["id", "title_key"]

    def get_queryset(self) -> "QuerySet[Book]":
        books = super().get_queryset()
        year = self.request.query_params.get("published_year")
        return books.filter(year_key=int(year)) if year else books


router = routers.DefaultRouter()
router.register("books", BookViewSet)
urlpatterns = [path("api/", include(router.urls))]
