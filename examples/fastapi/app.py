import os
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from jose import ExpiredSignatureError, JWTError, jwt

SECRET_KEY = os.environ["SECRET_KEY"]
app = FastAPI()
bearer = OAuth2PasswordBearer(tokenUrl="http://127.0.0.1:8000/token")

def claims(token: str = Depends(bearer)):
    try:
        return jwt.decode(token, SECRET_KEY, algorithms=["HS256"])
    except ExpiredSignatureError:
        raise HTTPException(401, "token expired", {"WWW-Authenticate": "Bearer"})
    except JWTError:
        raise HTTPException(401, "token invalid", {"WWW-Authenticate": "Bearer"})

@app.get("/")
def home(user: dict = Depends(claims)):
    return {"hello": user["preferred_username"]}
