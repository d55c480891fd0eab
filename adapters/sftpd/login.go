// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"sync"
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
	code   gateway.Code    // why the last key was refused
	print  string
	party  gateway.Party // once logged in
}

// greet makes an SSH connection of a party out of a TCP connection.
func (d *Server) greet(ctx context.Context, c net.Conn) (*ssh.ServerConn, *login, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
	ctx, cancel := context.WithTimeout(ctx, d.options.LoginTimeout)
	defer cancel()
	l := &login{server: d, ctx: ctx}
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
		if l.code != "" {
			d.refused(ctx, l.code, l.print)
		}
		return nil, nil, nil, nil, err
	}
	_ = c.SetDeadline(time.Time{})
	// The user and key that signed are the ones that count, not the last ones
	// that were offered.
	l.print = conn.Permissions.Extensions[extensionKey]
	if l.party, l.code = d.admits(ctx, conn.User(), nil, l.print); l.code != "" {
		d.refused(ctx, l.code, l.print)
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
	l.print = hex.EncodeToString(sum[:])
	_, code := l.server.admits(l.ctx, m.User(), key.Marshal(), l.print)
	if code == "" && !strong(key) {
		code = gateway.CodeAlgorithm
	}
	if l.code = code; code != "" {
		return nil, errLogin
	}
	return &ssh.Permissions{Extensions: map[string]string{extensionKey: l.print}}, nil
}

// admits finds the party behind a user name, if the key (its wire form, or nil
// when only its fingerprint is known any more) is one of its login keys now.
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
		return gateway.Party{}, gateway.CodePartyInactive
	case treeOf(party.Kind) == nil:
		return gateway.Party{}, gateway.CodePartyKind
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
	return gateway.Party{}, gateway.CodeKey
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

// refused writes toegang-geweigerd. That the entry could not be written is
// ours to notice; the refusal stands either way.
func (d *Server) refused(ctx context.Context, code gateway.Code, print string) {
	at, trace := d.Clock(), gateway.NewTrace()
	if !d.refusals.fresh(code, print, at) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.options.RequestTimeout)
	defer cancel()
	d.options.Logger.Warn("", slog.String("gebeurtenis", "toegang-geweigerd"), slog.String("reden", string(code)), slog.String("spoor", string(trace)))
	if err := d.AccessRefused(ctx, code, print, at, trace); err != nil {
		d.options.Logger.Error("", slog.String("gebeurtenis", "weigering-niet-vastgelegd"), slog.String("spoor", string(trace)))
	}
}

// refusals thins entries: whoever keeps knocking fills one line a second and
// not the log.
type refusals struct {
	mu     sync.Mutex
	second int64
	seen   map[string]bool
}

// maxRefusals bounds the entries of one second.
const maxRefusals = 64

func (r *refusals) fresh(code gateway.Code, print string, at time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := at.Unix(); s != r.second || r.seen == nil {
		r.second, r.seen = s, map[string]bool{}
	}
	key := string(code) + " " + print
	if r.seen[key] || len(r.seen) >= maxRefusals {
		return false
	}
	r.seen[key] = true
	return true
}
