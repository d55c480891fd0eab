// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/seinhuis/seinhuis/gateway"
)

// serverVersion tells nothing about product or version.
const serverVersion = "SSH-2.0-SFTP"

// What the door speaks: no SHA-1, no CBC, no finite-field or NIST-curve key
// exchange, and a key exchange that outlives a quantum computer first.
// TestAlgorithms holds it.
var (
	keyExchanges = []string{ssh.KeyExchangeMLKEM768X25519, ssh.KeyExchangeCurve25519, "curve25519-sha256@libssh.org"}
	ciphers      = []string{ssh.CipherAES256GCM, ssh.CipherAES128GCM, ssh.CipherChaCha20Poly1305}
	macs         = []string{ssh.HMACSHA256ETM, ssh.HMACSHA512ETM}
	userKeys     = []string{ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512}
)

// minRSA is the smallest RSA key that may log in, in bits.
const minRSA = 3072

// maxTries is how many keys a client may offer on one connection; agents offer
// all that they hold.
const maxTries = 6

var errLogin = errors.New("sftpd: login refused")

// login is one attempt, on one connection, to show who is there.
type login struct {
	server *Server
	ctx    context.Context // ends with the time for it
	about  refused         // the last key that was refused, and why
	known  refused         // the last key that was not, to which a signature must follow
	print  string          // once logged in, as party
	party  gateway.Party
}

// greet makes an SSH connection of a party out of a TCP connection.
func (d *Server) greet(ctx context.Context, c net.Conn) (*ssh.ServerConn, *login, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
	ctx, cancel := context.WithTimeout(ctx, d.options.LoginTimeout)
	defer cancel()
	l := &login{server: d, ctx: ctx, about: refused{from: addressOf(c)}}
	config := &ssh.ServerConfig{
		Config:                  ssh.Config{KeyExchanges: keyExchanges, Ciphers: ciphers, MACs: macs},
		PublicKeyAuthAlgorithms: userKeys, MaxAuthTries: maxTries, ServerVersion: serverVersion,
		PublicKeyCallback: l.offered,
	}
	for _, k := range d.options.HostKeys {
		config.AddHostKey(k)
	}
	_ = c.SetDeadline(time.Now().Add(d.options.LoginTimeout)) // fails only on a closed connection
	conn, channels, requests, err := ssh.NewServerConn(c, config)
	if err != nil {
		if l.known.code != "" && !brokenOff(err) {
			d.refuse(ctx, l.known)
		} else if l.about.code != "" {
			d.refuse(ctx, l.about)
		}
		return nil, nil, nil, nil, err
	}
	_ = c.SetDeadline(time.Time{})
	// The user and key that signed are the ones that count, not the last ones
	// that were offered.
	l.print = conn.Permissions.Extensions[extensionKey]
	var code gateway.Code
	if l.party, code = d.admits(ctx, conn.User(), nil, l.print); code != "" {
		d.refuse(ctx, refused{code, l.print, l.party.OIN, l.about.from})
		_ = conn.Close()
		return nil, nil, nil, nil, errLogin
	}
	return conn, l, channels, requests, nil
}

const extensionKey = "sleutel"

// offered answers whether a key may log in. Outside, every refusal looks the
// same.
func (l *login) offered(m ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
	sum := sha256.Sum256(key.Marshal())
	print := hex.EncodeToString(sum[:])
	party, code := l.server.admits(l.ctx, m.User(), key.Marshal(), print)
	if code == "" && !strong(key) {
		code = gateway.CodeAlgorithm
	}
	if code != "" {
		l.about = refused{code, print, party.OIN, l.about.from}
		return nil, errLogin
	}
	l.known = refused{gateway.CodeSignature, print, party.OIN, l.about.from}
	return &ssh.Permissions{Extensions: map[string]string{extensionKey: print}}, nil
}

// brokenOff reports whether a login ended because the client gave up or was
// out of keys, time or tries. A signature that does not verify ends it with an
// error of the key's own kind, as does one that cannot be read.
func brokenOff(err error) bool {
	var tries *ssh.ServerAuthError
	var network net.Error
	return errors.As(err, &tries) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || strings.HasPrefix(err.Error(), "ssh: disconnect")
}

// admits finds the party behind a user name, if the key (its wire form, or nil
// when only its fingerprint is known any more) is one of its login keys now. A
// registered party comes with a refusal as well, to say who was named.
func (d *Server) admits(ctx context.Context, user string, wire []byte, print string) (gateway.Party, gateway.Code) {
	oin, err := gateway.ParseOIN(user)
	if err != nil {
		return gateway.Party{}, gateway.CodePartyUnknown
	}
	party, found, err := d.Register.Party(ctx, oin)
	switch {
	case err != nil:
		return gateway.Party{}, gateway.CodeUnavailable
	case !found:
		return gateway.Party{}, gateway.CodePartyUnknown
	case party.State != gateway.PartyActive:
		return party, gateway.CodePartyInactive
	case treeOf(party.Kind) == nil:
		return party, gateway.CodePartyKind
	}
	for _, k := range party.KeysFor(gateway.KeyLogin, d.Clock()) {
		registered, ok := k.Public.(gateway.SSHKey)
		if !ok || k.Algorithm != gateway.AlgSSH || k.ID != print {
			continue
		}
		if sum := sha256.Sum256(registered); hex.EncodeToString(sum[:]) == print && (wire == nil || bytes.Equal(registered, wire)) {
			return party, ""
		}
	}
	return party, gateway.CodeKey
}

// strong holds the key itself to what the list of algorithms cannot say.
func strong(key ssh.PublicKey) bool {
	switch key.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384:
		return true
	case ssh.KeyAlgoRSA:
		c, ok := key.(ssh.CryptoPublicKey)
		if !ok {
			return false
		}
		r, ok := c.CryptoPublicKey().(*rsa.PublicKey)
		return ok && r.N.BitLen() >= minRSA
	}
	return false
}
