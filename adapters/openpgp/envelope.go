// SPDX-License-Identifier: EUPL-1.2

package openpgp

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/seinhuis/seinhuis/gateway"
)

// The packet types that a message may be made of (RFC 9580, 5).
const (
	tagSessionKey = 1
	tagOnePass    = 4
	tagCompressed = 8
	tagMarker     = 10
	tagLiteral    = 11
	tagProtected  = 18
)

// envelope is the outer layer: session keys and the protected packet.
type envelope struct {
	keys []*packet.EncryptedKey
	body *packet.SymmetricallyEncrypted
}

// peekTag tells the type of the next packet. The library keeps packets of some
// types whole in memory, so it may only read those that are expected here.
func peekTag(r *bufio.Reader) (byte, error) {
	b, err := r.Peek(1)
	if err != nil {
		return 0, err
	}
	switch {
	case b[0]&0x80 == 0:
		return 0, io.ErrUnexpectedEOF
	case b[0]&0x40 == 0:
		return b[0] & 0x3f >> 2, nil
	default:
		return b[0] & 0x3f, nil
	}
}

const armorBegin = "-----BEGIN PGP MESSAGE-----"

// dearmor takes armored input for what it holds. It must begin with the armor.
// The library joins the pieces of a long header and keeps all headers, which
// takes quadratic time and any memory; so it gets none to read.
func dearmor(r *bufio.Reader) (*bufio.Reader, *gateway.Error) {
	if b, _ := r.Peek(len(armorBegin)); !bytes.Equal(b, []byte(armorBegin)) {
		return r, nil
	}
	if !skipHeaders(r) {
		return nil, undecryptable()
	}
	bare := io.MultiReader(strings.NewReader(armorBegin+"\n\n"), r)
	block, err := armor.Decode(bufio.NewReaderSize(bare, piece))
	if err != nil {
		return nil, undecryptable()
	}
	return bufio.NewReaderSize(block.Body, piece), nil
}

// skipHeaders reads the first line and the headers up to the empty line after
// them, and reports whether they have their form and stay within the bounds.
func skipHeaders(r *bufio.Reader) bool {
	left := maxArmorHead
	for n := 0; n <= maxArmorHeaders+1; n++ {
		line, err := r.ReadSlice('\n')
		if left -= len(line); err != nil || left < 0 {
			return false
		}
		line = bytes.TrimSpace(line)
		switch {
		case n == 0 && string(line) != armorBegin:
			return false
		case n > 0 && len(line) == 0:
			return true
		case n > 0 && !bytes.Contains(line, []byte(":")):
			return false
		}
	}
	return false
}

func readEnvelope(r *bufio.Reader) (envelope, *gateway.Error) {
	var e envelope
	markers := 0
	for e.body == nil {
		tag, err := peekTag(r)
		if err != nil || tag != tagSessionKey && tag != tagMarker && tag != tagProtected {
			return e, notProtected() // also a passphrase (type 3) and a packet without integrity (type 9)
		}
		if tag == tagMarker {
			if markers++; markers > maxMarkers {
				return e, notProtected()
			}
		}
		p, err := packet.Read(r)
		if err != nil {
			return e, undecryptable()
		}
		switch p := p.(type) {
		case *packet.EncryptedKey:
			if len(e.keys) == maxRecipients {
				return e, wrongRecipient()
			}
			e.keys = append(e.keys, p)
		case *packet.SymmetricallyEncrypted:
			e.body = p
		}
	}
	if len(e.keys) == 0 {
		return e, notProtected()
	}
	return e, nil
}

// open finds our key and starts decryption. Every named recipient must be ours,
// so that a file for the gateway lies nowhere readable to another.
func (e envelope) open(own openpgp.EntityList, at time.Time) (io.ReadCloser, *openpgp.Entity, *gateway.Error) {
	var to openpgp.Key
	var session *packet.EncryptedKey
	for _, k := range e.keys {
		ours, ok := decryptionKey(own, k.KeyId, at)
		if !ok {
			return nil, nil, wrongRecipient()
		}
		if session == nil {
			to, session = ours, k
		}
	}
	if session.Decrypt(to.PrivateKey, profile(at)) != nil {
		return nil, nil, undecryptable()
	}
	cipher, version := session.CipherFunc, 3
	if e.body.Version == 2 {
		cipher, version = e.body.Cipher, 6
	}
	if session.Version != version || cipher != packet.CipherAES256 && cipher != packet.CipherAES192 && cipher != packet.CipherAES128 {
		return nil, nil, undecryptable()
	}
	plain, err := e.body.Decrypt(cipher, session.Key)
	if err != nil {
		return nil, nil, undecryptable()
	}
	return plain, to.Entity, nil
}

// decryptionKey finds a key by id. Its period is not judged: a file that was
// encrypted before a rotation is still welcome until the key is retired.
func decryptionKey(own openpgp.EntityList, id uint64, at time.Time) (openpgp.Key, bool) {
	if id == 0 {
		return openpgp.Key{}, false // a hidden recipient
	}
	for _, e := range own.EntitiesById(id) {
		for _, k := range e.DecryptionKeys(id, time.Time{}, profile(at)) {
			if k.PublicKey.KeyId == id && k.PrivateKey != nil {
				return k, true
			}
		}
	}
	return openpgp.Key{}, false
}
