// SPDX-License-Identifier: EUPL-1.2

package mtls_test

import (
	"context"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/seinhuis/seinhuis/adapters/mtls"
	"github.com/seinhuis/seinhuis/adapters/mtls/mtlstest"
	"github.com/seinhuis/seinhuis/gateway"
)

const (
	energy    = "00000099000000010000"
	suspended = "00000099000000020000"
	stranger  = "00000099000000030000"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// register is a register in memory that counts its questions.
type register struct {
	parties map[gateway.OIN]gateway.Party
	err     error
	asked   int
}

func (r *register) Party(_ context.Context, oin gateway.OIN) (gateway.Party, bool, error) {
	r.asked++
	p, ok := r.parties[oin]
	return p, ok, r.err
}

func newRegister() *register {
	return &register{parties: map[gateway.OIN]gateway.Party{
		energy:    {OIN: energy, Kind: gateway.KindCreditor, State: gateway.PartyActive},
		suspended: {OIN: suspended, Kind: gateway.KindCreditor, State: gateway.PartySuspended},
	}}
}

func authority(t testing.TB, c mtls.Config) *mtls.Authority {
	t.Helper()
	if c.Clock == nil {
		c.Clock = func() time.Time { return noon }
	}
	if c.Register == nil {
		c.Register = newRegister()
	}
	a, err := mtls.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func state(c tls.Certificate, more ...*x509.Certificate) *tls.ConnectionState {
	return &tls.ConnectionState{Version: tls.VersionTLS13, PeerCertificates: append([]*x509.Certificate{c.Leaf}, more...)}
}

func code(e *gateway.Error) gateway.Code {
	if e == nil {
		return ""
	}
	return e.Codes()[0]
}

func TestCertificateMatrix(t *testing.T) {
	root, other := mtlstest.NewRoot(t, noon), mtlstest.NewRoot(t, noon)
	between := root.Between(t)
	rsaKey := func(bits int) *rsa.PrivateKey {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	_, edward, _ := ed25519.GenerateKey(rand.Reader)
	client := func(l mtlstest.Leaf) tls.Certificate {
		if l.Serials == nil {
			l.Serials = []string{energy}
		}
		return root.Client(t, l)
	}
	revoked := client(mtlstest.Leaf{})
	any := []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
	server := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, c := range []struct {
		name string
		with *tls.ConnectionState
		want gateway.Code
	}{
		{"good", state(client(mtlstest.Leaf{})), ""},
		{"good, RSA-3072", state(client(mtlstest.Leaf{Key: rsaKey(3072)})), ""},
		{"good, Ed25519", state(client(mtlstest.Leaf{Key: edward})), ""},
		{"good, through an intermediate", state(between.Client(t, mtlstest.Leaf{Serials: []string{energy}}), between.Certificate), ""},
		{"intermediate not sent", state(between.Client(t, mtlstest.Leaf{Serials: []string{energy}})), gateway.CodeCertificateInvalid},
		{"no TLS", nil, gateway.CodeNoCertificate},
		{"no certificate", &tls.ConnectionState{}, gateway.CodeNoCertificate},
		{"wrong root, same name", state(other.Client(t, mtlstest.Leaf{Serials: []string{energy}})), gateway.CodeCertificateInvalid},
		{"expired", state(client(mtlstest.Leaf{From: noon.AddDate(0, -2, 0), To: noon.Add(-time.Second)})), gateway.CodeCertificateInvalid},
		{"not yet valid", state(client(mtlstest.Leaf{From: noon.Add(time.Second), To: noon.AddDate(1, 0, 0)})), gateway.CodeCertificateInvalid},
		{"for servers", state(client(mtlstest.Leaf{Uses: server})), gateway.CodeCertificateInvalid},
		{"for any use", state(client(mtlstest.Leaf{Uses: any})), gateway.CodeCertificateInvalid},
		{"for no use", state(client(mtlstest.Leaf{Uses: []x509.ExtKeyUsage{}})), gateway.CodeCertificateInvalid},
		{"RSA-2048", state(client(mtlstest.Leaf{Key: rsaKey(2048)})), gateway.CodeCertificateInvalid},
		{"P-224", state(client(mtlstest.Leaf{Key: mtlstest.NewKey(t, elliptic.P224())})), gateway.CodeCertificateInvalid},
		{"no OIN", state(client(mtlstest.Leaf{Serials: []string{}})), gateway.CodeCertificateInvalid},
		{"short OIN", state(client(mtlstest.Leaf{Serials: []string{energy[:19]}})), gateway.CodeCertificateInvalid},
		{"OIN of an unknown register", state(client(mtlstest.Leaf{Serials: []string{"00000042000000010000"}})), gateway.CodeCertificateInvalid},
		{"two OINs", state(client(mtlstest.Leaf{Serials: []string{energy, stranger}})), gateway.CodeCertificateInvalid},
		{"same OIN twice", state(client(mtlstest.Leaf{Serials: []string{energy, energy}})), gateway.CodeCertificateInvalid},
		{"OIN that nobody has", state(client(mtlstest.Leaf{Serials: []string{stranger}})), gateway.CodePartyUnknown},
		{"suspended party", state(client(mtlstest.Leaf{Serials: []string{suspended}})), gateway.CodePartyInactive},
		{"revoked", state(revoked), gateway.CodeCertificateRevoked},
	} {
		t.Run(c.name, func(t *testing.T) {
			lists := mtls.Static(root.List(t, noon.Add(-time.Hour), noon.Add(time.Hour), revoked),
				between.List(t, noon.Add(-time.Hour), noon.Add(time.Hour)))
			a := authority(t, mtls.Config{Roots: root.Pool(), Revoked: lists})
			peer, err := a.Peer(t.Context(), c.with)
			if code(err) != c.want {
				t.Fatalf("code %q, want %q (%v)", code(err), c.want, err)
			}
			if c.want == "" && (peer.OIN() != energy || len(peer.Fingerprint()) != 64) {
				t.Fatalf("peer %q with fingerprint %q", peer.OIN(), peer.Fingerprint())
			}
			if c.want != "" && peer.OIN() != "" {
				t.Fatal("a refused certificate still gave a peer")
			}
		})
	}
}

func TestRevocationListsFailClosed(t *testing.T) {
	root, other := mtlstest.NewRoot(t, noon), mtlstest.NewRoot(t, noon)
	between := root.Between(t)
	hour := time.Hour
	client := root.Client(t, mtlstest.Leaf{Serials: []string{energy}})
	deeper := state(between.Client(t, mtlstest.Leaf{Serials: []string{energy}}), between.Certificate)
	revokedBetween := tls.Certificate{Leaf: between.Certificate}
	partial := root.Sign(t, &x509.RevocationList{Number: big.NewInt(2), ThisUpdate: noon.Add(-hour), NextUpdate: noon.Add(hour),
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}})
	good := root.List(t, noon.Add(-hour), noon.Add(hour))
	for _, c := range []struct {
		name  string
		lists mtls.Lists
		with  *tls.ConnectionState
		want  gateway.Code
	}{
		{"covered", mtls.Static(good), state(client), ""},
		{"no list at all", mtls.Static(), state(client), gateway.CodeUnavailable},
		{"list of yesterday", mtls.Static(root.List(t, noon.Add(-2*hour), noon)), state(client), gateway.CodeUnavailable},
		{"list of tomorrow", mtls.Static(root.List(t, noon.Add(hour), noon.Add(2*hour))), state(client), gateway.CodeUnavailable},
		{"signed by another", mtls.Static(other.List(t, noon.Add(-hour), noon.Add(hour))), state(client), gateway.CodeUnavailable},
		{"partial list", mtls.Static(partial), state(client), gateway.CodeUnavailable},
		{"cannot be read", func() ([]*x509.RevocationList, error) { return nil, errors.New("gone") }, state(client), gateway.CodeUnavailable},
		{"intermediate has no list", mtls.Static(good), deeper, gateway.CodeUnavailable},
		{"intermediate revoked", mtls.Static(root.List(t, noon.Add(-hour), noon.Add(hour), revokedBetween),
			between.List(t, noon.Add(-hour), noon.Add(hour))), deeper, gateway.CodeCertificateRevoked},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := authority(t, mtls.Config{Roots: root.Pool(), Revoked: c.lists}).Peer(t.Context(), c.with)
			if code(err) != c.want {
				t.Fatalf("code %q, want %q (%v)", code(err), c.want, err)
			}
		})
	}
}

