//! Secrets that tutorials and starter files print, long enough to pass for good ones.
//!
//! Short ones need no entry, their length gives them away. Each was found in many public repositories.

pub(crate) const PUBLISHED: [&str; 20] = [
    // FastAPI's security tutorial
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    // jwt.io's debugger
    "a-string-secret-at-least-256-bits-long",
    // RFC 7515 appendix A.1, as JWK and as text
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    // Supabase: the command line tool's local project
    "super-secret-jwt-token-with-at-least-32-characters-long",
    // Supabase: the self-hosting .env.example
    "your-super-secret-jwt-token-with-at-least-32-characters-long",
    // API Platform and the Mercure hub
    "!ChangeThisMercureHubJWTSecretKey!",
    // JHipster's registry
    "my-secret-key-which-should-be-changed-in-production-and-be-base64-encoded",
    // Guardian's README (Elixir)
    "Secret key. You can use `mix guardian.gen.secret` to get one",
    // the Spring Boot and JWT video tutorials
    "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
    "413F4428472B4B6250655368566D5970337336763979244226452948404D6351",
    // BezKoder's Spring Security tutorial
    "======================BezKoder=Spring===========================",
    // the Natours course (Node.js), and its longer spelling
    "my-ultra-secure-and-ultra-long-secret",
    "my-32-character-ultra-secure-and-ultra-long-secret",
    // Jason Watmore's ASP.NET and Node.js tutorials, two spellings
    "THIS IS USED TO SIGN AND VERIFY JWT TOKENS, REPLACE IT WITH YOUR OWN SECRET, IT CAN BE ANY STRING",
    "THIS IS USED TO SIGN AND VERIFY JWT TOKENS, REPLACE  IT WITH YOUR OWN SECRET, IT CAN BE ANY STRING",
    // placeholders of starter kits
    "<random_string_at_least_32_characters_long>",
    "your_jwt_secret_that_is_at_least_32_symbols_long",
    "jwt-default-value-to-be-changed-in-production",
    "supersecretkeyyoushouldnotcommittogithub",
    // keyboard walks
    "qwertyuiopasdfghjklzxcvbnm123456",
];
