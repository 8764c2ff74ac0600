import Fastify from "fastify";
import jwt from "@fastify/jwt";
import { createRemoteJWKSet, exportSPKI } from "jose";

const { JWKS_URL, SECRET_KEY, PORT = 3000 } = process.env;
if (!JWKS_URL && !SECRET_KEY) throw new Error("set JWKS_URL or SECRET_KEY");
const keySet = JWKS_URL && createRemoteJWKSet(new URL(JWKS_URL)); // public keys only

const app = Fastify();
app.register(jwt, {
  secret: keySet ? async (request, { header }) => exportSPKI(await keySet(header)) : SECRET_KEY,
  decode: { complete: true },
  verify: {
    algorithms: keySet ? ["RS256", "ES256", "EdDSA"] : ["HS256"],
    clockTolerance: 10_000, // in milliseconds
    requiredClaims: ["exp", "sub"],
  },
});

app.addHook("onRequest", async (request, reply) => {
  try {
    await request.jwtVerify();
  } catch (why) {
    if (why.code === "FST_JWT_AUTHORIZATION_TOKEN_EXPIRED")
      return reply.code(401).send({ error: "token expired" });
    if ([undefined, "ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT"].includes(why.code))
      return reply.code(503).send({ error: "keys unavailable" });
    return reply.code(401).send({ error: "token invalid" });
  }
});

app.get("/", async (request) => ({ hello: request.user.preferred_username }));

await app.listen({ port: PORT });
