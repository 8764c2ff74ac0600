import os
import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer

if "JWKS_URL" in os.environ:  # key pairs: this service holds public keys only
    key_of = jwt.PyJWKClient(os.environ["JWKS_URL"], timeout=5).get_signing_key_from_jwt
    algorithms = ["RS256", "ES256", "EdDSA"]
else:  # the shared secret
    secret = os.environ["SECRET_KEY"]
    key_of = lambda token: secret
    algorithms = ["HS256"]

app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="http://127.0.0.1:8000/token")

def claims(token: str = Depends(bearer)):  # no async def: fetching keys blocks
    challenge = {"WWW-Authenticate": "Bearer"}
    try:
        return jwt.decode(token, key_of(token), algorithms=algorithms, leeway=10,
                          options={"require": ["exp", "sub"]})
    except jwt.ExpiredSignatureError:
        raise HTTPException(401, "token expired", challenge)
    except jwt.PyJWKClientConnectionError:
        raise HTTPException(503, "keys unavailable")
    except jwt.PyJWTError:
        raise HTTPException(401, "token invalid", challenge)

@app.get("/")
def home(user: dict = Depends(claims)):
    return {"hello": user.get("preferred_username")}
