"""Signs and verifies with the libraries of Python; what is asked and answered, mod.rs says."""

import json
import sys
import warnings

warnings.simplefilter("ignore")  # of libraries that announce their successors

import flask_jwt_extended
import jose.jwt
import joserfc.errors
import joserfc.jwt
import jwt
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.jose.errors import ExpiredTokenError, JoseError
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

LEEWAY = 10


class PyJwt:
    expired, refused = jwt.ExpiredSignatureError, jwt.PyJWTError

    def verify(token, algorithm, key):
        key = jwt.PyJWK(key) if isinstance(key, dict) else key
        return jwt.decode(token, key, algorithms=[algorithm], leeway=LEEWAY)

    def sign(claims, algorithm, key, header):
        return jwt.encode(claims, key, algorithm=algorithm, headers=header)


class PythonJose:
    expired, refused = jose.ExpiredSignatureError, jose.JOSEError

    def verify(token, algorithm, key):
        return jose.jwt.decode(token, key, algorithms=[algorithm], options={"leeway": LEEWAY})

    def sign(claims, algorithm, key, header):
        return jose.jwt.encode(claims, key, algorithm=algorithm, headers=header)


class Authlib:
    expired, refused = ExpiredTokenError, (JoseError, ValueError)

    def verify(token, algorithm, key):
        key = JsonWebKey.import_key(key) if isinstance(key, dict) else key
        claims = JsonWebToken([algorithm]).decode(token, key)
        claims.validate(leeway=LEEWAY)
        return claims

    def sign(claims, algorithm, key, header):
        token = JsonWebToken([algorithm]).encode({"alg": algorithm, **header}, claims, key)
        return token.decode()


class JoseRfc:
    expired = joserfc.errors.ExpiredTokenError
    refused = (joserfc.errors.JoseError, ValueError)

    def key(key):
        if isinstance(key, dict):
            return {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}[key["kty"]].import_key(key)
        return OctKey.import_key(key)

    def verify(token, algorithm, key):
        token = joserfc.jwt.decode(token, JoseRfc.key(key), algorithms=[algorithm])
        joserfc.jwt.JWTClaimsRegistry(leeway=LEEWAY, exp={"essential": True}).validate(token.claims)
        return token.claims

    def sign(claims, algorithm, key, header):
        kind = {"HS": OctKey, "RS": RSAKey, "PS": RSAKey, "ES": ECKey, "Ed": OKPKey}[algorithm[:2]]
        header = {"alg": algorithm, **header}
        return joserfc.jwt.encode(header, claims, kind.import_key(key), algorithms=[algorithm])


class FlaskJwtExtended:
    expired = jwt.ExpiredSignatureError
    refused = (jwt.PyJWTError, flask_jwt_extended.exceptions.JWTExtendedException)

    def app(algorithm, **settings):
        app = Flask("interop")
        app.config.update(JWT_ALGORITHM=algorithm, JWT_DECODE_LEEWAY=LEEWAY, **settings)
        flask_jwt_extended.JWTManager(app)
        return app.app_context()

    def verify(token, algorithm, key):
        if isinstance(key, dict):
            public = jwt.PyJWK(key).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            key = {"JWT_PUBLIC_KEY": public.decode()}
        else:
            key = {"JWT_SECRET_KEY": key}
        with FlaskJwtExtended.app(algorithm, **key):
            return flask_jwt_extended.decode_token(token)

    def sign(claims, algorithm, key, header):
        name = "JWT_SECRET_KEY" if algorithm.startswith("HS") else "JWT_PRIVATE_KEY"
        with FlaskJwtExtended.app(algorithm, **{name: key}):
            return flask_jwt_extended.create_access_token(
                claims["sub"], additional_claims=claims, additional_headers=header
            )


LIBRARIES = {
    "PyJWT": PyJwt,
    "python-jose": PythonJose,
    "Authlib": Authlib,
    "joserfc": JoseRfc,
    "Flask-JWT-Extended": FlaskJwtExtended,
}


def answer(case):
    library = LIBRARIES[case["library"]]
    try:
        if "claims" in case:
            header = case["header"]
            return {"token": library.sign(case["claims"], case["algorithm"], case["key"], header)}
        claims = library.verify(case["token"], case["algorithm"], case["key"])
        return {"sub": claims["sub"]}
    except library.expired:
        return {"refused": "expired"}
    except library.refused as why:
        return {"refused": "invalid", "why": str(why)}


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
