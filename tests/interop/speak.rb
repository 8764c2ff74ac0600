# Signs and verifies with ruby-jwt; what is asked and answered, mod.rs says.
require "json"
require "jwt"

def answer(one)
  algorithm, key = one.values_at("algorithm", "key")
  if one["claims"]
    key = OpenSSL::PKey.read(key) unless algorithm.start_with?("HS")
    return { token: JWT.encode(one["claims"], key, algorithm, one["header"]) }
  end
  key = JWT::JWK.import(key).keypair if key.is_a?(Hash)
  claims, = JWT.decode(one["token"], key, true, { algorithm: algorithm, exp_leeway: 10 })
  { sub: claims["sub"] }
rescue JWT::ExpiredSignature
  { refused: "expired" }
rescue JWT::DecodeError => e
  { refused: "invalid", why: e.message }
end

puts JSON.generate(JSON.parse($stdin.read).map { |one| answer(one) })
