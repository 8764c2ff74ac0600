package main

import (
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v4"
)

const leeway = 10 * time.Second

type Claims struct {
	jwt.RegisteredClaims
	Username string   `json:"preferred_username"`
	Roles    []string `json:"roles"`
}

// Valid replaces golang-jwt's own check of the times, which has no leeway (in v5: jwt.WithLeeway).
func (c Claims) Valid() error {
	now := time.Now()
	switch {
	case c.Subject == "" || c.ExpiresAt == nil || !c.VerifyNotBefore(now.Add(leeway), false):
		return jwt.ErrTokenInvalidClaims
	case !c.VerifyExpiresAt(now.Add(-leeway), true):
		return jwt.ErrTokenExpired
	}
	return nil
}

func main() {
	secret, keys := os.Getenv("SECRET_KEY"), &KeySet{URL: os.Getenv("JWKS_URL")}
	keyOf, algorithms := keys.Find, []string{"RS256", "ES256", "EdDSA"} // public keys only
	if keys.URL == "" {                                                 // the shared secret
		if secret == "" {
			log.Fatal("set JWKS_URL or SECRET_KEY")
		}
		keyOf, algorithms = func(*jwt.Token) (any, error) { return []byte(secret), nil }, []string{"HS256"}
	}
	parser := jwt.NewParser(jwt.WithValidMethods(algorithms))

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		var claims Claims
		_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		_, err := parser.ParseWithClaims(token, &claims, keyOf)
		switch {
		case err == nil:
			answer(w, http.StatusOK, "hello", claims.Username)
		case errors.Is(err, jwt.ErrTokenExpired):
			answer(w, http.StatusUnauthorized, "error", "token expired")
		case errors.Is(err, ErrKeysUnavailable):
			answer(w, http.StatusServiceUnavailable, "error", "keys unavailable")
		default:
			answer(w, http.StatusUnauthorized, "error", "token invalid")
		}
	})
	address := os.Getenv("ADDRESS")
	if address == "" {
		address = "127.0.0.1:3000"
	}
	log.Fatal(http.ListenAndServe(address, nil))
}

func answer(w http.ResponseWriter, status int, name, value string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{name: value})
}