func TestOpenConnectionFeelsTheChange(t *testing.T) {
	root := mtlstest.NewRoot(t, noon)
	client := root.Client(t, mtlstest.Leaf{Serials: []string{energy}, From: noon.Add(-time.Hour), To: noon.Add(time.Hour)})
	now, reg := noon, newRegister()
	list := root.List(t, noon.Add(-time.Hour), noon.AddDate(0, 0, 1))
	a := authority(t, mtls.Config{Roots: root.Pool(), Register: reg, Clock: func() time.Time { return now },
		Revoked: func() ([]*x509.RevocationList, error) { return []*x509.RevocationList{list}, nil }})
	s := state(client)
	ask := func(want gateway.Code) {
		t.Helper()
		if _, err := a.Peer(t.Context(), s); code(err) != want {
			t.Fatalf("at %s: code %q, want %q", now.Sub(noon), code(err), want)
		}
	}
	ask("")
	now = now.Add(mtls.MaxStale - 1)
	ask("")
	if reg.asked != 1 {
		t.Fatalf("the register was asked %d times within a second", reg.asked)
	}
	p := reg.parties[energy]
	p.State = gateway.PartySuspended
	reg.parties[energy] = p
	now = now.Add(1)
	ask(gateway.CodePartyInactive)
	p.State = gateway.PartyActive
	reg.parties[energy] = p
	ask(gateway.CodePartyInactive) // a refusal is believed as long as a pass is
	now = now.Add(mtls.MaxStale)
	ask("")
	list = root.List(t, noon.Add(-time.Hour), noon.AddDate(0, 0, 1), client)
	now = now.Add(mtls.MaxStale)
	ask(gateway.CodeCertificateRevoked)
	now, list = noon.Add(2*time.Hour), root.List(t, noon, noon.AddDate(0, 0, 1))
	ask(gateway.CodeCertificateInvalid) // it expired on an open connection
	reg.err, now = errors.New("down"), noon
	ask(gateway.CodeUnavailable)
}

