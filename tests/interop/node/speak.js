// Signs and verifies with the libraries of JavaScript; what is asked and answered, mod.rs says.
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { SignJWT, errors, importJWK, importPKCS8, jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";

const bytes = (text) => new TextEncoder().encode(text);

const libraries = {
  jose: {
    async verify({ token, algorithm, key }) {
      const imported = typeof key === "string" ? bytes(key) : await importJWK(key, algorithm);
      return (await jwtVerify(token, imported, { algorithms: [algorithm], clockTolerance: 10 })).payload;
    },
    async sign({ claims, algorithm, key, header }) {
      const imported = algorithm.startsWith("HS") ? bytes(key) : await importPKCS8(key, algorithm);
      return new SignJWT(claims).setProtectedHeader({ alg: algorithm, ...header }).sign(imported);
    },
    expired: (why) => why.code === "ERR_JWT_EXPIRED",
    refused: (why) => why instanceof errors.JOSEError,
  },
  jsonwebtoken: {
    async verify({ token, algorithm, key }) {
      const imported = typeof key === "string" ? key : createPublicKey({ key, format: "jwk" });
      return jsonwebtoken.verify(token, imported, { algorithms: [algorithm], clockTolerance: 10 });
    },
    async sign({ claims, algorithm, key, header }) {
      return jsonwebtoken.sign(claims, key, { algorithm, header });
    },
    expired: (why) => why.name === "TokenExpiredError",
    refused: (why) => why instanceof jsonwebtoken.JsonWebTokenError,
  },
};

async function answer(one) {
  const library = libraries[one.library];
  try {
    if (one.claims) return { token: await library.sign(one) };
    return { sub: (await library.verify(one)).sub };
  } catch (why) {
    if (library.expired(why)) return { refused: "expired" };
    if (library.refused(why)) return { refused: "invalid", why: why.message };
    throw why;
  }
}

const cases = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(await Promise.all(cases.map(answer))));
