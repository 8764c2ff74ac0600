package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v4"
	jose "gopkg.in/square/go-jose.v2"
)

var ErrKeysUnavailable = errors.New("keys unavailable")

// KeySet is the issuer's public keys. It asks again after five minutes, and sooner for a key that it
// does not know, but never within ten seconds; what it has serves on while the issuer is away.
type KeySet struct {
	URL   string
	mutex sync.Mutex
	keys  jose.JSONWebKeySet
	asked time.Time
}

// Find is a jwt.Keyfunc: the key that the token names, if it is for the token's algorithm.
func (s *KeySet) Find(token *jwt.Token) (any, error) {
	kid, _ := token.Header["kid"].(string)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	age := time.Since(s.asked)
	if age > 5*time.Minute || age > 10*time.Second && len(s.keys.Key(kid)) == 0 {
		s.asked = time.Now()
		if err := s.fetch(); err != nil && len(s.keys.Keys) == 0 {
			return nil, fmt.Errorf("%w: %v", ErrKeysUnavailable, err)
		}
	}
	if len(s.keys.Keys) == 0 {
		return nil, ErrKeysUnavailable
	}
	for _, key := range s.keys.Key(kid) {
		if key.Algorithm == token.Method.Alg() {
			return key.Key, nil
		}
	}
	return nil, jwt.ErrTokenUnverifiable
}

func (s *KeySet) fetch() error {
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(s.URL)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the key server says %s", answer.Status)
	}
	var keys jose.JSONWebKeySet
	if err := json.NewDecoder(answer.Body).Decode(&keys); err != nil {
		return err
	}
	s.keys = keys
	return nil
}