// TestRefusalsAreRemembered: whoever is refused and keeps asking costs one check
// a second.
func TestRefusalsAreRemembered(t *testing.T) {
	root := mtlstest.NewRoot(t, noon)
	now, reg := noon, newRegister()
	a := authority(t, mtls.Config{Roots: root.Pool(), Register: reg, Clock: func() time.Time { return now }})
	unknown := state(root.Client(t, mtlstest.Leaf{Serials: []string{stranger}}))
	for range 20 {
		if _, err := a.Peer(t.Context(), unknown); code(err) != gateway.CodePartyUnknown {
			t.Fatal(err)
		}
	}
	if reg.asked != 1 {
		t.Fatalf("the register was asked %d times", reg.asked)
	}
	reg.parties[stranger] = gateway.Party{OIN: stranger, Kind: gateway.KindCreditor, State: gateway.PartyActive}
	now = now.Add(mtls.MaxStale)
	if _, err := a.Peer(t.Context(), unknown); err != nil {
		t.Fatalf("registered a second ago: %v", err)
	}
}

// TestCallerWhoLeavesIsNoRefusal: that one request ended early must not keep the
// next one out.
func TestCallerWhoLeavesIsNoRefusal(t *testing.T) {
	root, reg := mtlstest.NewRoot(t, noon), newRegister()
	a := authority(t, mtls.Config{Roots: root.Pool(), Register: reg})
	s := state(root.Client(t, mtlstest.Leaf{Serials: []string{energy}}))
	ctx, leave := context.WithCancel(t.Context())
	leave()
	reg.err = ctx.Err()
	if _, err := a.Peer(ctx, s); code(err) != gateway.CodeUnavailable {
		t.Fatal(err)
	}
	reg.err = nil
	if _, err := a.Peer(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

// TestListsAreReadOnce: signature and entries of a list are looked at when it is
// new, and not again until there is another.
func TestListsAreReadOnce(t *testing.T) {
	root := mtlstest.NewRoot(t, noon)
	first, second := root.Client(t, mtlstest.Leaf{Serials: []string{energy}}), root.Client(t, mtlstest.Leaf{Serials: []string{energy}})
	list, now := root.List(t, noon.Add(-time.Hour), noon.Add(time.Hour), second), noon
	a := authority(t, mtls.Config{Roots: root.Pool(), Clock: func() time.Time { return now },
		Revoked: func() ([]*x509.RevocationList, error) { return []*x509.RevocationList{list}, nil }})
	ask := func(c tls.Certificate, want gateway.Code) {
		t.Helper()
		now = now.Add(mtls.MaxStale)
		if _, err := a.Peer(t.Context(), state(c)); code(err) != want {
			t.Fatalf("code %q, want %q (%v)", code(err), want, err)
		}
	}
	ask(first, "")
	ask(second, gateway.CodeCertificateRevoked)
	// Nobody may do this; here it shows what is read.
	list.Signature, list.RevokedCertificateEntries = nil, nil
	ask(first, "")
	ask(second, gateway.CodeCertificateRevoked)
	another := *list
	list = &another
	ask(first, gateway.CodeUnavailable) // the signature is gone
	list = root.List(t, noon.Add(-time.Hour), noon.Add(time.Hour), first)
	ask(first, gateway.CodeCertificateRevoked)
	ask(second, "")
	now = noon.Add(2 * time.Hour) // that it was verified does not keep it in force
	ask(second, gateway.CodeUnavailable)
}

// BenchmarkLongList asks anew each time about a list of 100,000 certificates.
func BenchmarkLongList(b *testing.B) {
	root := mtlstest.NewRoot(b, noon)
	template := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: noon.Add(-time.Hour), NextUpdate: noon.AddDate(1, 0, 0)}
	for i := range int64(100_000) {
		template.RevokedCertificateEntries = append(template.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: new(big.Int).Lsh(big.NewInt(i+1), 100), RevocationTime: noon})
	}
	now := noon
	a := authority(b, mtls.Config{Roots: root.Pool(), Revoked: mtls.Static(root.Sign(b, template)), Clock: func() time.Time { return now }})
	s := state(root.Client(b, mtlstest.Leaf{Serials: []string{energy}}))
	if _, err := a.Peer(b.Context(), s); err != nil { // the first look at a list is for all
		b.Fatal(err)
	}
	b.ResetTimer()
	for i := range b.N {
		now = noon.Add(time.Duration(i%10_000+1) * mtls.MaxStale)
		if _, err := a.Peer(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPeer(b *testing.B) {
	root := mtlstest.NewRoot(b, noon)
	s := state(root.Client(b, mtlstest.Leaf{Serials: []string{energy}}))
	lists := mtls.Static(root.List(b, noon.Add(-time.Hour), noon.Add(time.Hour)))
	for _, c := range []struct {
		name string
		step time.Duration
	}{{"known", 0}, {"anew", mtls.MaxStale}} {
		b.Run(c.name, func(b *testing.B) {
			now := noon
			a := authority(b, mtls.Config{Roots: root.Pool(), Revoked: lists, Clock: func() time.Time { return now }})
			for i := range b.N {
				now = noon.Add(time.Duration(i%1000) * c.step)
				if _, err := a.Peer(b.Context(), s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
