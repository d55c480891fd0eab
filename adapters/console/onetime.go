// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/oversight"
)

// codeLife is how long a code waits to be used.
const codeLife = 10 * time.Minute

// maxCodes bounds the codes that wait.
const maxCodes = 100

// Codes are one-time codes to sign in with. The command that gives one out is
// another process than the one that takes it in, so they wait in a folder of the
// installation: one file per code, readable by the owner alone, named by
// SHA-256 of the code. The code itself is written nowhere.
type Codes struct{ dir string }

// NewCodes keeps them in a folder, which is made when the first is given.
func NewCodes(dir string) *Codes { return &Codes{dir} }

// ErrNoCode is given for every code that lets nobody in: unknown, used or too old.
var ErrNoCode = errors.New("console: no such one-time code")

// waiting is the content of a file.
type waiting struct {
	Account gateway.UUID     `json:"account"`
	Roles   []oversight.Role `json:"rollen"`
	Parties []gateway.OIN    `json:"partijen"`
	Until   time.Time        `json:"tot"`
}

// Give makes a code of 160 random bits for an officer, good for ten minutes. It
// refuses claims that would not be admitted.
func (c *Codes) Give(claims oversight.Claims, now time.Time) (code string, err error) {
	if _, err := oversight.Admit(claims); err != nil {
		return "", err
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return "", err
	}
	if n, err := c.sweep(now); err != nil || n >= maxCodes {
		return "", errors.Join(err, errors.New("console: too many one-time codes wait"))
	}
	var secret [20]byte
	_, _ = rand.Read(secret[:])
	code = strings.ToLower(base32.StdEncoding.EncodeToString(secret[:]))
	data, err := json.Marshal(waiting{claims.Account, claims.Roles, claims.Parties, now.Add(codeLife)})
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.dir, hashOf(code))
	f, err := os.OpenFile(path+".nieuw", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", err
	}
	// Whoever sees the file sees all of it.
	return spaced(code), os.Rename(path+".nieuw", path)
}

// Redeem takes a code in: whoever is first gets its claims, everybody after him
// [ErrNoCode].
func (c *Codes) Redeem(_ context.Context, code string, now time.Time) (oversight.Claims, error) {
	given := []byte(hashOf(plain(code)))
	files, err := os.ReadDir(c.dir)
	if errors.Is(err, os.ErrNotExist) {
		return oversight.Claims{}, ErrNoCode
	}
	if err != nil {
		return oversight.Claims{}, err
	}
	found := ""
	for _, f := range files { // all of them, so that time tells nothing
		if subtle.ConstantTimeCompare([]byte(f.Name()), given) == 1 {
			found = filepath.Join(c.dir, f.Name())
		}
	}
	if found == "" {
		return oversight.Claims{}, ErrNoCode
	}
	data, err := os.ReadFile(found)
	if errors.Is(err, os.ErrNotExist) {
		return oversight.Claims{}, ErrNoCode
	}
	// To remove the file is to use the code: only one caller can.
	if gone := os.Remove(found); gone != nil {
		return oversight.Claims{}, ErrNoCode
	}
	var w waiting
	if err = errors.Join(err, json.Unmarshal(data, &w)); err != nil {
		return oversight.Claims{}, err
	}
	if !now.Before(w.Until) || w.Until.Sub(now) > codeLife {
		return oversight.Claims{}, ErrNoCode
	}
	return oversight.Claims{Account: w.Account, Roles: w.Roles, Parties: w.Parties}, nil
}

// sweep removes codes that are too old and counts the rest. A file that cannot
// be read lets nobody in and goes too.
func (c *Codes) sweep(now time.Time) (left int, err error) {
	files, err := os.ReadDir(c.dir)
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		path := filepath.Join(c.dir, f.Name())
		var w waiting
		data, err := os.ReadFile(path)
		if err == nil && json.Unmarshal(data, &w) == nil && now.Before(w.Until) {
			left++
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return left, err
		}
	}
	return left, nil
}

func hashOf(code string) string {
	sum := sha256.Sum256([]byte("seinhuis/eenmalig\x00" + code))
	return hex.EncodeToString(sum[:])
}

// spaced writes a code in groups of four, to read it from a screen.
func spaced(code string) string {
	var groups []string
	for ; len(code) > 4; code = code[4:] {
		groups = append(groups, code[:4])
	}
	return strings.Join(append(groups, code), "-")
}

// plain is a code without what people put between its letters.
func plain(code string) string {
	return strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
}
