from django.urls import path
from rest_framework.decorators import api_view
from rest_framework.response import Response

@api_view()
def home(request):  # request.user.id is sub, request.auth the claims
    return Response({"hello": request.auth.get("preferred_username")})

urlpatterns = [path("", home)]
