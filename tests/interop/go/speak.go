// Signs and verifies with golang-jwt; what is asked and answered, mod.rs says.
package main

import (
	"encoding/json"
	"errors"
	"log"
	"os"
	"strings"

	"github.com/golang-jwt/jwt/v4"
	jose "gopkg.in/square/go-jose.v2"
)

type Case struct {
	Algorithm string
	Key       json.RawMessage
	Token     string
	Claims    jwt.MapClaims
	Header    map[string]any
}

func main() {
	var cases []Case
	must(json.NewDecoder(os.Stdin).Decode(&cases))
	answers := []map[string]any{}
	for _, one := range cases {
		if one.Claims == nil {
			answers = append(answers, one.verify())
		} else {
			answers = append(answers, one.sign())
		}
	}
	must(json.NewEncoder(os.Stdout).Encode(answers))
}

func (c Case) verify() map[string]any {
	var claims jwt.MapClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{c.Algorithm}))
	_, err := parser.ParseWithClaims(c.Token, &claims, func(*jwt.Token) (any, error) { return c.public(), nil })
	switch {
	case err == nil:
		return map[string]any{"sub": claims["sub"]}
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return map[string]any{"refused": "expired"}
	default:
		return map[string]any{"refused": "invalid", "why": err.Error()}
	}
}

func (c Case) public() any {
	if c.Key[0] == '"' {
		return []byte(c.text())
	}
	var key jose.JSONWebKey
	must(key.UnmarshalJSON(c.Key))
	return key.Key
}

func (c Case) sign() map[string]any {
	token := jwt.NewWithClaims(jwt.GetSigningMethod(c.Algorithm), c.Claims)
	for name, value := range c.Header {
		token.Header[name] = value
	}
	signed, err := token.SignedString(c.private())
	must(err)
	return map[string]any{"token": signed}
}

func (c Case) private() (key any) {
	var err error
	pem := []byte(c.text())
	switch {
	case strings.HasPrefix(c.Algorithm, "HS"):
		return pem
	case strings.HasPrefix(c.Algorithm, "ES"):
		key, err = jwt.ParseECPrivateKeyFromPEM(pem)
	case c.Algorithm == "EdDSA":
		key, err = jwt.ParseEdPrivateKeyFromPEM(pem)
	default:
		key, err = jwt.ParseRSAPrivateKeyFromPEM(pem)
	}
	must(err)
	return key
}

func (c Case) text() (text string) {
	must(json.Unmarshal(c.Key, &text))
	return text
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
