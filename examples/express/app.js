import express from "express";
import { createRemoteJWKSet, jwtVerify } from "jose";

const { JWKS_URL, SECRET_KEY, PORT = 3000 } = process.env;
if (!JWKS_URL && !SECRET_KEY) throw new Error("set JWKS_URL or SECRET_KEY");
const [key, algorithms] = JWKS_URL
  ? [createRemoteJWKSet(new URL(JWKS_URL)), ["RS256", "ES256", "EdDSA"]] // public keys only
  : [new TextEncoder().encode(SECRET_KEY), ["HS256"]]; // the shared secret

const rules = { algorithms, clockTolerance: 10, requiredClaims: ["exp", "sub"] };
const app = express();

app.use(async (req, res, next) => {
  const token = (req.get("authorization") ?? "").split(" ")[1] ?? "";
  try {
    req.claims = (await jwtVerify(token, key, rules)).payload;
  } catch (why) {
    if (why.code === "ERR_JWT_EXPIRED") return res.status(401).json({ error: "token expired" });
    if ([undefined, "ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT"].includes(why.code))
      return res.status(503).json({ error: "keys unavailable" });
    return res.status(401).json({ error: "token invalid" });
  }
  next();
});

app.get("/", (req, res) => res.json({ hello: req.claims.preferred_username }));

app.listen(PORT, "127.0.0.1");
