"""Verifies the tokens that come on stdin with PyJWT, as a service would that keeps its keys; prints µs of CPU time."""

import json
import statistics
import sys
import time

import jwt

given = json.load(sys.stdin)
micros = {}
for case in given["cases"]:
    key = jwt.PyJWK(case["key"]).key
    rounds = []
    for _ in range(given["rounds"]):
        count = 0
        begun = time.perf_counter()
        before = time.process_time()
        while time.perf_counter() - begun < given["seconds"]:
            jwt.decode(case["token"], key, algorithms=[case["alg"]], issuer="https://login.example.com")
            count += 1
        rounds.append(1e6 * (time.process_time() - before) / count)
    micros[case["alg"]] = statistics.median(rounds)
print(json.dumps({"version": jwt.__version__, "micros": micros}))
