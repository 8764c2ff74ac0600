import os
from django.core.management.utils import get_random_secret_key

SIMPLE_JWT = {
    "AUTH_TOKEN_CLASSES": ["rest_framework_simplejwt.tokens.UntypedToken"],
    "USER_ID_CLAIM": "sub",
    "LEEWAY": 10,
}
if "JWKS_URL" in os.environ:  # key pairs: the one algorithm that the issuer's ALGORITHM names
    SIMPLE_JWT["JWK_URL"] = os.environ["JWKS_URL"]
    SIMPLE_JWT["ALGORITHM"] = os.environ.get("ALGORITHM", "RS256")
else:  # the shared secret
    SIMPLE_JWT["SIGNING_KEY"] = os.environ["SECRET_KEY"]
    SIMPLE_JWT["ALGORITHM"] = "HS256"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication"
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"]
ROOT_URLCONF = "urls"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
SECRET_KEY = get_random_secret_key()  # Django's own, which is not the tokens'
