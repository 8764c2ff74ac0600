import os
import jwt
from flask import Flask, g, request

SECRET_KEY = os.environ["SECRET_KEY"]
app = Flask(__name__)

@app.before_request
def check_token():
    token = request.headers.get("Authorization", "").partition(" ")[2]
    try:
        g.claims = jwt.decode(token, SECRET_KEY, algorithms=["HS256"])
    except jwt.ExpiredSignatureError:
        return {"error": "token expired"}, 401
    except jwt.InvalidTokenError:
        return {"error": "token invalid"}, 401

@app.get("/")
def home():
    return {"hello": g.claims["preferred_username"]}
