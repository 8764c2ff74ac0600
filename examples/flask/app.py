import os
import jwt
from flask import Flask, g, request

if "JWKS_URL" in os.environ:  # key pairs: this service holds public keys only
    key_of = jwt.PyJWKClient(os.environ["JWKS_URL"], timeout=5).get_signing_key_from_jwt
    algorithms = ["RS256", "ES256", "EdDSA"]
else:  # the shared secret
    secret = os.environ["SECRET_KEY"]
    key_of = lambda token: secret
    algorithms = ["HS256"]

app = Flask(__name__)

@app.before_request
def check_token():
    token = request.headers.get("Authorization", "").partition(" ")[2]
    try:
        g.claims = jwt.decode(token, key_of(token), algorithms=algorithms, leeway=10,
                              options={"require": ["exp", "sub"]})
    except jwt.ExpiredSignatureError:
        return {"error": "token expired"}, 401
    except jwt.PyJWKClientConnectionError:
        return {"error": "keys unavailable"}, 503
    except jwt.PyJWTError:
        return {"error": "token invalid"}, 401

@app.get("/")
def home():
    return {"hello": g.claims.get("preferred_username")}
