// SPDX-License-Identifier: EUPL-1.2

package jose

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seinhuis/seinhuis/gateway"
)

// jwk holds the members of a JSON Web Key that we know, as text; the names
// are those of RFC 7517 and RFC 7518, the last three are ours and stand only in our key set.
type jwk struct {
	kty, crv, x, y, n, e      string
	d, p, q, dp, dq, qi       string
	use, alg, kid             string
	purpose, validFrom, until string
}

func (j *jwk) member(name string) *string {
	switch name {
	case "kty":
		return &j.kty
	case "crv":
		return &j.crv
	case "x":
		return &j.x
	case "y":
		return &j.y
	case "n":
		return &j.n
	case "e":
		return &j.e
	case "use":
		return &j.use
	case "alg":
		return &j.alg
	case "kid":
		return &j.kid
	}
	return nil
}

func (j *jwk) privateMember(name string) *string {
	switch name {
	case "d":
		return &j.d
	case "p":
		return &j.p
	case "q":
		return &j.q
	case "dp":
		return &j.dp
	case "dq":
		return &j.dq
	case "qi":
		return &j.qi
	}
	return j.member(name)
}

// readJWK reads one JWK; every member outside the list is refused, so a
// private key can never be taken for a public one.
func readJWK(d *jsontext.Decoder, member func(*jwk, string) *string) (jwk, error) {
	var j jwk
	err := eachMember(d, func(name string) error {
		into := member(&j, name)
		if into == nil {
			return errForm
		}
		return readText(d, into)
	})
	return j, err
}

// whole runs read over the only JSON value of data. The decoder's errors may
// quote input, so only our own come through.
func whole(data []byte, read func(*jsontext.Decoder) error) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(data))
	if err := read(d); err != nil {
		if e := (*gateway.Error)(nil); errors.As(err, &e) {
			return e
		}
		return errForm
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return errForm
	}
	return nil
}
