// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
	"github.com/seinhuis/seinhuis/gateway/intake"
)

const typeLoginStatement = "inlogsleutelverklaring+jwt"

// loginStatement is signed by a signing key that the party registered before:
// an SSH key proves itself at each login, so that is all the proof it needs.
type loginStatement struct {
	OIN  gateway.OIN `json:"oin"`
	Key  string      `json:"sshSleutel"` // SSH wire format (RFC 4253, 6.6), base64
	Made time.Time   `json:"opgesteldOp"`
}

// MakeLoginStatement asks, signed by the party, to let it log in at the SFTP
// door with an SSH public key in wire format.
func MakeLoginStatement(oin gateway.OIN, at time.Time, key gateway.SSHKey, signer PrivateKey) ([]byte, error) {
	payload, err := json.Marshal(loginStatement{oin, base64.StdEncoding.EncodeToString(key), at.UTC().Truncate(time.Second)})
	if err != nil {
		return nil, fmt.Errorf("login statement: %T", err)
	}
	return SignPayload(payload, signer, typeLoginStatement)
}

// ReadLoginStatement verifies a login statement with the party's own signing
// keys and gives the SSH key that it holds. It is accepted from five minutes
// before to thirty days after its date.
func ReadLoginStatement(token []byte, from gateway.Party, at time.Time) (gateway.SSHKey, error) {
	outer, refused := readSigned(token, Limits{}.orDefault())
	if refused != nil {
		return nil, refused
	}
	if outer.header.typ != typeLoginStatement { // else a message of the same form would do
		return nil, refuse(gateway.CodeHeader, ruleStatement, "Dit is geen inlogsleutelverklaring.")
	}
	letter := intake.Letter{Peer: gateway.Authenticated(from, ""), At: at, Token: token}
	content := NewVerifier(Limits{}).Verify(context.Background(), []intake.Letter{letter})[0]
	if content.Err != nil {
		return nil, content.Err
	}
	var s loginStatement
	if err := json.Unmarshal(content.Payload, &s, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("login statement is not of the form asked for")
	}
	key, err := base64.StdEncoding.DecodeString(s.Key)
	switch {
	case err != nil || len(key) == 0:
		return nil, fmt.Errorf("login statement holds no SSH key")
	case s.OIN != from.OIN:
		return nil, fmt.Errorf("login statement is of another party")
	case s.Made.After(at.Add(5*time.Minute)) || at.After(s.Made.AddDate(0, 0, 30)):
		return nil, fmt.Errorf("login statement is too old, or of the future")
	}
	return key, nil
}
